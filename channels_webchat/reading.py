"""Showing a visitor that what they wrote was read."""

from django.db import transaction

from csplatform.common import clock
from csplatform.conversations.models import Message
from csplatform.conversations.services import change
from csplatform.gateway.contract import AccountConfig


@transaction.atomic
def mark_read(account: AccountConfig, visitor_id: str, external_id: str) -> None:
    """Write down that a message of a visitor was read, once; their open screens hear of it after commit.

    Whoever has read it has read what was said before it, too.
    """
    message = Message.objects.filter(
        account_id=account.id, external_id=external_id, handle__external_id=visitor_id
    ).first()
    if message is not None and "read_at" not in message.metadata:
        change(message, metadata=message.metadata | {"read_at": clock.now().isoformat()})
