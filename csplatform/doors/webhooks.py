"""The one address that platforms call. It checks, keeps and answers; understanding comes later."""

from dataclasses import replace

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.doors.polling import POLL
from csplatform.gateway.contract import HttpAnswer, RawDelivery
from csplatform.gateway.errors import UnknownChannel, WebhookRejected
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.services import accept

log = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, token: str) -> HttpResponse:
    """Take one delivery for the account that holds `token`.

    404 unknown token, 413 too large, 403 not signed as the platform signs: nothing is stored.
    200 stored for good. 503 the database is away: the platform will come again.
    """
    try:
        return _take(request, token)
    except (OperationalError, InterfaceError):
        log.exception("door_closed")
        return _plain("try again later", 503, {"Retry-After": "10"})


def _take(request: HttpRequest, token: str) -> HttpResponse:
    account = ChannelAccount.objects.filter(token=token, is_active=True).first()
    if account is None:
        return _plain("no such address", 404)
    try:
        channel = account.adapter()
    except UnknownChannel:
        return _plain("no such address", 404)
    if _too_large(request, channel.abilities.max_webhook or settings.MAX_WEBHOOK_BYTES):
        return _plain("too large", 413)
    raw = raw_delivery(request)
    try:
        answer = channel.handshake(raw)
        if answer is not None:
            return _answer(answer)
        if request.method != "POST":
            return _plain("only POST brings news", 405, {"Allow": "POST"})
        channel.verify(raw)
    except WebhookRejected as reason:
        log.warning("webhook_rejected", account=account.pk, reason=str(reason))
        return _plain("not signed as it must be", 403)
    accept(account, _without_secrets(raw, channel.abilities.secret_headers))
    if channel.abilities.rings:
        ring(POLL, account.pk)
    return HttpResponse(channel.abilities.thanks, content_type=channel.abilities.thanks_type)


def raw_delivery(request: HttpRequest) -> RawDelivery:
    """Return the request as a channel wants it: exact bytes, lower-case header names."""
    return RawDelivery(
        body=request.body,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.GET.dict(),
        method=request.method or "",
        received_at=clock.now(),
    )


def _without_secrets(raw: RawDelivery, names: frozenset[str]) -> RawDelivery:
    """Return what may be kept: signatures prove something later on, a secret itself is only a risk."""
    hidden = names | {"cookie", "authorization"}
    kept = {name: value for name, value in raw.headers.items() if name not in hidden}
    return replace(raw, headers=kept)


def _too_large(request: HttpRequest, limit: int) -> bool:
    try:
        return len(request.body) > limit
    except RequestDataTooBig:
        return True


def _answer(answer: HttpAnswer) -> HttpResponse:
    return HttpResponse(
        answer.body, status=answer.status, content_type=answer.content_type, headers=dict(answer.headers)
    )


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=headers)
