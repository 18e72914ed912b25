"""What remains of what was erased: the proof that it was."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common import clock


class ErasureKind(models.TextChoices):
    HISTORY = "history", _("One customer's history on one channel account")


class Requester(models.TextChoices):
    CUSTOMER = "customer", _("The customer")
    STAFF = "staff", _("Somebody who works here")


class Erasure(models.Model):
    """One erasure, proved without saying what was erased.

    `subject` is `services.digest_of` whom it concerned: whoever asks can be answered, nobody can be found by it.
    `counts` says how many rows of what were emptied or deleted. `files` are names in the storage that are still to be
    deleted: contents go after the commit, and a crash in between must leave none behind.
    """

    at = models.DateTimeField(_("at"), default=clock.now)
    kind = models.CharField(_("what"), max_length=20, choices=ErasureKind.choices)
    subject = models.CharField(_("digest of the person"), max_length=64)
    counts = models.JSONField(_("counts"), default=dict)
    by = models.CharField(_("asked by"), max_length=10, choices=Requester.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, verbose_name=_("person"), related_name="+"
    )
    files = ArrayField(models.CharField(max_length=200), default=list, editable=False)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by=Requester.STAFF, user__isnull=False) | Q(by=Requester.CUSTOMER, user__isnull=True),
                name="erasures_by_staff_name_them",
            )
        ]
        indexes = [
            models.Index(fields=["subject"], name="erasure_by_subject"),
            models.Index(fields=["id"], name="erasure_unfinished", condition=~Q(files=[])),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
