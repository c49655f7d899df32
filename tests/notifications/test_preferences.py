"""How somebody is told: one's own page and the user panel (N-27, N-50, N-54, N-56, N-60…N-66, E-25, S-11)."""

import re
from importlib import import_module
from types import SimpleNamespace

import pytest

from companies.models import AuditEntry
from conversations.models import Offer
from notifications.forms import PreferenceForm
from notifications.models import Preference
from notifications.policy import DEFAULTS, ROWS, WAYS
from tests.cast import make_inbox, make_visitor, write

URL = "/settings/notifications/"
SWITCHES = ("from_customers", "from_users", "in_app", "sound", "flash_tab", "push", "email")


def whole(**changes) -> dict[str, str]:
    """The form as a browser sends it with the defaults; False takes a tick away."""
    ticks = dict.fromkeys((*SWITCHES, "show_from_customers"), "on")
    ticks |= {f"{row}-{way}": "on" for row in ROWS for way in DEFAULTS[row]}
    ticks["quiet_mail"] = "send"
    return {name: value for name, value in (ticks | changes).items() if value is not False}


def panel(cast, user) -> str:
    return f"/settings/people/{cast.member(user).public_id}"


def test_the_page_shows_the_defaults_without_storing_them(client, cast):
    client.force_login(cast.ben)
    form = client.get(URL).context["form"]
    assert all(form[name].value() for name in (*SWITCHES, "show_from_customers"))
    shown = {row: {way for way in WAYS if form[f"{row}-{way}"].value()} for row in ROWS if row != "unclaimed"}
    assert shown == {row: set(ways) for row, ways in DEFAULTS.items() if row != "unclaimed"}
    assert "unclaimed-email" not in form.fields
    assert not Preference.objects.exists()


def test_saving_stores_the_own_row_only(client, cast):
    """N-62: whatever else is sent."""
    client.force_login(cast.ben)
    sent = whole(email=False, user=cast.cem.pk, id="1") | {"replies-sound": "on", "new-email": ""}
    answer = client.post(URL, sent)
    assert (answer.status_code, answer["Location"]) == (303, URL)
    stored = Preference.objects.get()
    assert (stored.user, stored.email, stored.sound) == (cast.ben, False, True)
    assert stored.cells == {"replies": ["sound"], "new": ["in_app", "sound", "flash", "push"]}
    client.post(URL, whole())
    stored.refresh_from_db()
    assert (stored.email, stored.cells) == (True, {})
    assert Preference.objects.count() == 1


def test_what_rings_cannot_be_hidden(client, cast):
    client.force_login(cast.ben)
    client.post(URL, whole(**{f"offer-{way}": False for way in WAYS}))
    assert Preference.objects.get().cells == {"offer": ["in_app"]}


def test_a_row_that_is_not_shown_keeps_what_was_chosen(client, cast):
    """Who manages no inbox at the moment does not lose their choice."""
    Preference.objects.create(user=cast.ben, cells={"unclaimed": ["email"]})
    client.force_login(cast.ben)
    client.post(URL, whole())
    assert Preference.objects.get().cells == {"unclaimed": ["email"]}
    make_inbox(cast.nordlicht, "Claims", managers=(cast.ben,))
    assert client.get(URL).context["form"]["unclaimed-email"].value() is True


def test_an_unknown_choice_is_an_error_and_everything_stays(client, cast):
    client.force_login(cast.ben)
    answer = client.post(URL, whole(quiet_mail="some", sound=False))
    assert answer.status_code == 422
    assert answer.context["form"]["sound"].value() is False
    assert not Preference.objects.exists()


def test_it_needs_a_sign_in(client, cast):
    assert client.get(URL).status_code == 302
    assert client.post(URL, whole()).status_code == 302
    assert not Preference.objects.exists()


def test_an_admin_sets_the_two_switches_of_a_colleague(client, cast):
    """N-27, E-25: Anna for Ben; Cem's stay; the log names who, whose and what."""
    Preference.objects.create(user=cast.cem, sound=False)
    client.force_login(cast.anna)
    page = client.get(f"{panel(cast, cast.ben)}/")
    assert page.content.decode().count('name="from_customers"') == 1
    for sent, expected in (
        ({"from_users": "on"}, (False, True)),
        ({"from_customers": "on"}, (True, False)),
        ({}, (False, False)),
        ({"from_customers": "on", "from_users": "on"}, (True, True)),
    ):
        answer = client.post(f"{panel(cast, cast.ben)}/told/", sent | {"email": "", "user": cast.cem.pk})
        assert (answer.status_code, answer["Location"]) == (303, f"{panel(cast, cast.ben)}/")
        stored = Preference.objects.get(user=cast.ben)
        assert (stored.from_customers, stored.from_users, stored.email) == (*expected, True)
    lines = AuditEntry.objects.filter(action="member.notifications").order_by("id")
    assert [(line.actor, line.subject, line.data["fields"]) for line in lines][:2] == [
        ("Anna Berg", "Ben Fuchs", ["from_customers"]),
        ("Anna Berg", "Ben Fuchs", ["from_customers", "from_users"]),
    ]
    assert Preference.objects.get(user=cast.cem).sound is False


