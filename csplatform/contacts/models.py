"""Customers: contacts, and the handles by which channels know them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from csplatform.common import clock
from csplatform.common.models import Dated
from csplatform.gateway.contract import HandleKind
from csplatform.gateway.models import ChannelAccount


class Organisation(Dated):
    """A company that contacts belong to."""

    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tier(models.TextChoices):
    STANDARD = "standard", _("Standard")
    PREMIUM = "premium", _("Premium")
    VIP = "vip", _("VIP")


class Contact(Dated):
    """A customer, on however many channels. A merged contact stays as a signpost to the one it became.

    `fields` holds custom fields by their keys.
    """

    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, blank=True)
    tier = models.CharField(_("tier"), max_length=10, choices=Tier.choices, default=Tier.STANDARD)
    organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, verbose_name=_("organisation")
    )
    fields = models.JSONField(default=dict, blank=True)
    is_blocked = models.BooleanField(_("blocked"), default=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="contact_not_merged_into_itself",
            )
        ]

    def __str__(self) -> str:
        return self.name or str(_("Unnamed contact"))


KIND_LABELS = [
    (HandleKind.EMAIL.value, _("E-mail address")),
    (HandleKind.PHONE.value, _("Phone number")),
    (HandleKind.VISITOR.value, _("Chat visitor")),
    (HandleKind.SOCIAL.value, _("Social account")),
    (HandleKind.PUBLIC.value, _("Public place")),
]


class Handle(Dated):
    """Who a contact is on one channel account: an address, a number, a platform's id, a chat visitor.

    `paused_at` is set while nothing is sent there, because the address was found to be dead; `paused_reason` says how.
    `profile_due_at` is when the platform is to be asked who this is; empty where it need not be, or has answered.
    """

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="handles")
    account = models.ForeignKey(ChannelAccount, models.PROTECT, related_name="handles")
    kind = models.CharField(_("kind"), max_length=10, choices=KIND_LABELS)
    external_id = models.CharField(_("address"), max_length=320)
    name = models.CharField(_("name"), max_length=200, blank=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)
    paused_reason = models.TextField(_("reason of the pause"), blank=True, editable=False)
    profile_due_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("handle")
        verbose_name_plural = _("handles")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="one_handle_per_external_id")]
        indexes = [
            models.Index(fields=["kind", "external_id"], name="handle_by_address"),
            models.Index(
                fields=["profile_due_at"], name="handle_to_ask_about", condition=models.Q(profile_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id


class GivenAddress(Dated):
    """A mail address that somebody left on another channel, lower-case, to be answered there when they are gone.

    It proves nothing about who owns the address unless `is_verified` (their site vouches for it), so it is no handle:
    mail from there is not taken for theirs, and nobody is merged by it.
    """

    handle = models.ForeignKey(Handle, models.CASCADE, related_name="given_addresses")
    email = models.CharField(_("e-mail address"), max_length=320)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_verified = models.BooleanField(_("verified"), default=False)

    class Meta:
        verbose_name = _("address left in a chat")
        verbose_name_plural = _("addresses left in chats")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["handle", "email"], name="address_is_given_once")]
        indexes = [models.Index(fields=["email"], name="given_address")]

    def __str__(self) -> str:
        return self.email


class ContactNote(Dated):
    """What a colleague wrote down about a contact; `author` is empty where that is not known any more."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="remarks")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("note about a contact")
        verbose_name_plural = _("notes about contacts")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text[:80]


class ContactMerge(models.Model):
    """One contact became part of another. `before` is what undoing needs; an erasure deletes the row."""

    kept = models.ForeignKey(Contact, models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("merge of contacts")
        verbose_name_plural = _("merges of contacts")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.kept_id}"
