"""The Celery app and the whole clock: one beat table. Celery only speeds things up; what is due is a row."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memo.settings")

app = Celery("memo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# name -> (task, seconds between runs). A run that no worker took in time expires: the next one does its work.
_TABLE = {
    "settle due rows": ("events.tasks.settle_due", 1.0),
    "settle patient ones": ("events.tasks.settle_patient", 1.0),
    "react to events": ("events.tasks.react", 2.0),
    "go on with bulk actions": ("conversations.tasks.work_bulk", 2.0),
    "send queued mail": ("mail.tasks.send_due", 5.0),
    "process received mail": ("mail.tasks.process_received", 5.0),
    "send push messages": ("notifications.tasks.send_pushes", 5.0),
    "worker heartbeat": ("events.tasks.heartbeat", 1.0),
    "lock old conversations": ("conversations.tasks.lock_old", 3600.0),
    "forget old events": ("events.tasks.forget", 3600.0),
    "forget old mails": ("mail.tasks.forget", 3600.0),
    "forget old notices": ("notifications.tasks.forget", 3600.0),
}
app.conf.beat_schedule = {
    name: {"task": task, "schedule": seconds, "options": {"expires": max(2.0, seconds)}}
    for name, (task, seconds) in _TABLE.items()
}
# In memory: there is nothing to remember, and the stock scheduler deletes the file it is given when it cannot read it.
app.conf.beat_scheduler = "memo.clock:Clock"
app.steps["worker"].add("memo.guard:Guard")
