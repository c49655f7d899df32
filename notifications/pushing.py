"""Push messages: who takes them, when one leaves, how it gets there (at least once, at most four attempts)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson
import structlog
from django.db import transaction

from accounts.models import User
from conversations.sessions import live_sessions, member_of_user
from events import due, nudge, presence
from events.publish import after_commit
from notifications import push_transport, webpush
from notifications.devices import MOST, hash_of
from notifications.models import Notice, Push, PushSubscription
from notifications.policy import DEFAULT, PUSH, ROWS
from notifications.push_words import payload_of
from notifications.recipients import has_read, recipient_of, still_entitled
from notifications.selectors import preferences, wish_of
from notifications.vapid import contact, private_key

log = structlog.get_logger(__name__)

# While a page is open it tells; a closed one is noticed after 45 s, so it is looked at again for this long.
_WATCH = timedelta(seconds=75)
_LOOK_AGAIN = timedelta(seconds=20)
_RETRY = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
_LEASE = timedelta(seconds=40)
_RUN_S = 20.0
_KEPT_S = 4 * 3600  # how long a push service keeps a message for a device that is switched off
_GONE = {401, 403, 404, 410}  # the subscription, or our key for it, is not known there any more


class BadSubscription(ValueError):
    """What the browser sent is no subscription that can be served."""


def subscribe(
    user: User, *, session_key: str, endpoint: str, p256dh: str, auth: str, device: str, now: datetime
) -> PushSubscription:
    """This browser takes the user's push messages as long as its session lives. The same browser again – also for
    another user: computers are shared – replaces what was. Raises BadSubscription.
    """
    try:
        push_transport.check(endpoint)
        webpush.check_keys(p256dh, auth)
    except (push_transport.BadEndpoint, webpush.BadKeys) as error:
        raise BadSubscription(str(error)) from error
    if not session_key:
        raise BadSubscription("There is no session.")
    with transaction.atomic():
        stored, _new = PushSubscription.objects.update_or_create(
            endpoint_hash=hash_of(endpoint),
            defaults={
                "user": user,
                "session_key": session_key,
                "endpoint": endpoint,
                "p256dh": p256dh,
                "auth": auth,
                "device": device[:60],
                "created_at": now,
            },
        )
        old = PushSubscription.objects.filter(user=user).order_by("-id").values_list("pk", flat=True)[MOST:]
        PushSubscription.objects.filter(pk__in=list(old)).delete()
    return stored


def unsubscribe(subscriptions: Iterable[PushSubscription]) -> None:
    """These devices take no more push messages; what is on its way to them ends, too."""
    PushSubscription.objects.filter(pk__in=[one.pk for one in subscriptions]).delete()


def settle_push(notice_id: int, recipient: str, now: datetime) -> None:
    """DUE: a few seconds have passed. Unseen, wanted, allowed and nowhere a page open – then to every device."""
    notice = (
        Notice.objects.select_related(
            "user", "conversation__head", "conversation__company", "conversation__customer", "conversation__visitor"
        )
        .filter(pk=notice_id, seen_at=None, user__isnull=False)
        .first()
    )
    if notice is None or not _wanted(notice, now):
        return
    devices = list(PushSubscription.objects.filter(user_id=notice.user_id).values_list("pk", flat=True))
    if not devices:
        return
    if presence.online([notice.user_id]):
        if now < notice.at + _WATCH:
            due.add("push", subject_id=notice.pk, due_at=now + _LOOK_AGAIN)
        return
    rows = [Push(subscription_id=pk, notice=notice, created_at=now, next_try_at=now) for pk in devices]
    Push.objects.bulk_create(rows, ignore_conflicts=True)
    Notice.objects.filter(pk=notice.pk).update(pushed_at=now)
    after_commit(nudge.push)


def _wanted(notice: Notice, now: datetime) -> bool:
    """As things stand now: still unread, wanted by this way, nobody resting, and still theirs to see."""
    person = recipient_of(notice)
    if person.member is None or has_read(notice) or not still_entitled(notice, person):
        return False
    stored = preferences([notice.user_id]).get(notice.user_id)
    wish = wish_of(stored) if stored else DEFAULT
    if notice.row not in ROWS or PUSH not in wish.of(notice.row):
        return False
    if notice.cause == Notice.Cause.OFFER:
        return notice.state == Notice.State.PENDING  # it rings in quiet hours, too
    return person.member.quiet_ends(now) is None


def send_due(*, now: datetime, transport: push_transport.Transport = push_transport.post) -> int:
    """Sends what is due, one claim after the other, for at most 20 s; how many arrived. Any number may run."""
    sent, started = 0, time.monotonic()
    while time.monotonic() - started < _RUN_S and (push := _claim(now)) is not None:
        sent += _attempt(push, now, transport)
    return sent


def _claim(now: datetime) -> Push | None:
    """Takes the one that is due longest; others skip it. The attempt counts from here, so that a crash counts too."""
    while True:
        with transaction.atomic():
            rows = Push.objects.filter(next_try_at__lte=now).order_by("next_try_at", "id")
            push = rows.select_for_update(skip_locked=True).first()
            if push is None:
                return None
            if push.attempts <= len(_RETRY):
                push.attempts, push.next_try_at = push.attempts + 1, now + _LEASE
                push.save(update_fields=["attempts", "next_try_at"])
                return push
            push.delete()


def _attempt(push: Push, now: datetime, transport: push_transport.Transport) -> bool:
    """Outside any transaction: a slow service holds nothing up but itself."""
    subscription = PushSubscription.objects.select_related("user").get(pk=push.subscription_id)
    if not live_sessions([subscription.session_key]):
        unsubscribe([subscription])  # signed out there
        return False
    payload = _payload(push)
    if payload is None:
        push.delete()
        return False
    try:
        status = _post(subscription, push, payload, now, transport)
    except (push_transport.BadEndpoint, webpush.BadKeys):
        unsubscribe([subscription])
        return False
    except push_transport.Unreachable as error:
        log.info("push not delivered", error=str(error)[:200])
        _later(push, now)
        return False
    return _settle(push, subscription, status, now)


def _payload(push: Push) -> bytes | None:
    """None when it was seen meanwhile, or is not for this person any more."""
    notice = Notice.objects.select_related("user", "conversation__customer", "conversation__visitor").get(
        pk=push.notice_id
    )
    member = member_of_user(notice.user_id)
    if member is None or notice.seen_at is not None or has_read(notice):
        return None
    return orjson.dumps(payload_of(notice, member))


def _post(
    subscription: PushSubscription, push: Push, payload: bytes, now: datetime, transport: push_transport.Transport
) -> int:
    notice = push.notice
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(_KEPT_S),
        "Urgency": "high" if notice.cause == Notice.Cause.OFFER else "normal",
        "Topic": notice.conversation.public_id.hex,  # a newer one of the same conversation takes its place
        "Authorization": webpush.authorization(subscription.endpoint, key=private_key(), contact=contact(), now=now),
    }
    body = webpush.sealed(payload, p256dh=subscription.p256dh, auth=subscription.auth)
    return transport(subscription.endpoint, headers, body)


def _settle(push: Push, subscription: PushSubscription, status: int, now: datetime) -> bool:
    if status in _GONE:
        unsubscribe([subscription])
        return False
    if status == 429 or status >= 500:
        _later(push, now)
        return False
    push.delete()
    if not 200 <= status < 300:
        log.warning("push refused", status=status)
        return False
    PushSubscription.objects.filter(pk=subscription.pk).update(pushed_at=now)
    return True


def _later(push: Push, now: datetime) -> None:
    if push.attempts > len(_RETRY):
        push.delete()
        return
    push.next_try_at = now + _RETRY[push.attempts - 1]
    push.save(update_fields=["next_try_at"])
