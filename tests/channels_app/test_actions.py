"""Inboxes, channels, lines, hours and widgets: what is written and what is refused (M-31…M-34, G-26, S-02)."""

from datetime import date, time

import pytest

from channels_app.actions.channels import (
    ChannelRefused,
    ChannelSettings,
    add_member,
    create_channel,
    delete_channel,
    edit_channel,
    move_member,
    order_members,
    pause_channel,
    remove_member,
    resume_channel,
)
from channels_app.actions.inboxes import InboxRefused, create_inbox, rename_inbox, set_role
from channels_app.actions.schedule import (
    MAX_HOLIDAYS,
    BadSlot,
    HolidayRefused,
    add_holiday,
    remove_holiday,
    replace_hours,
)
from channels_app.actions.widgets import (
    MAX_ORIGINS,
    WidgetRefused,
    WidgetSettings,
    create_widget,
    drop_previous_secret,
    edit_widget,
    rotate_secret,
)
from channels_app.hours import Slot
from channels_app.models import Channel, ChannelMember, Inbox, InboxMembership, Widget
from channels_app.origins import BadOrigin
from channels_app.selectors import inboxes_for, is_open, role_in
from companies.models import Membership
from companies.packages import NoRoom
from events import groups
from events.models import Event
from tests.cast import NOW, make_channel, make_inbox, make_user, make_visitor, write

BY = {"by": "user:1", "now": NOW}


def whats() -> list[str]:
    return [
        data["what"]
        for data in Event.objects.filter(kind="settings.changed").order_by("id").values_list("data", flat=True)
    ]


def line(channel: Channel) -> list[str]:
    return [place.user.first_name for place in ChannelMember.objects.filter(channel=channel).select_related("user")]


# --- inboxes ---------------------------------------------------------------------------------------------


def test_inbox_names_are_unique_in_a_company_only(cast):
    inbox = create_inbox(cast.nordlicht, name="Accounts", **BY)
    assert inbox.assignment_enabled
    assert create_inbox(cast.sued, name="Accounts", **BY).company == cast.sued
    with pytest.raises(InboxRefused):
        create_inbox(cast.nordlicht, name="Accounts", **BY)
    with pytest.raises(InboxRefused):
        rename_inbox(inbox, name="Support", **BY)
    assert rename_inbox(inbox, name="Money", **BY).name == "Money"
    assert whats() == ["inbox.created", "inbox.created", "inbox.renamed"]


def test_a_role_works_at_once_and_sockets_are_told(cast, frames, django_capture_on_commit_callbacks):
    inbox, ben = make_inbox(cast.nordlicht, "Accounts"), cast.member(cast.ben)
    with django_capture_on_commit_callbacks(execute=True):
        set_role(inbox, member=ben, role="manager", **BY)
        set_role(inbox, member=ben, role="manager", **BY)
    assert role_in(cast.member(cast.ben), inbox) == "manager"
    assert [(f["g"], f["k"], f["d"]) for f in frames] == [(groups.member(cast.ben.public_id), "rights", {"epoch": 1})]
    set_role(inbox, member=ben, role="team_member", **BY)
    assert role_in(cast.member(cast.ben), inbox) == "team_member"
    rows = Event.objects.filter(kind="inbox.role_changed").order_by("id").values_list("subject_id", "data")
    assert list(rows) == [(inbox.pk, {"user": cast.ben.pk, "role": role}) for role in ("manager", "team_member")]


def test_who_leaves_an_inbox_leaves_its_rings_only(cast):
    other = make_channel(make_inbox(cast.nordlicht, "Sales", cast.ben), "Sales", cast.ben)
    set_role(cast.inbox, member=cast.member(cast.ben), role="", **BY)
    assert cast.inbox not in inboxes_for(cast.member(cast.ben))
    assert line(cast.support) == ["Cem", "Dora"]
    assert line(other) == ["Ben"]


def test_roles_are_not_given_to_admins_strangers_and_people_who_left(cast):
    with pytest.raises(InboxRefused) as refused:
        set_role(cast.inbox, member=cast.member(cast.anna), role="team_member", **BY)
    assert refused.value.code == "admin"
    with pytest.raises(Membership.DoesNotExist):
        set_role(cast.inbox, member=cast.member(cast.udo), role="manager", **BY)
    with pytest.raises(ValueError):
        set_role(cast.inbox, member=cast.member(cast.ben), role="admin", **BY)
    Membership.objects.filter(user=cast.ben).update(state="deactivated")
    with pytest.raises(InboxRefused) as refused:
        set_role(cast.inbox, member=cast.member(cast.ben), role="manager", **BY)
    assert refused.value.code == "inactive"
    assert not InboxMembership.objects.exclude(role="team_member").exists()


# --- channels --------------------------------------------------------------------------------------------


def test_a_channel_without_inbox_gets_one_of_its_name(cast):
    channel = create_channel(cast.nordlicht, settings=ChannelSettings(name="Sales"), inbox=None, **BY)
    assert (channel.inbox.name, channel.inbox.company) == ("Sales", cast.nordlicht)
    assert (channel.escalate_after_s, channel.order, channel.max_rounds, channel.state) == (
        120,
        "rotation",
        3,
        "active",
    )


