"""What requests of visitors have in common."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from channels_webchat import door, tokens, wire
from channels_webchat.errors import Reason, Refused
from channels_webchat.widget import widget_account
from csplatform.gateway.errors import WebhookRejected

LARGEST_BODY = 64 * 1024
_STATUS = {Reason.SESSION: 403, Reason.IDENTITY: 401, Reason.TOO_FAST: 429, Reason.FILE_SIZE: 413, Reason.TOO_LONG: 413}
View = Callable[..., HttpResponse]


def for_visitors(view: View) -> View:
    """Find the account by the widget's key, and answer refusals the way the page reads them.

    No cookie counts here, so there is nothing for another site to forge.
    """

    @wraps(view)
    def answer(request: HttpRequest, key: str, **rest: str) -> HttpResponse:
        account = widget_account(key)
        if account is None:
            raise Http404
        try:
            response = view(request, account, **rest)
        except (Refused, WebhookRejected) as error:
            reason = door.reason_of(error)
            response = JsonResponse(wire.refused_frame(reason), status=_STATUS.get(reason, 400))
        response["Cache-Control"] = "no-store"
        return response

    return answer


def token_of(request: HttpRequest) -> str:
    """Return the visitor's token, which may be anything."""
    return tokens.bearer(request.headers.get("authorization", ""))


def body_of(request: HttpRequest) -> bytes:
    """Return the body; raises Refused where it is too large."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise Refused(Reason.TOO_LONG)
    body = request.body
    if len(body) > LARGEST_BODY:
        raise Refused(Reason.TOO_LONG)
    return body


def body_object(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object in the body; raises Refused where there is none."""
    value = json_of(body_of(request).decode("utf-8", "replace"))
    if not isinstance(value, dict):
        raise Refused(Reason.UNREADABLE)
    return value


def json_of(text: str) -> Any:
    """Read JSON; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
