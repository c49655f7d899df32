"""HTTP and websocket entry; the same application runs under daphne and uvicorn."""

from __future__ import annotations

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memo.settings")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 (Django first)

from accounts.evenly import Evenly  # noqa: E402
from conversations.lane import Lane  # noqa: E402
from memo.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": Lane(Evenly(http)), "websocket": URLRouter(websocket_urlpatterns)})

# Thousands of idle sockets hold many objects: collect seldom, and never walk what start-up made.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 50, 1000)
