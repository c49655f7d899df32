"""The usual Channels chat: a synchronous view with the ORM, the Redis channel layer, a JSON consumer per socket."""

from __future__ import annotations

import json
import os
from urllib.parse import parse_qsl

from django.conf import settings

_pg = dict(part.split("=", 1) for part in os.environ["BENCH_PG"].split())
settings.configure(
    SECRET_KEY="only-for-benchmarks",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["channels"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _pg["dbname"],
            "USER": _pg["user"],
            "HOST": _pg["host"],
            "PORT": _pg["port"],
            "CONN_MAX_AGE": None,
        }
    },
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # Without these two the layer drops idle sockets under current versions of redis-py.
            "CONFIG": {
                "hosts": [
                    {
                        "address": f"unix://{os.environ['BENCH_VALKEY']}",
                        "max_connections": 2**31,
                        "socket_timeout": None,
                    }
                ],
                "capacity": 5000,
            },
        }
    },
)

from django.core.asgi import get_asgi_application  # noqa: E402 (settings first)

http = get_asgi_application()

from asgiref.sync import async_to_sync  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.db import models  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402


class Message(models.Model):
    """The row of a message."""

    id = models.BigAutoField(primary_key=True)
    conversation_id = models.BigIntegerField()
    author_id = models.BigIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "reference"
        managed = False
        db_table = "bench_message"


class Chat(AsyncJsonWebsocketConsumer):
    """One socket of one member."""

    async def connect(self) -> None:
        self.group = f"c.{dict(parse_qsl(self.scope['query_string'].decode()))['conv']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def chat_message(self, event) -> None:
        await self.send_json(event["message"])


@csrf_exempt
def send(request):
    """Store, then tell the group."""
    content = json.loads(request.body)
    row = Message.objects.create(conversation_id=content["conv"], author_id=content["user"], body=content["body"])
    message = {"id": row.pk, "conv": row.conversation_id, "user": row.author_id, "body": row.body}
    event = {"type": "chat.message", "message": message}
    async_to_sync(get_channel_layer().group_send)(f"c.{row.conversation_id}", event)
    return JsonResponse({"id": row.pk}, status=201)


urlpatterns = [path("send", send)]
application = ProtocolTypeRouter({"http": http, "websocket": URLRouter([path("ws", Chat.as_asgi())])})
