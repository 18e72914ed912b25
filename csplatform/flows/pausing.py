"""Addresses that take nothing: nothing more is sent there, until an agent or the customer says otherwise."""

from datetime import UTC, datetime

from django.db import transaction

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.actors import CUSTOMER, SYSTEM, Actor
from csplatform.conversations.models import Conversation, EventVerb, Message
from csplatform.conversations.services import lock, record
from csplatform.flows.routes import usual_handle
from csplatform.gateway.contract import Reachability
from csplatform.gateway.models import ChannelAccount


def pause_address(conversation_id: int, handle_id: int, reason: str, **facts: str) -> None:
    """Send nothing more to `handle_id`, found dead in this conversation. Needs a transaction; once is enough.

    `facts` are kept with the line of history.
    """
    conversation = lock(conversation_id)
    paused = Handle.objects.filter(pk=handle_id, paused_at__isnull=True)
    if paused.update(paused_at=clock.now(), paused_reason=reason):
        address = Handle.objects.values_list("external_id", flat=True).get(pk=handle_id)
        record(conversation, EventVerb.PAUSED, SYSTEM, address=address, reason=reason, **facts)


@transaction.atomic
def resume_address(conversation_id: int, *, by: Actor) -> None:
    """Send again to the address where the customer is usually answered, at an agent's wish."""
    conversation = lock(conversation_id)
    handle = usual_handle(conversation)
    if Handle.objects.filter(pk=handle.pk, paused_at__isnull=False).update(paused_at=None, paused_reason=""):
        record(conversation, EventVerb.RESUMED, by, address=handle.external_id)


def is_alive(handle: Handle) -> None:
    """Somebody wrote from this address: it takes mail again."""
    if handle.paused_at is not None:
        handle.paused_at = None
        handle.paused_reason = ""
        handle.save(update_fields=["paused_at", "paused_reason", "updated_at"])


def apply_reachability(account: ChannelAccount, event: Reachability) -> None:
    """Send nothing to a person who blocked or left the account, until they are back. Strangers concern nobody.

    What is older than what was said of them last changes nothing: platforms repeat themselves, and so do replays.
    """
    handle = Handle.objects.filter(account=account, external_id=event.person).first()
    if handle is None or (handle.paused_at is None) == event.reachable:
        return
    if _is_old(handle, event):
        return
    at = event.at.astimezone(UTC).isoformat()
    latest = Conversation.objects.filter(handle=handle).order_by("-id").values_list("pk", flat=True).first()
    if event.reachable:
        is_alive(handle)
        if latest is not None:
            record(lock(latest), EventVerb.RESUMED, CUSTOMER, address=handle.external_id, at=at)
    elif latest is not None:
        pause_address(latest, handle.pk, event.reason, at=at)


def _is_old(handle: Handle, event: Reachability) -> bool:
    """Whether just this, or something later, was told before."""
    verb = EventVerb.RESUMED if event.reachable else EventVerb.PAUSED
    told = Message.objects.filter(conversation__handle=handle, verb__in=[EventVerb.PAUSED, EventVerb.RESUMED])
    told = told.filter(data__address=handle.external_id, data__has_key="at")
    moments = [(datetime.fromisoformat(at), known) for at, known in told.values_list("data__at", "verb")]
    return any(at > event.at or (at, known) == (event.at, verb) for at, known in moments)