def test_the_third_channel_of_m5_is_refused_with_everything_that_came_with_it(cast):
    create_channel(cast.nordlicht, settings=ChannelSettings(name="Sales"), inbox=cast.inbox, **BY)
    with pytest.raises(NoRoom, match="2 of 2 channels"):
        create_channel(cast.nordlicht, settings=ChannelSettings(name="Third"), inbox=None, **BY)
    assert not Inbox.objects.filter(name="Third").exists()


def test_a_channel_is_not_made_in_a_foreign_inbox_or_with_a_taken_name(cast):
    foreign = Inbox.objects.get(company=cast.sued)
    with pytest.raises(Inbox.DoesNotExist):
        create_channel(cast.nordlicht, settings=ChannelSettings(name="Sales"), inbox=foreign, **BY)
    for inbox in (cast.inbox, None):
        with pytest.raises(ChannelRefused) as refused:
            create_channel(cast.nordlicht, settings=ChannelSettings(name="Support"), inbox=inbox, **BY)
        assert refused.value.code == "name_taken"
    assert Channel.objects.count() == 1


def test_editing_writes_every_setting(cast):
    wanted = ChannelSettings(
        name="Help", purpose="p", listed=False, ring_enabled=False, escalate_after_s=5, order="fixed", max_rounds=1
    )
    edit_channel(cast.support, settings=wanted, **BY)
    stored = Channel.objects.get(pk=cast.support.pk)
    assert {name: getattr(stored, name) for name in vars(wanted)} == vars(wanted)
    make_channel(cast.inbox, "Sales")
    with pytest.raises(ChannelRefused):
        edit_channel(stored, settings=ChannelSettings(name="Sales"), **BY)


def test_pause_and_resume_are_events_once_each(cast):
    for _ in range(2):
        assert pause_channel(cast.support, **BY).state == "paused"
    for _ in range(2):
        assert resume_channel(cast.support, **BY).state == "active"
    assert whats() == ["channel.paused", "channel.resumed"]


def test_a_channel_is_deleted_only_while_nothing_hangs_on_it(cast):
    with pytest.raises(ChannelRefused) as refused:
        delete_channel(cast.support, **BY)
    assert refused.value.code == "last_of_widget"
    Widget.objects.all().delete()
    write(make_visitor(cast.nordlicht), cast.support)
    with pytest.raises(ChannelRefused) as refused:
        delete_channel(cast.support, **BY)
    assert refused.value.code == "in_use"
    assert line(cast.support) == ["Ben", "Cem", "Dora"]
    empty = make_channel(cast.inbox, "Sales", cast.ben)
    delete_channel(empty, **BY)
    assert list(Channel.objects.values_list("name", flat=True)) == ["Support"]
    assert Event.objects.filter(kind="settings.changed").get().subject_id == empty.pk


# --- the line --------------------------------------------------------------------------------------------


def test_who_joins_a_ring_may_read_its_inbox(cast):
    eva = make_user(cast.nordlicht, "Eva", "E")
    add_member(cast.support, member=cast.member(eva), **BY)
    assert line(cast.support) == ["Ben", "Cem", "Dora", "Eva"]
    assert role_in(cast.member(eva), cast.inbox) == "team_member"
    assert cast.member(eva).rights_epoch == 1
    with pytest.raises(ChannelRefused):
        add_member(cast.support, member=cast.member(eva), **BY)


def test_joining_keeps_a_managers_role(cast):
    eva = make_user(cast.nordlicht, "Eva", "E")
    InboxMembership.objects.create(inbox=cast.inbox, user=eva, role="manager")
    add_member(cast.support, member=cast.member(eva), **BY)
    assert role_in(cast.member(eva), cast.inbox) == "manager"
    assert cast.member(eva).rights_epoch == 0


def test_only_active_members_of_the_own_company_join(cast):
    Membership.objects.filter(user=cast.udo).update(role="member")
    with pytest.raises(Membership.DoesNotExist):
        add_member(cast.support, member=cast.member(cast.udo), **BY)
    eva = make_user(cast.nordlicht, "Eva", "E")
    Membership.objects.filter(user=eva).update(state="deactivated")
    with pytest.raises(Membership.DoesNotExist):
        add_member(cast.support, member=cast.member(eva), **BY)


def test_the_line_is_moved_ordered_and_shortened(cast):
    for steps, order in ((1, "Cem Ben Dora"), (1, "Cem Dora Ben"), (1, "Cem Dora Ben"), (-2, "Ben Cem Dora")):
        move_member(cast.support, user_id=cast.ben.pk, steps=steps, **BY)
        assert line(cast.support) == order.split()
    order_members(cast.support, user_ids=[cast.dora.pk, cast.ben.pk, cast.cem.pk], **BY)
    assert line(cast.support) == ["Dora", "Ben", "Cem"]
    remove_member(cast.support, user_id=cast.ben.pk, **BY)
    assert line(cast.support) == ["Dora", "Cem"]
    assert role_in(cast.member(cast.ben), cast.inbox) == "team_member"
    assert whats() == ["channel.members"] * 5


