"""Sessions, and talking where no WebSocket gets through. The visitor's token stands in the Authorization header."""

import base64
import json
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
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
from channels_webchat.views.answering import LARGEST_BODY, body_object, body_of, for_visitors, json_of, token_of
from channels_webchat.waiting import waiting_of
from channels_webchat.widget import widget_of
from csplatform.common import clock
from csplatform.contacts.services import name_handle
from csplatform.flows.carry_over import carry_over
from csplatform.gateway.contract import HandleKind, Sender
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.knowledge.selectors import system_text


@csrf_exempt
@require_POST
@for_visitors
def session(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """Begin a visit, or go on with one: the answer holds a fresh token for the same visitor, and the greeting."""
    limits.count(limits.SESSIONS, account.pk, request.META.get("REMOTE_ADDR", ""))
    token = token_of(request)
    known = tokens.read(account.pk, token) if token else tokens.new_visitor()
    said = body_object(request)
    language = widget_language([_line(said.get("language"), 35), known.language], account.default_language)
    identity = said.get("identity")
    if isinstance(identity, str) and identity:
        visitor = _sign_in(account, known, identity_visitor(account.config, identity, language))
    elif known.is_signed_in:
        visitor = replace(known, language=language)  # what the site vouches for, nobody else may change
    else:
        visitor = _introduced(account, known, said, language)
    visitor = replace(visitor, timezone=_line(said.get("timezone"), 64))
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
@for_visitors
def messages(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """GET: what the page lacks (`known`), or an older page (`before`). POST: a delivery of the page."""
    if request.method == "POST":
        return _taken(account, door.take(account, token_of(request), body_of(request)))
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        transcript = door.older_lines(account, token_of(request), int(before))
        return JsonResponse(wire.transcript_frame("older", account, transcript))
    known = known_of(json_of(request.GET.get("known", "")))
    taken = door.newer_lines(account, token_of(request), known)
    waiting = waiting_of(account, taken.handle_id)
    return JsonResponse(wire.transcript_frame("lines", account, taken.transcript, waiting))


@csrf_exempt
@require_http_methods(["GET", "DELETE"])
@for_visitors
def history(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """GET: everything that is kept of the visitor, as JSON or (`as=text`) to be read. DELETE: forget all of it."""
    token = token_of(request)
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
@for_visitors
def files(request: HttpRequest, account: ChannelAccount) -> HttpResponse:
    """Take one file as a message; the form holds `file` and the delivery's `key`, `at`, `text` and `answers`."""
    tokens.read(account.pk, token_of(request))
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FILE + LARGEST_BODY:
        raise Refused(Reason.FILE_SIZE)
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused(Reason.UNREADABLE)
    if upload.size is None or upload.size > LARGEST_FILE:
        raise Refused(Reason.FILE_SIZE)
    data = base64.b64encode(upload.read()).decode()
    delivery = {name: request.POST.get(name, "") for name in ("key", "at", "text")}
    answers = json_of(request.POST.get("answers", ""))
    body = delivery | {"files": [{"name": upload.name or "", "data": data}], "answers": answers}
    return _taken(account, door.take(account, token_of(request), json.dumps(body).encode()))


def _taken(account: ChannelAccount, taken: door.Taken) -> HttpResponse:
    for line in taken.transcript.lines:
        return JsonResponse(wire.ack_frame(account, line), status=201)
    return JsonResponse({"type": "ok"})


def _tell_name(account: ChannelAccount, visitor: tokens.Visitor) -> None:
    with transaction.atomic():
        name_handle(account, visitor.id, visitor.name)


def _line(value: object, limit: int) -> str:
    return " ".join(value.split())[:limit] if isinstance(value, str) else ""


def _email(value: object) -> str:
    email = _line(value, 254)
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email
