"""Putting a message into the outbox."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.core.files.uploadedfile import UploadedFile

from csplatform.common.doorbell import ring
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, Dispatch, DraftFile, Message, MessageState
from csplatform.conversations.services import NewMessage, append
from csplatform.flows.attachments import keep_copies, keep_drafted, keep_uploads
from csplatform.gateway.cutting import cut
from csplatform.gateway.models import ChannelAccount

DELIVER = "csplatform.flows.tasks.deliver"


def account_of(conversation: Conversation, handle: Handle) -> ChannelAccount:
    """Return the account that `handle` is known by, without a query where it is the conversation's."""
    return conversation.account if handle.account_id == conversation.account_id else handle.account


def queue(
    conversation: Conversation,
    new: NewMessage,
    files: "Sequence[UploadedFile[bytes]]" = (),
    *,
    copies_of: Iterable[Attachment] = (),
    drafted: Iterable[DraftFile] = (),
) -> Message:
    """Append an outgoing message to a locked conversation, cut it into calls, and ring for delivery after commit.

    It goes to the conversation's handle unless `new` names another, and through that handle's account. Files are
    uploads, `copies_of` what is there, or were `drafted` with it.
    """
    to: Handle = new.handle or conversation.handle
    account = account_of(conversation, to)
    outgoing = replace(new, account=account, handle=to, state=MessageState.QUEUED)
    message = append(conversation, outgoing)
    attachments = [
        *keep_drafted(message, drafted),
        *keep_uploads(message, files),
        *keep_copies(message, copies_of),
    ]
    parts = cut(message.text, [attachment.pk for attachment in attachments], account.adapter().abilities)
    Dispatch.objects.bulk_create(
        Dispatch(
            message=message,
            conversation=conversation,
            account=account,
            ordinal=ordinal,
            text=part.text,
            attachment_ids=list(part.attachments),
        )
        for ordinal, part in enumerate(parts, start=1)
    )
    ring(DELIVER, conversation.pk)
    return message
