"""Files that came or go with messages."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common.models import Dated
from csplatform.conversations.models.message import Message

_SOUNDS = frozenset({"audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/wav", "audio/x-wav", "audio/webm"})
_FILMS = frozenset({"video/mp4", "video/webm", "video/ogg"})


def storage_path(attachment: models.Model, name: str) -> str:
    """Return where the content is kept; the customer's file name has no say in it."""
    return f"attachments/{uuid.uuid4().hex[:2]}/{uuid.uuid4().hex}"


class Attachment(Dated):
    """A file of a message.

    `file` stays empty while `remote_ref` has still to be fetched, and when `error` says why it cannot be.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(_("content type"), max_length=255)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    content_id = models.CharField(max_length=500, blank=True)
    file = models.FileField(upload_to=storage_path, blank=True, max_length=200)
    remote_ref = models.CharField(max_length=1000, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]
        indexes = [models.Index(fields=["retry_at"], name="attachment_to_fetch", condition=Q(file="") & Q(error=""))]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        """Whether a browser may show it in place: raster images only, never SVG."""
        return self.content_type in {"image/png", "image/jpeg", "image/gif", "image/webp"}

    @property
    def is_playable(self) -> bool:
        """Whether a browser may play it in place."""
        return self.content_type in _SOUNDS | _FILMS

    @property
    def is_film(self) -> bool:
        """Whether it has pictures that move."""
        return self.content_type in _FILMS

    @property
    def is_pdf(self) -> bool:
        """Whether a browser may show it in its viewer for PDF."""
        return self.content_type == "application/pdf"

    @property
    def is_inline(self) -> bool:
        """Whether the message's HTML shows it."""
        return bool(self.content_id)
