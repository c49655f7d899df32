"""Verbs of mail: queue and send_due (out), receive and process_received (in), taking bounces, forgetting."""

from mail.actions.incoming import NotTakenIn, forget_old, process, process_received, receive, retry
from mail.actions.outgoing import BadAddress, queue, send_due

__all__ = [
    "BadAddress",
    "NotTakenIn",
    "forget_old",
    "process",
    "process_received",
    "queue",
    "receive",
    "retry",
    "send_due",
]
