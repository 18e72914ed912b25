"""Channel accounts, and what their platforms delivered, byte for byte."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from csplatform.common import clock
from csplatform.common.fields import EncryptedJSONField
from csplatform.common.models import Dated
from csplatform.gateway.contract import AccountConfig, Channel, RawDelivery
from csplatform.gateway.registry import channel_class


def new_token() -> str:
    """Return an unguessable token for a webhook address."""
    return secrets.token_urlsafe(24)


class ChannelAccount(Dated):
    """One mailbox, bot, number or chat widget: an inbox that customers write to."""

    channel = models.CharField(_("channel"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    address = models.CharField(
        _("address"), max_length=320, help_text=_("Mail address, number or id that the platform knows.")
    )
    token = models.CharField(_("webhook token"), max_length=64, unique=True, default=new_token)
    credentials = EncryptedJSONField(_("credentials"))
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    team = models.ForeignKey(
        "people.Team", models.SET_NULL, null=True, blank=True, verbose_name=_("team"),
        help_text=_("New conversations wait in this team's queue."),
    )  # fmt: skip
    default_language = models.CharField(_("default language"), max_length=20, default="en")
    acknowledge = models.BooleanField(
        _("acknowledge"),
        default=False,
        help_text=_("Answer a new conversation at once with the text “received”."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    cursor = models.JSONField(default=dict, blank=True, editable=False)
    last_event_at = models.DateTimeField(_("last event"), null=True, editable=False)
    last_error = models.TextField(_("last error"), blank=True, editable=False)

    class Meta:
        verbose_name = _("channel account")
        verbose_name_plural = _("channel accounts")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="one_account_per_address")]

    def __str__(self) -> str:
        return self.name

    @property
    def config(self) -> AccountConfig:
        """What the channel may know of this account."""
        return AccountConfig(
            id=self.pk,
            name=self.name,
            address=self.address,
            credentials=self.credentials,
            settings=self.settings,
            webhook=self.webhook_url(),
        )

    def adapter(self) -> Channel:
        """Return the channel that works for this account; raises UnknownChannel."""
        return channel_class(self.channel)(self.config)

    def webhook_url(self) -> str:
        """Return the address to enter at the platform."""
        return str(settings.PUBLIC_URL) + reverse("webhook", args=[self.token])


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    QUARANTINED = "quarantined", _("Quarantined")
    DISCARDED = "discarded", _("Discarded")


class InboundDelivery(models.Model):
    """One raw call of a platform (or one mail), kept before anybody tries to understand it."""

    account = models.ForeignKey(ChannelAccount, models.PROTECT, related_name="deliveries")
    received_at = models.DateTimeField(_("received"), default=clock.now)
    method = models.CharField(max_length=10, default="POST")
    headers = models.JSONField(default=dict)
    query = models.JSONField(default=dict)
    body = models.BinaryField()
    state = models.CharField(_("state"), max_length=12, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    events = models.PositiveIntegerField(_("events"), default=0)
    error = models.TextField(_("error"), blank=True)
    done_at = models.DateTimeField(_("done"), null=True, editable=False)

    class Meta:
        verbose_name = _("inbound delivery")
        verbose_name_plural = _("inbound deliveries")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], name="delivery_waiting", condition=Q(state="waiting")),
            models.Index(fields=["-id"], name="delivery_quarantined", condition=Q(state="quarantined")),
            models.Index(fields=["account", "-id"], name="delivery_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account} #{self.pk}"

    @property
    def raw(self) -> RawDelivery:
        """The call as the channel wants it."""
        return RawDelivery(
            body=bytes(self.body),
            headers=self.headers,
            query=self.query,
            method=self.method,
            received_at=self.received_at,
        )
