"""One's own notification preferences (N-50, N-60…N-66, S-11)."""

from notifications.models import Preference

ALL_ON = {"customer_messages": "none", "user_to_customer": "all", "sound": "on", "enter_sends": "on"}
URL = "/settings/notifications/"


def test_the_page_shows_the_defaults_without_storing_them(client, cast):
    client.force_login(cast.ben)
    form = client.get(URL).context["form"]
    assert (form["customer_messages"].value(), form["user_to_customer"].value()) == ("all", "mine")
    assert [form[name].value() for name in ("internal", "direct", "in_app", "sound", "flash_tab", "email")] == [
        True
    ] * 6
    assert not Preference.objects.exists()


def test_saving_stores_the_own_row_only(client, cast):
    client.force_login(cast.ben)
    answer = client.post(URL, ALL_ON | {"user": cast.cem.pk, "id": "1"})
    assert (answer.status_code, answer["Location"]) == (303, URL)
    stored = Preference.objects.get()
    assert (stored.user, stored.customer_messages, stored.user_to_customer) == (cast.ben, "none", "all")
    assert (stored.sound, stored.enter_sends, stored.email, stored.internal) == (True, True, False, False)
    client.post(URL, ALL_ON | {"email": "on"})
    assert Preference.objects.get().email


def test_an_unknown_choice_is_an_error(client, cast):
    client.force_login(cast.ben)
    assert client.post(URL, ALL_ON | {"customer_messages": "some"}).status_code == 422


def test_it_needs_a_sign_in(client, cast):
    assert client.get(URL).status_code == 302
    assert client.post(URL, ALL_ON).status_code == 302
    assert not Preference.objects.exists()