def test_an_order_names_everybody_once(cast):
    for wrong in ([cast.ben.pk], [cast.ben.pk] * 3, [cast.ben.pk, cast.cem.pk, cast.dora.pk, cast.udo.pk]):
        with pytest.raises(ChannelRefused):
            order_members(cast.support, user_ids=wrong, **BY)
    for act in (remove_member, lambda *a, **k: move_member(*a, steps=1, **k)):
        with pytest.raises(ChannelRefused):
            act(cast.support, user_id=cast.udo.pk, **BY)
    assert line(cast.support) == ["Ben", "Cem", "Dora"]


# --- hours -----------------------------------------------------------------------------------------------


def test_hours_replace_each_other_and_are_recorded_when_they_change(cast):
    week = [Slot(0, time(13), time(17)), Slot(0, time(8), time(12))]
    for _ in range(2):
        replace_hours(cast.support, slots=week, **BY)
    assert is_open(cast.support, NOW)  # Monday 11:00 in Berlin
    replace_hours(cast.support, slots=[Slot(1, time(8), time(12))], **BY)
    assert not is_open(cast.support, NOW)
    replace_hours(cast.support, slots=[], **BY)
    assert is_open(cast.support, NOW)
    assert whats() == ["channel.hours"] * 3


def test_bad_hours_change_nothing(cast):
    replace_hours(cast.support, slots=[Slot(0, time(8), time(12))], **BY)
    with pytest.raises(BadSlot):
        replace_hours(cast.support, slots=[Slot(0, time(8), time(12)), Slot(0, time(11), time(13))], **BY)
    assert cast.support.hours.count() == 1


def test_holidays(cast):
    day = date(2026, 11, 23)
    add_holiday(cast.support, day=day, name="Inventory", **BY)
    assert not is_open(cast.support, NOW)
    with pytest.raises(HolidayRefused):
        add_holiday(cast.support, day=day, name="Again", **BY)
    remove_holiday(cast.support, day=day, **BY)
    remove_holiday(cast.support, day=day, **BY)
    assert is_open(cast.support, NOW)
    assert whats() == ["channel.hours"] * 2


def test_holidays_have_an_end(cast, monkeypatch):
    monkeypatch.setattr("channels_app.actions.schedule.MAX_HOLIDAYS", 1)
    assert MAX_HOLIDAYS == 200
    add_holiday(cast.support, day=date(2026, 12, 24), name="Eve", **BY)
    with pytest.raises(HolidayRefused) as refused:
        add_holiday(cast.support, day=date(2026, 12, 25), name="Day", **BY)
    assert refused.value.code == "too_many"


# --- widgets ---------------------------------------------------------------------------------------------


def test_a_widget_stores_normalised_origins(cast):
    wanted = WidgetSettings(name="Shop", origins=["HTTPS://Shop.example/", "shop.example", "http://localhost:8080"])
    widget = create_widget(cast.nordlicht, settings=wanted, channels=[cast.support], **BY)
    assert widget.allowed_origins == ["https://shop.example", "http://localhost:8080"]
    assert list(widget.channels.all()) == [cast.support]
    assert widget.public_key.startswith("pk_")


def test_what_a_widget_cannot_be(cast):
    foreign = make_channel(Inbox.objects.get(company=cast.sued), "Theirs")
    with pytest.raises(Channel.DoesNotExist):
        edit_widget(cast.widget, settings=WidgetSettings(name="x"), channels=[cast.support, foreign], **BY)
    with pytest.raises(WidgetRefused):
        create_widget(cast.nordlicht, settings=WidgetSettings(name="x"), channels=[], **BY)
    with pytest.raises(BadOrigin):
        settings = WidgetSettings(name="x", origins=["https://*.example"])
        edit_widget(cast.widget, settings=settings, channels=[cast.support], **BY)
    with pytest.raises(WidgetRefused):
        many = WidgetSettings(name="x", origins=[f"https://s{n}.example" for n in range(MAX_ORIGINS + 1)])
        edit_widget(cast.widget, settings=many, channels=[cast.support], **BY)
    stored = Widget.objects.get()
    assert (stored.name, stored.allowed_origins) == ("Website", ["https://shop.example"])
    assert list(stored.channels.all()) == [cast.support]


def test_the_secret_before_stays_until_it_is_dropped(cast):
    first = cast.widget.identity_secret
    second = rotate_secret(cast.widget, **BY).identity_secret
    assert first != second
    assert Widget.objects.get().previous_identity_secret == first
    third = rotate_secret(cast.widget, **BY).identity_secret
    stored = Widget.objects.get()
    assert (stored.identity_secret, stored.previous_identity_secret) == (third, second)
    drop_previous_secret(cast.widget, **BY)
    drop_previous_secret(cast.widget, **BY)
    assert Widget.objects.get().previous_identity_secret == ""
    assert whats() == ["widget.secret"] * 3
