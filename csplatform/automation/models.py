"""What the platform decides by itself, because somebody wrote down when."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.automation import patterns
from csplatform.common.models import Dated
from csplatform.gateway.models import ChannelAccount


class Field(models.TextChoices):
    """What of a message a rule looks at."""

    ADDRESS = "address", _("Sender's address")
    DOMAIN = "domain", _("Sender's domain")
    NAME = "name", _("Sender's name")
    SUBJECT = "subject", _("Subject")
    TEXT = "text", _("Text")
    KIND = "kind", _("Kind of mail (auto-reply, bounce, report)")
    WARNING = "warning", _("Warning (such as lookalike)")


class Operator(models.TextChoices):
    """IS knows no case; for a domain it covers the domains below it too."""

    IS = "is", _("is")
    CONTAINS = "contains", _("contains")
    MATCHES = "matches", _("matches the pattern")


class Action(models.TextChoices):
    SPAM = "spam", _("Put among the spam")
    ALLOW = "allow", _("Never put among the spam")


class ScreeningRule(Dated):
    """One line of what is spam and what is not. The first rule that fits decides; without an account, it is for all.

    `hits` and `last_hit_at` are counted after the message is stored; a crash in between loses a count.
    """

    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)
    account = models.ForeignKey(
        ChannelAccount, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("channel account"),
        help_text=_("Empty: for every account."),
    )  # fmt: skip
    order = models.PositiveIntegerField(
        _("order"), default=100, help_text=_("The lowest number is tried first; the first rule that fits decides.")
    )
    field = models.CharField(_("field"), max_length=10, choices=Field.choices)
    operator = models.CharField(_("operator"), max_length=10, choices=Operator.choices, default=Operator.IS)
    value = models.CharField(
        _("value"),
        max_length=patterns.LONGEST,
        help_text=_("Upper and lower case are the same. A pattern is a regular expression in the syntax of RE2."),
    )
    action = models.CharField(_("action"), max_length=10, choices=Action.choices, default=Action.SPAM)
    hits = models.PositiveBigIntegerField(_("hits"), default=0, editable=False)
    last_hit_at = models.DateTimeField(_("last hit"), null=True, editable=False)

    class Meta:
        verbose_name = _("screening rule")
        verbose_name_plural = _("screening rules")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "field", "operator", "value", "action"],
                name="one_rule_for_the_same",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(value=""), name="rules_have_a_value"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for a value that could never fit."""
        if self.operator != Operator.MATCHES:
            return
        try:
            patterns.compiled(self.value)
        except patterns.BadPattern as error:
            text = _("This is no pattern that can be used: %(reason)s")
            raise ValidationError({"value": ValidationError(text, params={"reason": error})}) from error
