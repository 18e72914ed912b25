"""A closer look at a message that is on the screen already, over the network where the channel must."""

import structlog
from django.db import transaction

from csplatform.common.doorbell import ring
from csplatform.conversations.models import Message
from csplatform.conversations.services import change, lock
from csplatform.gateway.errors import SendUnavailable

log = structlog.get_logger(__name__)

EXAMINE = "csplatform.flows.tasks.examine_message"
# A channel sets this in a message's metadata where it wants to be called; it goes away once it was.
WANTED = "examine"
# Half an hour in all. No wait is as long as the broker's visibility timeout, after which it would ring twice.
MOST_TRIES = 12
_FIRST_WAIT = 15.0
_LONGEST_WAIT = 240.0


def ring_for(message: Message) -> None:
    """Have a message looked at after commit, where its channel asks for it. A ring that is lost is not made up for."""
    if message.metadata.get(WANTED) and message.delivery_id is not None:
        ring(EXAMINE, message.pk)


def examine(message_id: int, *, tries: int = 0) -> float | None:
    """Add to a message's metadata what its channel finds out; open screens notice.

    Returns after how many seconds to try again where the network did not answer, None where all is done: after
    MOST_TRIES the message stays as it is. `tries` says how often it was tried before.
    """
    message = Message.objects.select_related("account", "delivery").filter(pk=message_id).first()
    if message is None or not message.metadata.get(WANTED) or message.account is None or message.delivery is None:
        return None
    look = message.account.adapter().abilities.examine
    if look is None:
        return None
    try:
        found = look(message.account.config, message.delivery.raw)
    except SendUnavailable as error:
        log.info("examine_later", message=message_id, tries=tries, reason=error.reason)
        return _wait(error, tries) if tries + 1 < MOST_TRIES else None
    _write_down(message, dict(found))
    return None


def _wait(error: SendUnavailable, tries: int) -> float:
    return min(error.retry_after or _FIRST_WAIT * 2**tries, _LONGEST_WAIT)


@transaction.atomic
def _write_down(message: Message, found: dict[str, object]) -> None:
    lock(message.conversation_id)
    message.refresh_from_db()
    kept = {name: value for name, value in message.metadata.items() if name != WANTED}
    change(message, metadata=kept | found)
