"""Working hours: the weeks and days that policies count in."""

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from csplatform.common.clock import now
from csplatform.common.models import Dated
from csplatform.people.models import Team
from csplatform.sla.public_holidays import PublicHolidays, regions_by_country
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


def validate_country(code: str) -> None:
    """Refuse a country whose public holidays are not known."""
    if code not in regions_by_country():
        raise ValidationError(_("The public holidays of “%(code)s” are not known."), params={"code": code})


def office_week() -> list[list[str]]:
    """Monday to Friday, nine to six."""
    return [["09:00-18:00"] if weekday < 5 else [] for weekday in range(7)]


# So many years before and after the present one, public holidays are written into what is promised.
_YEARS_BACK, _YEARS_AHEAD = 1, 2


class Calendar(Dated):
    """A week of working hours in one time zone, with days that differ from it.

    `weekly` is seven lists of openings, Monday first, as `schedule.parse_week` reads them. The public holidays of
    `country` and its `region` are closed, unless a day of the calendar's own says otherwise.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_zone])
    weekly = models.JSONField(_("weekly hours"), default=office_week, validators=[validate_week])
    country = models.CharField(
        _("public holidays of"), max_length=2, blank=True, validators=[validate_country],
        help_text=_("Empty: none but the special days below."),
    )  # fmt: skip
    region = models.CharField(
        _("region"), max_length=10, blank=True, help_text=_("Such as MD for Madrid. Empty: the whole country.")
    )

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a region that the country does not have."""
        regions = regions_by_country().get(self.country, frozenset())
        if self.region and self.region not in regions:
            known = ", ".join(sorted(regions)) or "–"
            message = _("There is no such region. Known are: %(regions)s")
            raise ValidationError({"region": ValidationError(message, params={"regions": known})})

    @property
    def public_holidays(self) -> PublicHolidays | None:
        """The public holidays that count; None for none."""
        return PublicHolidays(self.country, self.region) if self.country else None

    def schedule(self) -> Schedule:
        """The working hours as the calculator wants them, with the public holidays as they are known now."""
        this_year = now().year
        first, last = this_year - _YEARS_BACK, this_year + _YEARS_AHEAD
        public = self.public_holidays
        names = dict(day for year in range(first, last + 1) for day in public.in_year(year).items()) if public else {}
        own = list(self.days.all())
        return Schedule(
            zone=ZoneInfo(self.timezone),
            weekly=parse_week(self.weekly),
            days=dict.fromkeys(names, ()) | {day.day: day.parsed() for day in own},
            name=self.name,
            names=names | {day.day: day.name for day in own if day.name},
            holidays=public,
            written_from=first if public else 0,
            written_to=last if public else 0,
        )


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


class TeamCalendar(models.Model):
    """The hours that a team works; for policies that go by the team."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="+", verbose_name=_("team"))
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="teams", verbose_name=_("calendar"))

    class Meta:
        verbose_name = _("calendar of a team")
        verbose_name_plural = _("calendars of teams")
        ordering = ["team__name"]

    def __str__(self) -> str:
        return f"{self.team}: {self.calendar}"
