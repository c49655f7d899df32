"""What the tests of users and invitations ask and do."""

import re

from django.test import Client
from django.utils import timezone

from companies.actions.invitations import Invitee, invite
from companies.models import Company, Invitation
from mail.models import OutgoingMail
from tests.cast import make_package

FOUR = {"first_name": "Eva", "last_name": "Kern", "position": "Service", "email": "Eva@nordlicht.example"}


NEW = FOUR | {"role": "member", "language": "de"}


def browser(user, **headers) -> Client:
    client = Client(**headers)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def in_package(cast, code: str) -> None:
    Company.objects.filter(pk=cast.nordlicht.pk).update(package=make_package(code))


def an_invitation(cast, first: str = "Eva", *, now=None, **fields) -> Invitation:
    invitee = {"email": f"{first.lower()}@nordlicht.example", "first_name": first, "last_name": "Kern"}
    invitee |= {"position": "Service", "role": "member", "language": "en"} | fields
    return invite(cast.nordlicht, invitee=Invitee(**invitee), inviter=cast.anna, now=now or timezone.now())


def token() -> str:
    return re.search(r"/join/([\w-]+)/", OutgoingMail.objects.latest("id").text)[1]