def test_an_admin_sets_the_whole_table(client, cast):
    client.force_login(cast.anna)
    url = f"{panel(cast, cast.ben)}/notifications/"
    page = client.get(url).content.decode()
    assert "Somebody names them" in page
    assert not re.search(r"\b(me|my|you|your)\b", page[page.index("<table") : page.index("</table>")])
    assert client.post(url, whole(**{"new-sound": False})).status_code == 303
    stored = Preference.objects.get(user=cast.ben)
    assert stored.cells == {"new": ["in_app", "flash", "push", "email"]}
    assert AuditEntry.objects.get(action="member.notifications").data == {"fields": ["cells"]}
    client.post(url, whole(**{"new-sound": False}))
    assert AuditEntry.objects.filter(action="member.notifications").count() == 1


@pytest.mark.parametrize("path", ["told/", "notifications/"])
def test_nobody_else_may(client, cast, path):
    """Colleagues are refused, other companies find nothing (S-11, INV-01)."""
    address = f"{panel(cast, cast.ben)}/{path}"
    for user, status in ((cast.cem, 403), (cast.ben, 403), (cast.udo, 404)):
        client.force_login(user)
        assert client.post(address, whole()).status_code == status
    assert not Preference.objects.exists()


def test_the_own_changes_stand_in_no_log(client, cast):
    client.force_login(cast.anna)
    client.post(URL, whole(sound=False))
    assert not AuditEntry.objects.filter(action="member.notifications").exists()


def test_stored_choices_are_turned_over():
    """The four old fields say the same in the table, and back."""
    migration = import_module("notifications.migrations.0002_attention")
    saved = []

    def row(**fields):
        given = {"customer_messages": "all", "user_to_customer": "mine", "internal": True, "direct": True}
        return SimpleNamespace(
            from_customers=True, from_users=True, cells={}, save=lambda **_: saved.append(1), **(given | fields)
        )

    rows = [
        row(),
        row(customer_messages="mine", user_to_customer="all"),
        row(customer_messages="none", user_to_customer="none", internal=False),
        row(direct=False),
    ]
    before = [(r.customer_messages, r.user_to_customer, r.internal, r.direct) for r in rows]
    apps = SimpleNamespace(get_model=lambda *_: SimpleNamespace(objects=SimpleNamespace(iterator=lambda: rows)))
    migration.turn_over(apps, None)
    assert [(r.from_customers, r.cells) for r in rows] == [
        (True, {}),
        (True, {"new": [], "replies": list(WAYS)}),
        (False, {"my_replies": [], "replies": [], "internal": []}),
        (True, {"direct": []}),
    ]
    migration.turn_back(apps, None)
    assert [(r.customer_messages, r.user_to_customer, r.internal, r.direct) for r in rows] == before
    assert len(saved) == 8


def test_a_page_that_rings_knows_how_it_may(client, cast, react):
    """From the first moment, before any frame has told it (N-54); without a ring nothing is asked for."""
    write(make_visitor(cast.nordlicht), cast.support)
    react()
    holder = Offer.objects.get(state="pending").user
    client.force_login(holder)
    assert 'data-ways="flash sound"' in client.get("/conversations/").content.decode()
    Preference.objects.create(user=holder, cells={"offer": ["in_app", "flash"]})
    assert 'data-ways="flash"' in client.get("/conversations/").content.decode()
    client.force_login(next(user for user in (cast.ben, cast.cem) if user != holder))
    assert "data-ways" not in client.get("/conversations/").content.decode()


def test_the_table_names_every_row_and_way_once():
    form = PreferenceForm(instance=Preference())
    fields = [cell.field.html_name for group in form.groups for line in group.lines for cell in line.cells]
    assert sorted(fields) == sorted(f"{row}-{way}" for row in ROWS for way in WAYS)
