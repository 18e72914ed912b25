"""Mail of somebody who quotes a thread without taking part in it: an agent lets it in, or keeps it apart."""

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, MessageKind, Status
from csplatform.conversations.services import lock_both, record
from csplatform.flows import status
from csplatform.flows.moving import move
from csplatform.sla import services as sla


@transaction.atomic
def let_in(conversation_id: int, *, by: Actor) -> Conversation:
    """Move what is held into the thread it quotes; its writer takes part there from now on. Returns that thread.

    Raises InvalidInput where nothing is held.
    """
    held, target = _locked(conversation_id)
    messages = held.messages.exclude(kind=MessageKind.EVENT).order_by("seq")
    moved = move(messages, held, target, by)
    newcomer = held.handle.external_id.lower()
    target.participants = sorted({*target.participants, newcomer})
    record(target, EventVerb.LET_IN, by, address=newcomer, from_id=held.pk)
    held.held_for = None
    record(held, EventVerb.LET_IN, by, address=newcomer, to_id=target.pk)
    status.resolve(held.pk, by=by)
    if any(message.kind == MessageKind.CUSTOMER and not message.is_machine for message in moved):
        _wake(target, by)
    return target


@transaction.atomic
def keep_apart(conversation_id: int, *, by: Actor) -> Conversation:
    """Let what is held be a conversation like any other. Raises InvalidInput where nothing is held."""
    held, target = _locked(conversation_id)
    held.held_for = None
    record(held, EventVerb.KEPT_APART, by, from_id=target.pk)
    return held


def _locked(conversation_id: int) -> tuple[Conversation, Conversation]:
    target_id = Conversation.objects.values_list("held_for_id", flat=True).get(pk=conversation_id)
    if target_id is None:
        raise InvalidInput(_("Nothing is held here."))
    held, target = lock_both(conversation_id, target_id)
    if held.held_for_id != target_id:
        raise InvalidInput(_("Nothing is held here."))
    return held, target


def _wake(target: Conversation, by: Actor) -> None:
    if target.status not in {Status.OPEN, Status.SPAM}:
        status.reopen(target.pk, by=by)
        target.refresh_from_db()
    sla.customer_wrote(target, clock.now())
