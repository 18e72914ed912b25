"""The desk's addresses."""

from typing import Any

from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import URLPattern, URLResolver, include, path

from csplatform.desk.consumers import DeskConsumer
from csplatform.desk.views import (
    actions,
    composer,
    contacts,
    conversation,
    deadlines,
    drafts,
    files,
    held,
    inbox,
    mail,
    menus,
    messages,
    notifications,
    panel,
    preferences,
    presence,
    quarantine,
    reading,
    translation,
)

_inbox: list[URLPattern] = [
    path("", inbox.inbox, name="inbox"),
    path("c/<int:pk>/", conversation.conversation, name="conversation"),
    path("c/<int:pk>/since/<int:revision>/", conversation.since, name="since"),
    path("c/<int:pk>/earlier/<int:before>/", conversation.earlier, name="earlier"),
    path("c/<int:pk>/deadlines/", deadlines.show, name="deadlines"),
    path("c/<int:pk>/let-in/", held.let_in, name="let-in"),
    path("c/<int:pk>/send/", composer.send, name="send"),
    path("c/<int:pk>/canned/", composer.canned, name="canned"),
    path("c/<int:pk>/mentions/", drafts.suggest_mentions, name="mentions"),
    path("c/<int:pk>/draft/", drafts.draft, name="draft"),
    path("c/<int:pk>/draft/files/", drafts.add_file, name="draft-files"),
    path("c/<int:pk>/draft/files/<uuid:key>/", drafts.file, name="draft-file"),
    path("c/<int:pk>/planned/<int:number>/<slug:action>/", drafts.planned, name="planned"),
    path("c/<int:pk>/menu/<slug:name>/", menus.menu, name="menu"),
    path("c/<int:pk>/contact/", contacts.show, name="contact"),
    path("c/<int:pk>/contact/edit/", contacts.edit, name="contact-edit"),
    path("c/<int:pk>/contact/merge/", contacts.merge, name="merge"),
    path("c/<int:pk>/contact/merge/search/", contacts.merge_search, name="merge-search"),
    path("c/<int:pk>/contact/merge/<int:other>/", contacts.merge_preview, name="merge-preview"),
    path("c/<int:pk>/do/<slug:action>/", actions.act, name="act"),
    path("c/<int:pk>/contact/previous/<int:before>/", panel.previous, name="previous"),
    path("c/<int:pk>/contact/notes/", panel.add_note, name="contact-note"),
    path("c/<int:pk>/contact/notes/<int:note>/remove/", panel.remove_note, name="contact-note-remove"),
    path("c/<int:pk>/contact/unmerge/<int:merge>/", panel.unmerge, name="unmerge"),
    path("c/<int:pk>/fields/<slug:target>/<slug:key>/", panel.fill, name="fill"),
    path("c/<int:pk>/relate/<slug:what>/", panel.relate, name="relate"),
    path("c/<int:pk>/seen/<int:seq>/", reading.seen, name="seen"),
    path("c/<int:pk>/follow/", notifications.follow, name="follow"),
    path("m/<int:pk>/html/", mail.mail_html, name="mail-html"),
    path("m/<int:pk>/translate/", translation.message, name="translate"),
    path("c/<int:pk>/translate/", translation.text, name="translate-text"),
    path("m/<int:pk>/retry/", composer.retry, name="retry"),
    path("m/<int:pk>/menu/", messages.menu, name="message-menu"),
    path("m/<int:pk>/forward/", messages.forward, name="forward"),
    path("m/<int:pk>/split/", messages.split, name="split"),
    path("m/<int:pk>/source/", messages.source, name="source"),
    path("m/<int:pk>/eml/", messages.eml, name="eml"),
    path("quarantine/", quarantine.listing, name="quarantine"),
    path("quarantine/<int:pk>/", quarantine.delivery, name="delivery"),
    path("quarantine/<int:pk>/file/", quarantine.file, name="delivery-file"),
    path("quarantine/do/<slug:action>/", quarantine.act, name="quarantine-act"),
    path("<slug:view>/", inbox.inbox, name="view"),
]
_desk: list[URLPattern | URLResolver] = [
    path("", inbox.home, name="home"),
    path("inbox/", include(_inbox)),
    path("files/<uuid:key>/", files.attachment, name="attachment"),
    path("me/sending/", preferences.sending, name="sending"),
    path("me/language/", preferences.language, name="language"),
    path("me/notifications/", notifications.panel, name="notifications"),
    path("me/notifications/seen/", notifications.seen, name="notifications-seen"),
    path("me/notifications/latest/", notifications.latest, name="latest"),
    path("me/notifications/settings/", notifications.settings, name="notification-settings"),
    path("me/presence/", presence.show, name="presence"),
    path("me/presence/choose/", presence.choose, name="presence-choose"),
]

urlpatterns: list[Any] = [path("", include((_desk, "desk")))]
websocket_urlpatterns: list[Any] = [path("ws/desk/", AllowedHostsOriginValidator(DeskConsumer.as_asgi()))]
