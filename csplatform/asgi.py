"""HTTP and WebSocket entry point."""

import os
import sys
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csplatform.settings.development")
# Many threads share few connections.
os.environ.setdefault("DATABASE_POOL", "true")
django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack  # noqa: E402  (apps must be loaded first)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from csplatform.bot.language import load_models  # noqa: E402
from csplatform.common.one_thread import OneThreadHandler  # noqa: E402
from csplatform.live.sockets import ClosedWithoutValkey  # noqa: E402
from csplatform.urls import http_urlpatterns, websocket_urlpatterns  # noqa: E402

# The first chat message must not wait for the language models, nor the first page for their loading.
warm_up = threading.Timer(2, load_models)
warm_up.daemon = True
warm_up.start()

# The event loop speaks for every socket: it must not wait 5 ms, Python's own patience, for each thread that computes.
sys.setswitchinterval(0.001)

sockets = ClosedWithoutValkey(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
pages = URLRouter([*http_urlpatterns, re_path("", OneThreadHandler())])  # type: ignore[arg-type, list-item]  # stubs: views only
application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
