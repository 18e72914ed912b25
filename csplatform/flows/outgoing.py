"""Putting a message into the outbox."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.core.files.uploadedfile import UploadedFile

from csplatform.common.doorbell import ring
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, Dispatch, Message, MessageState
from csplatform.conversations.services import NewMessage, append
from csplatform.flows.attachments import keep_copies, keep_uploads
from csplatform.gateway.cutting import cut

DELIVER = "csplatform.flows.tasks.deliver"


def queue(
    conversation: Conversation,
    new: NewMessage,
    files: "Sequence[UploadedFile[bytes]]" = (),
    *,
    copies_of: Iterable[Attachment] = (),
) -> Message:
    """Append an outgoing message to a locked conversation, cut it into calls, and ring for delivery after commit.

    It goes to the conversation's handle unless `new` names another. Files are uploads, or `copies_of` what is there.
    """
    to: Handle = new.handle or conversation.handle
    outgoing = replace(new, account=conversation.account, handle=to, state=MessageState.QUEUED)
    message = append(conversation, outgoing)
    attachments = [*keep_uploads(message, files), *keep_copies(message, copies_of)]
    parts = cut(message.text, [attachment.pk for attachment in attachments], conversation.account.adapter().abilities)
    Dispatch.objects.bulk_create(
        Dispatch(
            message=message,
            conversation=conversation,
            account=conversation.account,
            ordinal=ordinal,
            text=part.text,
            attachment_ids=list(part.attachments),
        )
        for ordinal, part in enumerate(parts, start=1)
    )
    ring(DELIVER, conversation.pk)
    return message
