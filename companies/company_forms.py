"""What an admin may set of the company and its contact persons. Package, slug and limits are no fields here (S-11)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from accounts.forms import zone_choices
from accounts.images import MAX_BYTES
from accounts.models import User
from companies.actions.companies import CompanyProfile
from companies.actions.contact_persons import Contact
from companies.models import Company, ContactPerson, Membership
from ui.fields import LineField


class Prose(forms.CharField):
    """Several lines of plain text; a line end counts as one character."""

    widget = forms.Textarea

    def to_python(self, value: object) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n").strip()


class WebAddress(forms.URLField):
    """An http or https address without a login in it; “nordlicht.example” becomes https (M-14)."""

    default_validators = [URLValidator(schemes=["http", "https"])]
    default_error_messages = {"invalid": _("Enter a web address that begins with https:// or http://.")}

    def __init__(self, **kwargs) -> None:
        super().__init__(assume_scheme="https", max_length=200, **kwargs)

    def clean(self, value: object) -> str:
        try:
            found = super().clean(value)
        except ValidationError as error:
            if any(problem.code == "invalid" for problem in error.error_list):
                raise ValidationError(self.error_messages["invalid"], code="invalid") from None
            raise
        if found and "@" in urlsplit(found).netloc:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class CompanyForm(forms.Form):
    """The company's public profile and its settings (M-11…M-14)."""

    name = LineField(label=_("Name"), max_length=120)
    description = Prose(
        label=_("Short description"),
        max_length=500,
        required=False,
        help_text=_("What you do, in two sentences. At most 500 characters of plain text."),
        widget=forms.Textarea({"rows": 4}),
    )
    street = LineField(label=_("Street"), max_length=120, required=False)
    postcode = LineField(label=_("Postcode"), max_length=20, required=False)
    town = LineField(label=_("Town"), max_length=80, required=False)
    country = LineField(label=_("Country"), max_length=80, required=False)
    phone = LineField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"}))
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    website = WebAddress(label=_("Website"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, help_text=_("Opening hours are meant in this zone.")
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of new people, and of mails to customers.")
    )
    listed = forms.BooleanField(
        label=_("In the directory"),
        required=False,
        help_text=_("Users of other companies find you and see your page."),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, token in _AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = token

    def profile(self) -> CompanyProfile:
        """What was typed, checked."""
        return CompanyProfile(**self.cleaned_data)


_AUTOCOMPLETE = {
    "name": "organization",
    "street": "street-address",
    "postcode": "postal-code",
    "town": "address-level2",
    "country": "country-name",
    "phone": "tel",
    "email": "email",
    "website": "url",
}


def company_initial(company: Company) -> dict:
    """The form's fields as the company has them."""
    return {name: getattr(company, name) for name in CompanyForm.base_fields}


class LogoForm(forms.Form):
    """One picture; accounts.images looks inside."""

    logo = forms.FileField(
        label=_("Logo"),
        max_length=200,
        help_text=_("PNG, JPEG or WebP, at most 5 MB. It is put on white and shown as a square."),
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp", "data-max-bytes": MAX_BYTES}),
    )


class ContactPersonForm(forms.Form):
    """Somebody in public: a user of the company, or a person without a login (M-21, M-22)."""

    person = forms.ChoiceField(label=_("Person"), required=False)
    name = LineField(
        label=_("Name"), max_length=160, required=False, help_text=_("Only of somebody without a login in Memo.")
    )
    function = LineField(label=_("Function"), max_length=80, help_text=_("For example “Head of sales”."))
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    phone = LineField(label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"}))

    def __init__(self, *args, members: list[Membership], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._users = {str(member.public_id): member.user for member in members}
        names = [(str(member.public_id), f"{member.user.full_name} · {member.position}") for member in members]
        self.fields["person"].choices = [("", _("Somebody without a login")), *names]

    def clean(self) -> dict:
        data = super().clean()
        if "person" in data and not data["person"] and not data.get("name") and "name" not in self.errors:
            self.add_error("name", _("Choose a user above, or give the name of the person."))
        return data

    def contact(self) -> Contact:
        """What was typed, checked."""
        data = self.cleaned_data
        user: User | None = self._users.get(data["person"])
        return Contact(data["function"], user, "" if user else data["name"], data["email"], data["phone"])


def contact_initial(person: ContactPerson, members: list[Membership]) -> dict:
    """The form's fields of somebody who is named already."""
    chosen = next((str(member.public_id) for member in members if member.user_id == person.user_id), "")
    return {name: getattr(person, name) for name in ("name", "function", "email", "phone")} | {"person": chosen}
