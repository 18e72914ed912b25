"""What is said again and again, and what customers read for themselves, in several languages."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname

from csplatform.common.models import Dated
from csplatform.common.text import fold_loosely


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


class Category(Dated):
    """A heading of the help centre. `name` is translated."""

    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("Small numbers come first."))

    objects: ClassVar[models.Manager["Category"]] = models.Manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Article(Dated):
    """An article of the help centre. `title`, `summary` and `body` (Markdown) are translated.

    It exists in each language that has both a title and a body. `folded` is what the search of a language reads: the
    title in its first line, everything else in the second; empty where the article does not exist. `save` writes it.
    """

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("Small numbers come first."))
    is_published = models.BooleanField(_("published"), default=False)
    title = models.CharField(_("title"), max_length=150)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = models.TextField(_("text"), help_text=_("Markdown: # headings, - lists, **bold**, [links](https://…)."))
    folded = models.TextField(editable=False, default="")
    helped = models.PositiveIntegerField(_("helped"), default=0, editable=False)
    not_helped = models.PositiveIntegerField(_("did not help"), default=0, editable=False)

    objects: ClassVar[models.Manager["Article"]] = models.Manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["category__position", "position", "id"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        for code in settings.MODELTRANSLATION_LANGUAGES:
            setattr(self, build_localized_fieldname("folded", code), self._folded(code))
        super().save(*args, **kwargs)

    def _folded(self, code: str) -> str:
        title, summary, body = (
            getattr(self, build_localized_fieldname(name, code)) or "" for name in ("title", "summary", "body")
        )
        return f"{fold_loosely(title)}\n{fold_loosely(summary)} {fold_loosely(body)}" if title and body else ""
