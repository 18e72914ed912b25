"""What is said again and again, in several languages."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
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


class Signature(Dated):
    """What stands below agents' answers. `body` is translated and may name {{agent.name}} and {{team.name}}.

    The one of the account counts, else the one for all accounts.
    """

    account = models.OneToOneField(
        "gateway.ChannelAccount", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("account"),
        help_text=_("Empty: for every account that has none of its own."),
    )  # fmt: skip
    body = models.TextField(_("text"))

    objects: ClassVar[models.Manager["Signature"]] = models.Manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                name="one_signature_for_all",
                nulls_distinct=False,
                condition=Q(account__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return str(self.account or _("Every account"))


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
