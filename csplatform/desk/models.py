"""What agents keep for themselves and each other at the desk."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common.models import Dated


class Audience(models.TextChoices):
    ME = "me", _("Only me")
    TEAM = "team", _("A team")
    EVERYONE = "everyone", _("Everyone")


class SavedView(Dated):
    """Filters and an order under a name, for its owner, for a team, or for everyone.

    `filters` holds the values of each filter as `desk.filters` writes them, `order` the word of one of `desk.orders`.
    A view shows nobody more than they may see anyhow.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    audience = models.CharField(_("for"), max_length=10, choices=Audience.choices, default=Audience.ME)
    team = models.ForeignKey("people.Team", models.CASCADE, null=True, blank=True, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    icon = models.CharField(_("icon"), max_length=20)
    filters = models.JSONField(default=dict)
    order = models.CharField(_("order"), max_length=10, default="newest")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience=Audience.TEAM, team__isnull=False)
                | (~Q(audience=Audience.TEAM) & Q(team__isnull=True)),
                name="saved_view_of_a_team_names_it",
            )
        ]
        indexes = [models.Index(fields=["audience", "position"], name="saved_view_by_audience")]

    def __str__(self) -> str:
        return self.name
