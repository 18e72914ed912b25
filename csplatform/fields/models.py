"""What a company wants to know of its conversations and contacts beside what everybody does."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from csplatform.common.models import Dated


class Target(models.TextChoices):
    CONVERSATION = "conversation", _("Conversations")
    CONTACT = "contact", _("Contacts")


class Kind(models.TextChoices):
    """How a value is entered and kept: as JSON text, except NUMBER (a number) and SWITCH (true or false).

    A DATE is kept as YYYY-MM-DD, a CHOICE as the value of its option.
    """

    TEXT = "text", _("Text")
    LONG_TEXT = "long_text", _("Long text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    SWITCH = "switch", _("Yes or no")
    CHOICE = "choice", _("Choice")
    LINK = "link", _("Link")


class CustomField(Dated):  # type: ignore[django-manager-missing]  # of `options`: modeltranslation makes the managers
    """A field; `label` is translated (see translation.py). Values are kept under `key`, which therefore never changes.

    A field that is not active is not shown; what it held stays.
    """

    target = models.CharField(_("for"), max_length=12, choices=Target.choices)
    key = models.SlugField(_("key"), max_length=40, help_text=_("Its name in the API. It cannot be changed later."))
    label = models.CharField(_("label"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TEXT)
    required_to_resolve = models.BooleanField(
        _("required to resolve"),
        default=False,
        help_text=_("An agent cannot resolve a conversation while it is empty."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[models.Manager["CustomField"]] = models.Manager()

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["target", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["target", "key"], name="field_keys_are_unique")]

    def __str__(self) -> str:
        return self.label or self.key


class FieldOption(models.Model):
    """What may be chosen; `label` is translated."""

    field = models.ForeignKey(CustomField, models.CASCADE, related_name="options", verbose_name=_("field"))
    value = models.SlugField(_("value"), max_length=40)
    label = models.CharField(_("label"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[models.Manager["FieldOption"]] = models.Manager()

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["field", "value"], name="options_are_unique")]

    def __str__(self) -> str:
        return self.label or self.value
