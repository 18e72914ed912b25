"""Who works here: users, their teams and their roles."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from csplatform.common import clock
from csplatform.common.models import Dated


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMINISTRATOR = "administrator", _("Administrator")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user who logs in with `email`; without a password, nobody can log in as them."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an administrator (Django's `createsuperuser` calls this)."""
        fields.pop("is_superuser", None)
        return self.create_user(email, password, role=Role.ADMINISTRATOR, **fields)


class User(Dated, AbstractBaseUser, PermissionsMixin):
    """An agent, supervisor or administrator. What they may do follows from `role` alone."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.AGENT)
    language = models.CharField(_("language"), max_length=20, blank=True, help_text=_("Empty: as the browser asks."))
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    is_active = models.BooleanField(_("active"), default=True)
    teams: "models.ManyToManyField[Team, Any]" = models.ManyToManyField(
        "people.Team", related_name="members", blank=True, verbose_name=_("teams")
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.is_superuser = self.role == Role.ADMINISTRATOR
        super().save(*args, **kwargs)

    @property
    def is_staff(self) -> bool:
        """Whether the admin site lets them in: supervisors and administrators."""
        return self.role in {Role.SUPERVISOR, Role.ADMINISTRATOR}

    @property
    def sees_everything(self) -> bool:
        """Whether they see the conversations of every team."""
        return self.is_staff

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] or self.email


class Team(Dated):
    """A group of agents with a common queue."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PresenceState(models.TextChoices):
    """Whether work can be given to a person. AWAY: at their desk today, but not at this moment."""

    ONLINE = "online", _("Online")
    AWAY = "away", _("Away")
    OFFLINE = "offline", _("Offline")


class PresenceCause(models.TextChoices):
    CHOSEN = "chosen", _("Chosen")
    IDLE = "idle", _("Idle")
    GONE = "gone", _("No screen open")
    BACK = "back", _("Back")


class AbsenceReason(Dated):
    """Why somebody is away or offline, in this installation's own words: break, training, lunch."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("reason for absence")
        verbose_name_plural = _("reasons for absence")
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Where a person is at this moment; nobody without a row has ever had a screen.

    `chosen` and `reason` are what they said themselves; `state` is what holds, given their screens.
    `seen_at` is when a screen of theirs was last heard, `active_at` when they last moved anything on one; both are
    written twice a minute at most. `idle_minutes` without a move make them away; 0 means never.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="presence")
    chosen = models.CharField(max_length=8, choices=PresenceState.choices, default=PresenceState.ONLINE)
    reason = models.ForeignKey(AbsenceReason, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=PresenceState.choices, default=PresenceState.OFFLINE)
    since = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True)
    active_at = models.DateTimeField(null=True)
    idle_minutes = models.PositiveSmallIntegerField(default=10)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        indexes = [models.Index(fields=["seen_at"], name="presence_to_end", condition=~Q(state="offline"))]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class PresenceChange(models.Model):
    """A line in the history of a person's presence; lines are added and never changed. `at` is when it became so."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="presence_changes")
    state = models.CharField(_("state"), max_length=8, choices=PresenceState.choices)
    reason = models.ForeignKey(AbsenceReason, models.SET_NULL, null=True, related_name="+", verbose_name=_("reason"))
    cause = models.CharField(_("cause"), max_length=8, choices=PresenceCause.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of presence")
        verbose_name_plural = _("changes of presence")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["user", "at"], name="presence_by_person")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state} {self.at:%Y-%m-%d %H:%M:%S}"
