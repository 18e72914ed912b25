"""Addresses of the web chat."""

from django.urls import path

from channels_webchat.consumers import VisitorConsumer
from channels_webchat.long_poll import NewsConsumer
from channels_webchat.views import download, guide, pages, talk

urlpatterns = [
    path("chat/widget.js", pages.script, name="webchat-script"),
    path("chat/<slug:key>/start.js", pages.start, name="webchat-start"),
    path("chat/<slug:key>/theme.css", pages.theme, name="webchat-theme"),
    path("chat/<slug:key>/frame/", pages.frame, name="webchat-frame"),
    path("chat/<slug:key>/demo/", pages.demo, name="webchat-demo"),
    path("chat/<slug:key>/session/", talk.session, name="webchat-session"),
    path("chat/<slug:key>/messages/", talk.messages, name="webchat-messages"),
    path("chat/<slug:key>/history/", talk.history, name="webchat-history"),
    path("chat/<slug:key>/help/", guide.search, name="webchat-help"),
    path("chat/<slug:key>/help/<slug:slug>/", guide.article, name="webchat-article"),
    path("chat/<slug:key>/help/<slug:slug>/verdict/", guide.verdict, name="webchat-verdict"),
    path("chat/<slug:key>/files/", talk.files, name="webchat-files"),
    path("chat/<slug:key>/files/<uuid:file>/", download.download, name="webchat-file"),
]
# Served beside Django's views: whoever waits for news holds no thread and no database connection.
http_urlpatterns = [path("chat/<slug:key>/news/", NewsConsumer.as_asgi())]  # type: ignore[arg-type]
websocket_urlpatterns = [path("ws/chat/<slug:key>/", VisitorConsumer.as_asgi())]  # type: ignore[arg-type]  # the stubs know of views only
