"""Files: keeping what came along, fetching what a platform only pointed to."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import PurePosixPath

import filetype
import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.common.errors import InvalidInput
from csplatform.common.text import without_nul
from csplatform.conversations.models import Attachment, DraftFile, Message
from csplatform.conversations.services import change
from csplatform.gateway.contract import Download, FileBytes, InboundAttachment
from csplatform.gateway.errors import SendFailed, SendUnavailable

log = structlog.get_logger(__name__)

FETCH = "csplatform.flows.tasks.fetch_attachment"
MOST_FETCHES = 8
LEASE = timedelta(minutes=2)


def keep_inbound(received: Iterable[tuple[Message, Iterable[InboundAttachment]]]) -> None:
    """Store the files of received messages; those that are elsewhere are fetched after commit."""
    kept = [_inbound(message, attachment) for message, attachments in received for attachment in attachments]
    for attachment in Attachment.objects.bulk_create(kept):
        if attachment.remote_ref:
            ring(FETCH, attachment.pk)


def _inbound(message: Message, inbound: InboundAttachment) -> Attachment:
    attachment = Attachment(
        message=message,
        name=safe_name(inbound.name),
        content_type=inbound.content_type[:255].lower(),
        content_id=inbound.content_id[:500],
    )
    if isinstance(inbound.content, FileBytes):
        _fill(attachment, inbound.content.data)
    else:
        attachment.remote_ref = inbound.content.ref
        attachment.retry_at = clock.now() + timedelta(seconds=30)
    return attachment


def keep_uploads(message: Message, files: "Sequence[UploadedFile[bytes]]") -> list[Attachment]:
    """Store the files an agent adds to a reply."""
    kept = []
    for upload in files:
        attachment = Attachment(
            message=message,
            name=safe_name(upload.name or ""),
            content_type=(upload.content_type or "application/octet-stream")[:255].lower(),
        )
        _fill(attachment, upload.read())
        attachment.save()
        kept.append(attachment)
    return kept


def keep_copies(message: Message, originals: Iterable[Attachment]) -> list[Attachment]:
    """Store copies of files that are here already; each has its own bytes, so that either may be erased alone."""
    kept = []
    for original in originals:
        copy = Attachment(message=message, name=original.name, content_id=original.content_id)
        copy.content_type = original.content_type
        with original.file.open("rb") as content:
            _fill(copy, bytes(content.read()))
        copy.save()
        kept.append(copy)
    return kept


def keep_drafted(message: Message, files: Iterable[DraftFile]) -> list[Attachment]:
    """Let a message have the files that were uploaded for its draft: where their content lies, it stays."""
    kept = [
        Attachment(
            message=message,
            key=file.key,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            file=file.file.name,
        )
        for file in files
    ]
    return Attachment.objects.bulk_create(kept)


def keep_for_draft(file: DraftFile, upload: "UploadedFile[bytes]") -> None:
    """Store a file that an agent attached before sending."""
    file.name = safe_name(upload.name or "")
    file.content_type = (upload.content_type or "application/octet-stream")[:255].lower()
    _fill(file, upload.read())
    file.save()


def most_bytes(largest: int | None) -> int:
    """Return how large a file may be where the platform takes `largest` bytes (None: as many as the settings do)."""
    return min(largest or settings.MAX_ATTACHMENT_BYTES, settings.MAX_ATTACHMENT_BYTES)


def check_uploads(files: "Iterable[UploadedFile[bytes] | DraftFile]", largest: int | None) -> None:
    """Raise InvalidInput where a file is empty or larger than the platform or the settings allow (bytes)."""
    limit = most_bytes(largest)
    for upload in files:
        if not upload.size:
            raise InvalidInput(_("“%(name)s” is empty.") % {"name": upload.name}, field="files")
        if upload.size > limit:
            text = _("“%(name)s” is too large: %(limit)d MB is the most this channel takes.")
            raise InvalidInput(text % {"name": upload.name, "limit": limit // 1_000_000}, field="files")


def fetch(attachment_id: int) -> None:
    """Fetch one attachment from its platform. A platform that is busy is asked again later, eight times in all."""
    with transaction.atomic():
        waiting = Attachment.objects.select_for_update(of=("self",), skip_locked=True).filter(
            pk=attachment_id, file="", error="", remote_ref__gt=""
        )
        attachment = waiting.select_related("message__account").first()
        if attachment is None:
            return
        attachment.attempts += 1
        attachment.retry_at = clock.now() + LEASE
        attachment.save(update_fields=["attempts", "retry_at", "updated_at"])
    try:
        download = _download(attachment)
    except SendUnavailable as error:
        if attachment.attempts < MOST_FETCHES:
            _fetch_later(attachment, error)
        else:
            _give_up(attachment, error)
    except SendFailed as error:
        _give_up(attachment, error)
    else:
        _arrived(attachment, download)


def _download(attachment: Attachment) -> Download:
    account = attachment.message.account
    assert account is not None
    fetcher = account.adapter().abilities.download
    if fetcher is None:
        raise SendFailed("this channel cannot fetch files")
    return fetcher(account.config, attachment.remote_ref)


def _arrived(attachment: Attachment, download: Download) -> None:
    with transaction.atomic():
        if download.name and attachment.name == safe_name(""):
            attachment.name = safe_name(download.name)
        if download.content_type:
            attachment.content_type = download.content_type[:255].lower()
        _fill(attachment, download.data)
        attachment.retry_at = None
        attachment.save()
        change(attachment.message)


def _fetch_later(attachment: Attachment, error: SendUnavailable) -> None:
    wait = error.retry_after or min(15 * 2**attachment.attempts, 3600)
    attachment.retry_at = clock.now() + timedelta(seconds=wait)
    attachment.save(update_fields=["retry_at", "updated_at"])
    log.info("attachment_later", attachment=attachment.pk, seconds=wait, reason=error.reason)


def _give_up(attachment: Attachment, error: SendFailed) -> None:
    with transaction.atomic():
        attachment.error = error.reason
        attachment.retry_at = None
        attachment.save(update_fields=["error", "retry_at", "updated_at"])
        change(attachment.message)
    log.warning("attachment_lost", attachment=attachment.pk, reason=error.reason)


def _fill(attachment: Attachment | DraftFile, data: bytes) -> None:
    """Write the content; the type is what the bytes are where they say so, not what the sender claims."""
    attachment.size = len(data)
    guessed = filetype.guess_mime(data[:8192])
    if guessed:
        attachment.content_type = guessed
    attachment.file.save(attachment.name, ContentFile(data), save=False)


def safe_name(name: str) -> str:
    """Return a file name without folders, control characters or more than 200 characters; keeps the ending."""
    flat = without_nul(name).replace("\\", "/").split("/")[-1]
    flat = "".join(char for char in flat if char.isprintable()).strip(". ")
    path = PurePosixPath(flat or "file")
    return path.stem[: 200 - len(path.suffix)] + path.suffix[:40]
