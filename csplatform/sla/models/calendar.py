"""Working hours: the weeks and days that policies count in."""

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from csplatform.common.models import Dated
from csplatform.sla.schedule import BadOpening, Openings, OverlappingOpenings, Schedule, parse_openings, parse_week


def _refusal(error: ValueError) -> ValidationError:
    if isinstance(error, OverlappingOpenings):
        return ValidationError(_("%(part)s overlaps another opening."), params={"part": error.args[0]})
    return ValidationError(_("“%(part)s” is no opening such as 09:00-12:30."), params={"part": error.args[0]})


def validate_zone(name: str) -> None:
    """Refuse what the time zone database does not know."""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is no time zone such as Europe/Madrid."), params={"name": name})


def validate_openings(text: str) -> None:
    """Refuse a line of opening hours that cannot be read."""
    try:
        parse_openings(text)
    except (BadOpening, OverlappingOpenings) as error:
        raise _refusal(error) from error


def validate_week(week: Any) -> None:
    """Refuse anything but seven lists of openings, Monday first, of which one at least is open."""
    try:
        if not isinstance(week, list) or len(week) != 7 or not any(parse_week(week)):
            raise ValidationError(_("Somebody must work on at least one day of the week."))
    except (BadOpening, OverlappingOpenings) as error:
        raise _refusal(error) from error
    except TypeError as error:
        raise ValidationError(_("A day is a list of times such as 09:00-12:30.")) from error


def office_week() -> list[list[str]]:
    """Monday to Friday, nine to six."""
    return [["09:00-18:00"] if weekday < 5 else [] for weekday in range(7)]


class Calendar(Dated):
    """A week of working hours in one time zone, with days that differ from it.

    `weekly` is seven lists of openings, Monday first, as `schedule.parse_week` reads them.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_zone])
    weekly = models.JSONField(_("weekly hours"), default=office_week, validators=[validate_week])

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def schedule(self) -> Schedule:
        """The working hours as the calculator wants them."""
        days = {day.day: day.parsed() for day in self.days.all()}
        return Schedule(ZoneInfo(self.timezone), parse_week(self.weekly), days)


class CalendarDay(models.Model):
    """A day with hours of its own: a public holiday (none), or a day that is worked differently."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days", verbose_name=_("calendar"))
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=100, blank=True)
    hours = models.CharField(
        _("hours"), max_length=200, blank=True, validators=[validate_openings],
        help_text=_("Such as 09:00-12:30, 13:30-18:00. Empty: closed all day."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="one_set_of_hours_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()

    def parsed(self) -> Openings:
        """The openings that begin on this day."""
        return parse_openings(self.hours)
