"""The launcher's script, the page in its frame, and a shop to try them in."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from channels_webchat.channel import LONGEST_TEXT
from channels_webchat.colors import text_on
from channels_webchat.files import LARGEST_FILE
from channels_webchat.strings import file_limits, language_choices, launcher_strings, page_strings, widget_language
from channels_webchat.theme import theme_css
from channels_webchat.widget import Widget, widget_account, widget_of
from csplatform.common.languages import is_rtl, normalise_tag
from csplatform.gateway.models import ChannelAccount

JAVASCRIPT, CSS = "text/javascript; charset=utf-8", "text/css; charset=utf-8"


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script that a site embeds: `<script src="…/chat/widget.js" data-key="…" async></script>`."""
    return _asset(_launcher(), JAVASCRIPT, seconds=3600)


@require_safe
def start(request: HttpRequest, key: str) -> HttpResponse:
    """What the launcher needs to know of one account, as a script: a site's policy need not allow connections."""
    account = _account(key)
    widget = widget_of(account)
    with translation.override(_language(request, account)):
        facts = {
            "key": key,
            "frame": reverse("webchat-frame", args=[key]),
            "color": widget.color,
            "ink": text_on(widget.color),
            "side": widget.side,
            "theme": widget.theme,
            "icon": widget.launcher_icon,
            "text": widget.launcher_text.in_language(translation.get_language() or "") if widget.launcher_text else "",
            "labels": launcher_strings(),
        }
    return _asset(f"csplatformChat.start({json.dumps(facts)});", JAVASCRIPT, seconds=300)


@require_safe
def theme(request: HttpRequest, key: str) -> HttpResponse:
    """The brand's colours for the chat page, as a style sheet: its policy allows no inline style."""
    widget = widget_of(_account(key))
    return _asset(theme_css(widget.color, widget.theme), CSS, seconds=300)


@require_safe
@xframe_options_exempt
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """The chat itself, shown in the launcher's frame, or alone on a page of its own."""
    account = _account(key)
    widget = widget_of(account)
    code = _language(request, account)
    with translation.override(code):
        response = render(request, "channels_webchat/frame.html", _frame_context(widget, code))
    response["Content-Security-Policy"] = _frame_policy(request, widget)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def demo(request: HttpRequest, key: str) -> HttpResponse:
    """A small shop with the widget in it; only while developing, or where the account's settings ask for it."""
    account = _account(key)
    widget = widget_of(account)
    if not (settings.DEBUG or widget.is_demo):
        raise Http404
    code = _language(request, account)
    with translation.override(code):
        return render(request, "channels_webchat/demo.html", {"widget": widget, **_language_context(code)})


def _frame_context(widget: Widget, code: str) -> dict[str, object]:
    facts = {
        "key": widget.key,
        "title": widget.title,
        "language": code,
        "session": reverse("webchat-session", args=[widget.key]),
        "messages": reverse("webchat-messages", args=[widget.key]),
        "files": reverse("webchat-files", args=[widget.key]),
        "history": reverse("webchat-history", args=[widget.key]),
        "news": f"/chat/{widget.key}/news/",
        "socket": f"/ws/chat/{widget.key}/",
        "guide": reverse("webchat-help", args=[widget.key]) if widget.has_help else None,
        "form": widget.form.facts(code),
        "largestFile": LARGEST_FILE,
        "strings": page_strings(str(widget.files.words)),
    }
    return {
        "widget": widget,
        "facts": facts,
        "form": facts["form"],
        "limits": file_limits(widget.files),
        "longest_text": LONGEST_TEXT,
        "languages": language_choices(),
        **_language_context(code),
    }


def _language_context(code: str) -> dict[str, str]:
    return {"code": code, "tag": normalise_tag(code) or code, "direction": "rtl" if is_rtl(code) else "ltr"}


def _frame_policy(request: HttpRequest, widget: Widget) -> str:
    """Who may embed the page, and that it talks to nobody but us."""
    host = request.get_host()
    ancestors = " ".join(["'self'", *widget.allowed_origins]) if widget.allowed_origins else "*"
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' blob: {widget.logo}".strip(),
            # Older browsers do not count a WebSocket to the same host as 'self'.
            f"connect-src 'self' ws://{host} wss://{host}",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
        ]
    )


def _language(request: HttpRequest, account: ChannelAccount) -> str:
    accepted = [tag for tag, _weight in parse_accept_lang_header(request.headers.get("accept-language", ""))]
    return widget_language([request.GET.get("lang"), *accepted], account.default_language)


def _account(key: str) -> ChannelAccount:
    account = widget_account(key)
    if account is None:
        raise Http404
    return account


def _asset(text: str, content_type: str, *, seconds: int) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, max_age=seconds)
    return response


@lru_cache
def _launcher() -> str:
    found = finders.find("channels_webchat/launcher.js")
    assert isinstance(found, str)
    return Path(found).read_text(encoding="utf-8")
