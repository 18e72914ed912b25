"""Where every address leads; composition only."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import module_has_submodule


def _channel_routes(name: str) -> list[Any]:
    """Return the list called `name` from the `urls` module of each channel app that has one."""
    routes: list[Any] = []
    for app in settings.CHANNEL_APPS:
        if module_has_submodule(import_module(app), "urls"):
            routes += getattr(import_module(f"{app}.urls"), name, [])
    return routes


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("csplatform.doors.urls")),
    path("", include("csplatform.desk.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", include("csplatform.reports.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("csplatform.api.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *_channel_routes("urlpatterns"),
]

# Answered without Django's middleware, one coroutine each: requests that wait.
http_urlpatterns: list[Any] = _channel_routes("http_urlpatterns")

websocket_urlpatterns: list[Any] = [
    *import_module("csplatform.desk.urls").websocket_urlpatterns,
    *_channel_routes("websocket_urlpatterns"),
]
