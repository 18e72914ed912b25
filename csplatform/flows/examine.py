"""A closer look at a message that is on the screen already, over the network where the channel must."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.conversations.models import Message
from csplatform.conversations.services import change, lock
from csplatform.gateway.errors import SendUnavailable

log = structlog.get_logger(__name__)

EXAMINE = "csplatform.flows.tasks.examine_message"
# A channel sets this in a message's metadata where it wants to be called.
WANTED = "examine"
# How long whoever was rung for may take before somebody else is.
LEASE = timedelta(minutes=2)
# The network is asked again for so long; then the message stays as it is.
PATIENCE = timedelta(minutes=30)
_SHORTEST_WAIT = timedelta(seconds=15)


def plan(message: Message, at: datetime) -> None:
    """Have a new message looked at, where its channel asks for it; the sweep makes up for a ring that is lost."""
    if message.metadata.pop(WANTED, False) and message.delivery_id is not None:
        message.examine_at = at + LEASE


def ring_for(message: Message) -> None:
    """Ring after commit for a message that is to be looked at."""
    if message.examine_at is not None:
        ring(EXAMINE, message.pk)


def ring_waiting(limit: int = 200) -> int:
    """Ring for every message whose time to be looked at has come. Returns how many."""
    due = Message.objects.filter(examine_at__lte=clock.now()).order_by("examine_at")
    ids = list(due.values_list("pk", flat=True)[:limit])
    for pk in ids:
        ring(EXAMINE, pk)
    return len(ids)


def examine(message_id: int) -> None:
    """Add to a message's metadata what its channel finds out; open screens notice.

    Where the network does not answer it is asked again later, for half an hour in all.
    """
    message = _claim(message_id)
    if message is None or message.account is None or message.delivery is None:
        return
    look = message.account.adapter().abilities.examine
    try:
        found = look(message.account.config, message.delivery.raw) if look else {}
    except SendUnavailable as error:
        _later(message, error)
    else:
        _write_down(message, dict(found))


def _claim(message_id: int) -> Message | None:
    """Return the message if it is still to be looked at, and keep others from it for a while."""
    wanted = Message.objects.filter(pk=message_id, examine_at__isnull=False)
    if not wanted.update(examine_at=clock.now() + LEASE):
        return None
    return wanted.select_related("account", "delivery").first()


def _later(message: Message, error: SendUnavailable) -> None:
    """Wait about as long as it has taken already."""
    now = clock.now()
    waited = now - message.created_at
    asked = timedelta(seconds=error.retry_after or 0)
    again = None if waited > PATIENCE else now + max(_SHORTEST_WAIT, asked, min(waited, LEASE * 2))
    Message.objects.filter(pk=message.pk).update(examine_at=again)
    log.info("examine_later", message=message.pk, again=again, reason=error.reason)


@transaction.atomic
def _write_down(message: Message, found: dict[str, object]) -> None:
    lock(message.conversation_id)
    message.refresh_from_db()
    change(message, metadata=message.metadata | found, examine_at=None)
