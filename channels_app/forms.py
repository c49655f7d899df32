"""Forms of inboxes, channels, holidays and widgets. Fields are listed one by one; company, key and package are none."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from channels_app.actions.channels import ChannelSettings
from channels_app.actions.widgets import COLOURS, WidgetSettings
from channels_app.models import Channel, Inbox, Widget
from channels_app.origins import BadOrigin, normalise_all

UNITS = [("1", _("seconds")), ("60", _("minutes")), ("3600", _("hours"))]
LEAST_S, MOST_S = 5, 86_400


class InboxForm(forms.Form):
    """An inbox's name."""

    name = forms.CharField(label=_("Name"), max_length=80)


class ChannelForm(forms.Form):
    """What a channel is and how it rings; the escalation time is typed with a unit (M-37)."""

    name = forms.CharField(label=_("Name"), max_length=80)
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=200,
        required=False,
        help_text=_("Customers read it when they choose whom to write to."),
    )
    listed = forms.BooleanField(label=_("Listed on the company page"), required=False, initial=True)
    ring_enabled = forms.BooleanField(label=_("Ringing is on"), required=False, initial=True)
    escalate_value = forms.IntegerField(label=_("Pass on after"), min_value=1, max_value=MOST_S, initial=2)
    escalate_unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, initial="60")
    max_rounds = forms.IntegerField(label=_("Rounds"), min_value=1, max_value=10, initial=3)
    order = forms.ChoiceField(
        label=_("Order"),
        choices=[("rotation", _("Take turns")), ("fixed", _("Always from the top"))],
        initial="rotation",
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict:
        """5 seconds … 24 hours, whatever the unit."""
        data = super().clean() or self.cleaned_data
        if "escalate_value" in data and "escalate_unit" in data:
            seconds = data["escalate_value"] * int(data["escalate_unit"])
            if not LEAST_S <= seconds <= MOST_S:
                self.add_error("escalate_value", _("Between 5 seconds and 24 hours."))
            data["escalate_after_s"] = seconds
        return data

    def settings(self) -> ChannelSettings:
        """The checked values for the action."""
        names = ("name", "purpose", "listed", "ring_enabled", "escalate_after_s", "max_rounds", "order")
        return ChannelSettings(**{name: self.cleaned_data[name] for name in names})


def channel_initial(channel: Channel) -> dict:
    """A channel's values for ChannelForm; the time in the largest unit that shows it whole."""
    seconds = channel.escalate_after_s
    unit = next(unit for unit in (3600, 60, 1) if seconds % unit == 0)
    names = ("name", "purpose", "listed", "ring_enabled", "max_rounds", "order")
    return {name: getattr(channel, name) for name in names} | {
        "escalate_value": seconds // unit,
        "escalate_unit": str(unit),
    }


class NewChannelForm(forms.Form):
    """A new channel begins with its name, purpose and inbox; the rest is set on its page."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("For example “Support” or “Sales”."))
    purpose = ChannelForm.base_fields["purpose"]
    inbox = forms.ModelChoiceField(label=_("Inbox"), queryset=Inbox.objects.none(), to_field_name="public_id")

    def __init__(self, *args, inboxes: QuerySet[Inbox], may_create_inbox: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["inbox"].queryset = inboxes
        self.fields["inbox"].required = not may_create_inbox
        if may_create_inbox:
            self.fields["inbox"].empty_label = _("A new inbox with the channel's name")


class HolidayForm(forms.Form):
    """A closed day."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    name = forms.CharField(label=_("Name"), max_length=80)


_WIDGET_FIELDS = (
    "name",
    "greeting",
    "colour",
    "ask_identity",
    "verified_only",
    "store_page_url",
    "share_page",
    "share_typing",
    "active",
)


class WidgetForm(forms.Form):
    """What a widget offers, where it may stand, how it looks and whom it asks for what."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Only you see it, for example “Website”."))
    channels = forms.ModelMultipleChoiceField(
        label=_("Topics"),
        queryset=Channel.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one channel.")},
    )
    origins = forms.CharField(
        label=_("Websites"),
        required=False,
        max_length=6000,
        help_text=_("One address a line, for example https://www.example.com. On other sites the chat does not open."),
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "autocapitalize": "none", "dir": "ltr"}),
    )
    greeting = forms.CharField(label=_("Greeting"), max_length=200, required=False)
    colour = forms.ChoiceField(label=_("Colour"), choices=[(name, name) for name in COLOURS], widget=forms.RadioSelect)
    ask_identity = forms.ChoiceField(
        label=_("Name and e-mail address"),
        choices=[
            ("never", _("Do not ask")),
            ("optional", _("Ask, but let people write without")),
            ("required", _("Ask before the first message")),
        ],
        widget=forms.RadioSelect,
    )
    verified_only = forms.BooleanField(
        label=_("Only people signed in to my website"),
        required=False,
        help_text=_("Your website vouches for them with the secret below."),
    )
    store_page_url = forms.BooleanField(label=_("Keep the address of the page people write from"), required=False)
    share_page = forms.BooleanField(
        label=_("Show the team which page a visitor is on"),
        required=False,
        help_text=_("While the chat is open; it is not kept, and the chat tells visitors so."),
    )
    share_typing = forms.BooleanField(
        label=_("Show the team what a visitor types before it is sent"),
        required=False,
        help_text=_("It is not kept, and the chat tells visitors so."),
    )
    active = forms.BooleanField(label=_("The chat is on"), required=False)

    def __init__(self, *args, channels: QuerySet[Channel], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"].queryset = channels

    def clean_origins(self) -> list[str]:
        """Exact origins, normalised; the first bad one is named with what is wrong."""
        lines = self.cleaned_data["origins"].splitlines()
        try:
            return normalise_all(lines)
        except BadOrigin as error:
            raise forms.ValidationError(origin_complaint(error)) from None

    def settings(self) -> WidgetSettings:
        """The checked values for the action."""
        return WidgetSettings(**{name: self.cleaned_data[name] for name in ("origins", *_WIDGET_FIELDS)})


_COMPLAINTS = {
    "wildcard": _("“%(text)s”: name every site in full, * is not allowed."),
    "scheme": _("“%(text)s” must begin with https:// or http://."),
    "host": _("“%(text)s” is no address of a website."),
    "port": _("“%(text)s”: the port is a number between 1 and 65535."),
    "more": _("“%(text)s”: only the address up to the name of the site, without a path."),
}


def origin_complaint(error: BadOrigin) -> str:
    """One sentence on what is wrong with an origin."""
    return _COMPLAINTS[error.reason] % {"text": error.text[:80]}


def widget_initial(widget: Widget) -> dict:
    """A widget's values for WidgetForm."""
    return {name: getattr(widget, name) for name in _WIDGET_FIELDS} | {
        "origins": "\n".join(widget.allowed_origins),
        "channels": [channel.public_id for channel in widget.channels.all()],
    }
