"""Sessions, and talking where no WebSocket gets through. The visitor's token stands in the Authorization header."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from channels_webchat import door, limits, own_data, tokens, wire
from channels_webchat.errors import Reason, Refused
from channels_webchat.files import LARGEST_FILE
from channels_webchat.identity import visitor_of as identity_visitor
from channels_webchat.introductions import tell_agents
from channels_webchat.known import known_of
from channels_webchat.opening import opening_of
from channels_webchat.strings import widget_language
from channels_webchat.widget import widget_account, widget_of
from csplatform.common import clock
from csplatform.contacts.services import name_handle
from csplatform.flows.carry_over import carry_over
from csplatform.gateway.contract import HandleKind, Sender
from csplatform.gateway.errors import WebhookRejected
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.knowledge.selectors import system_text

LARGEST_BODY = 64 * 1024
_STATUS = {Reason.SESSION: 403, Reason.IDENTITY: 401, Reason.TOO_FAST: 429, Reason.FILE_SIZE: 413, Reason.TOO_LONG: 413}
View = Callable[[HttpRequest, ChannelAccount], HttpResponse]


def _for_visitors(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the account by the widget's key, and answer refusals the way the page reads them.

    No cookie counts here, so there is nothing for another site to forge.
    """

    @wraps(view)
    def answer(request: HttpRequest, key: str) -> HttpResponse:
        account = widget_account(key)
        if account is None:
            raise Http404
        try:
            response = view(request, account)
        except (Refused, WebhookRejected) as error:
            reason = door.reason_of(error)
            response = JsonResponse(wire.refused_frame(reason), status=_STATUS.get(reason, 400))
        response["Cache-Control"] = "no-store"
        return response

    return answer


@csrf_exempt
@require_POST
@_for_visitors
def session(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """Begin a visit, or go on with one: the answer holds a fresh token for the same visitor, and the greeting."""
    limits.count(limits.SESSIONS, account.pk, request.META.get("REMOTE_ADDR", ""))
    token = _token(request)
    known = tokens.read(account.pk, token) if token else tokens.new_visitor()
    said = _object(request)
    language = widget_language([_line(said.get("language"), 35), known.language], account.default_language)
    identity = said.get("identity")
    if isinstance(identity, str) and identity:
        visitor = _sign_in(account, known, identity_visitor(account.config, identity, language))
    elif known.is_signed_in:
        visitor = replace(known, language=language)  # what the site vouches for, nobody else may change
    else:
        visitor = _introduced(account, known, said, language)
    greeting = system_text(SystemText.Key.GREETING, visitor.language)
    return JsonResponse(
        {
            "token": tokens.issue(account.pk, visitor),
            "name": visitor.name,
            "email": visitor.email,
            "signedIn": visitor.is_signed_in,
            "greeting": greeting.body if greeting else "",
            "choices": widget_of(account).quick_replies,
            "opensAt": _opens_at(account),
        }
    )


def _opens_at(account: ChannelAccount) -> str | None:
    """When somebody will be there again, None while somebody is, or nobody says when."""
    opening = opening_of(account, clock.now())
    return opening.opens_at.isoformat() if opening and not opening.is_open else None


def _sign_in(account: ChannelAccount, known: tokens.Visitor, person: tokens.Visitor) -> tokens.Visitor:
    """What an anonymous visitor said goes with them; what another person said here before does not."""
    if not known.is_signed_in:
        sender = Sender(external_id=person.id, kind=HandleKind.VISITOR, name=person.name, language=person.language)
        carry_over(account, known.id, sender)
    return person


def _introduced(account: ChannelAccount, known: tokens.Visitor, said: dict[str, Any], language: str) -> tokens.Visitor:
    name = _line(said.get("name"), 200) or known.name
    visitor = replace(known, name=name, email=_email(said.get("email")) or known.email, language=language)
    if visitor.name != known.name:
        _tell_name(account, visitor)
    if visitor.email != known.email:
        with transaction.atomic():
            tell_agents(account, visitor)
    return visitor


@csrf_exempt
@require_http_methods(["GET", "POST"])
@_for_visitors
def messages(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """GET: what the page lacks (`known`), or an older page (`before`). POST: a delivery of the page."""
    if request.method == "POST":
        return _taken(account, door.take(account, _token(request), _body(request)))
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        transcript = door.older_lines(account, _token(request), int(before))
        return JsonResponse(wire.transcript_frame("older", account, transcript))
    known = known_of(_json(request.GET.get("known", "")))
    taken = door.newer_lines(account, _token(request), known)
    return JsonResponse(wire.transcript_frame("lines", account, taken.transcript))


@csrf_exempt
@require_http_methods(["GET", "DELETE"])
@_for_visitors
def history(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """GET: everything that is kept of the visitor, as JSON or (`as=text`) to be read. DELETE: forget all of it."""
    token = _token(request)
    limits.count(limits.HISTORY, account.pk, tokens.read(account.pk, token).id)
    if request.method == "DELETE":
        proof = own_data.erase(account, token)
        return JsonResponse(wire.erased_frame() | ({"at": proof.at.isoformat(), "proof": proof.pk} if proof else {}))
    if request.GET.get("as") != "text":
        return JsonResponse(own_data.as_data(account, token), json_dumps_params={"ensure_ascii": False, "indent": 2})
    with translation.override(widget_language([request.GET.get("lang")], account.default_language)):
        text = own_data.as_text(account, token, request.GET.get("tz", ""))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@csrf_exempt
@require_POST
@_for_visitors
def files(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """Take one file as a message; the form holds `file` and the delivery's `key`, `at` and `text`."""
    tokens.read(account.pk, _token(request))
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FILE + LARGEST_BODY:
        raise Refused(Reason.FILE_SIZE)
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused(Reason.UNREADABLE)
    if upload.size is None or upload.size > LARGEST_FILE:
        raise Refused(Reason.FILE_SIZE)
    data = base64.b64encode(upload.read()).decode()
    delivery = {name: request.POST.get(name, "") for name in ("key", "at", "text")}
    body = delivery | {"files": [{"name": upload.name or "", "data": data}]}
    return _taken(account, door.take(account, _token(request), json.dumps(body).encode()))


def _taken(account: ChannelAccount, taken: door.Taken) -> HttpResponse:
    for line in taken.transcript.lines:
        return JsonResponse(wire.ack_frame(account, line), status=201)
    return JsonResponse({"type": "ok"})


def _tell_name(account: ChannelAccount, visitor: tokens.Visitor) -> None:
    with transaction.atomic():
        name_handle(account, visitor.id, visitor.name)


def _token(request: HttpRequest) -> str:
    return tokens.bearer(request.headers.get("authorization", ""))


def _body(request: HttpRequest) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise Refused(Reason.TOO_LONG)
    body = request.body
    if len(body) > LARGEST_BODY:
        raise Refused(Reason.TOO_LONG)
    return body


def _object(request: HttpRequest) -> dict[str, Any]:
    value = _json(_body(request).decode("utf-8", "replace"))
    if not isinstance(value, dict):
        raise Refused(Reason.UNREADABLE)
    return value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _line(value: object, limit: int) -> str:
    return " ".join(value.split())[:limit] if isinstance(value, str) else ""


def _email(value: object) -> str:
    email = _line(value, 254)
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email
