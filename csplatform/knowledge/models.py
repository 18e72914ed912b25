"""What is said again and again, in several languages."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from csplatform.common.models import Dated


class CannedReply(Dated):
    """A prepared answer. `title` and `body` are translated (see translation.py); agents call it by its shortcut."""

    shortcut = models.SlugField(_("shortcut"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=150)
    body = models.TextField(_("text"))
    team = models.ForeignKey(
        "people.Team", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"),
        help_text=_("Empty: for every team."),
    )  # fmt: skip

    objects: ClassVar[models.Manager["CannedReply"]] = models.Manager()

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering = ["shortcut"]

    def __str__(self) -> str:
        return self.shortcut


class SystemText(Dated):
    """Something the platform says by itself, such as “received”. `subject` and `body` are translated."""

    class Key(models.TextChoices):
        RECEIVED = "received", _("Received: a new conversation was opened")
        GREETING = "greeting", _("Greeting: the chat was opened")

    key = models.CharField(_("key"), max_length=40, choices=Key.choices, unique=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))

    objects: ClassVar[models.Manager["SystemText"]] = models.Manager()

    class Meta:
        verbose_name = _("system text")
        verbose_name_plural = _("system texts")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.get_key_display()
