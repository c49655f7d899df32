"""What the demonstration companies show each other: profiles, contact persons, and what their people wrote so far."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import QuerySet

from companies.actions.companies import CompanyProfile, edit_company
from companies.actions.contact_persons import Contact, add_contact_person
from companies.events import OPERATOR
from companies.models import Company, Membership
from conversations.actions.posting import post_message
from conversations.actions.reading import mark_seen
from conversations.actions.starting import direct_conversation
from conversations.models import Message
from conversations.selectors.peers import speaker
from conversations.selectors.visibility import conversation_for

PROFILES = {
    "nordlicht": {
        "description": "We plan and build lamps for offices, hotels and homes – mouth-blown glass, repairable for "
        "twenty years. Wir beraten auf Deutsch, English och svenska.",
        "street": "An der Untertrave 12",
        "postcode": "23552",
        "town": "Lübeck",
        "country": "Germany",
        "phone": "+49 451 555 0190",
        "email": "hallo@nordlicht.example",
        "website": "https://nordlicht.example",
    },
    "sued": {
        "description": "Küchen nach Maß, vom Aufmaß bis zum Einbau – aus eigener Werkstatt im Allgäu.",
        "street": "Bodmanstraße 4",
        "postcode": "87435",
        "town": "Kempten",
        "country": "Deutschland",
        "phone": "+49 831 555 0140",
        "email": "post@sued.example",
        "website": "https://sued.example",
    },
}
# First name of a member with what they do, or the whole of somebody without a login.
CONTACTS = {
    "nordlicht": [
        Contact(function="Customer service", name="Ben"),
        Contact(function="Managing director", name="Anna"),
        Contact(function="Head of sales", name="Helga Voss", email="helga.voss@nordlicht.example"),
    ],
    "sued": [Contact(function="Geschäftsführung", name="Udo")],
}
# Minutes before now, who, what.
TALK = [
    (1500, "Udo", "Guten Tag Frau Berg, we are equipping three show kitchens next spring. Could Nordlicht light them?"),
    (1460, "Anna", "Good morning Herr Maier, gladly. Send me the plans and I bring our planner along."),
    (190, "Udo", "The plans are ready. Would Thursday at ten suit you, here in Kempten?"),
]


def publish(company: Company, *, now: datetime) -> None:
    """The profile and the contact persons of one company; it stands in the directory from then on."""
    profile = CompanyProfile(
        name=company.name,
        time_zone=company.time_zone,
        language=company.language,
        listed=True,
        **PROFILES[company.slug],
    )
    edit_company(company, profile=profile, by=OPERATOR, now=now)
    users = {member.user.first_name: member.user for member in members().filter(company=company)}
    for contact in CONTACTS[company.slug]:
        user = users.get(contact.name)
        person = Contact(function=contact.function, user=user) if user else contact
        add_contact_person(company, contact=person, by=OPERATOR, now=now)


def talk(*, now: datetime) -> None:
    """The first direct conversation across the two companies; its last line is unread."""
    people = {member.user.first_name: member for member in members().filter(user__first_name__in=["Anna", "Udo"])}
    public_id = direct_conversation(people["Udo"].user, people["Anna"].user, now=_ago(TALK[0][0], now)).public_id
    for ago, name, text in TALK:
        at, member = _ago(ago, now), people[name]
        conversation = conversation_for(member, public_id)
        author = speaker(member, conversation)
        post_message(conversation, author=author, body=text, client_id=uuid4(), via=Message.Via.APP, now=at)
    for member in people.values():
        mark_seen(conversation_for(member, public_id), viewer=member, seq=len(TALK) - 1, now=now)


def _ago(minutes: float, now: datetime) -> datetime:
    return now - timedelta(minutes=minutes)


def members() -> QuerySet[Membership]:
    """Everybody who works in the demonstration companies, first come first."""
    return Membership.objects.select_related("user", "company").filter(company__slug__in=PROFILES).order_by("id")
