"""Calendars and policies to configure, clocks to look at."""

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from csplatform.common.admin import Admin, ReadOnlyAdmin, badge
from csplatform.common.languages import normalise_tag
from csplatform.contacts.models import Tier
from csplatform.conversations.models import Priority
from csplatform.conversations.selectors import visible_conversations
from csplatform.people.models import User
from csplatform.sla.models import (
    Calendar,
    CalendarDay,
    Change,
    Clock,
    ClockKind,
    ClockState,
    Escalation,
    EscalationState,
    EscalationStep,
    Policy,
    PolicyTarget,
    TeamCalendar,
)
from csplatform.sla.models.calendar import validate_openings, validate_week
from csplatform.sla.public_holidays import regions_by_country
from csplatform.sla.schedule import parse_openings
from csplatform.sla.selectors import Step, explain

STATE_COLOURS = {
    ClockState.RUNNING: "info",
    ClockState.PAUSED: "warning",
    ClockState.MET: "success",
    ClockState.CANCELLED: "",
    "late": "danger",
}
ESCALATION_COLOURS = {
    EscalationState.WAITING: "info",
    EscalationState.DONE: "success",
    EscalationState.SKIPPED: "",
    EscalationState.FAILED: "danger",
}
_SHOWN_HOLIDAYS = 12


class OpeningsField(forms.CharField):
    """A line such as `09:00-12:00, 13:00-18:00`; its value is the list of openings in their usual spelling."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        line = super().clean(value)
        validate_openings(line)
        return [str(opening) for opening in parse_openings(line)]


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _day(weekday: int) -> OpeningsField:
    return OpeningsField(label=WEEKDAYS[weekday], required=False, help_text=_("Empty: closed."))


def _countries() -> list[tuple[str, str]]:
    """Countries whose public holidays are known, by their names in the reader's language."""
    territories = Locale.parse(to_locale(get_language() or "en")).territories
    named = ((str(territories.get(code, code)), code) for code in regions_by_country())
    return [("", "–"), *((code, name) for name, code in sorted(named))]


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A week is seven lines of text; the time zone is chosen from a list."""

    timezone = forms.ChoiceField(
        label=_("time zone"),
        initial="UTC",
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelect2Widget,
    )
    country = forms.ChoiceField(
        label=_("public holidays of"), required=False, choices=_countries, widget=UnfoldAdminSelect2Widget
    )
    monday = _day(0)
    tuesday = _day(1)
    wednesday = _day(2)
    thursday = _day(3)
    friday = _day(4)
    saturday = _day(5)
    sunday = _day(6)

    class Meta:
        model = Calendar
        fields = ("name", "timezone", "country", "region")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, hours in zip(WEEK, self.instance.weekly, strict=True):
            self.initial.setdefault(field, hours)

    def clean(self) -> dict[str, Any]:
        """Put the week together; a night may not run into the next day's opening."""
        cleaned = super().clean() or {}
        if not self.errors.keys() & set(WEEK):
            self.instance.weekly = [cleaned[field] for field in WEEK]
            try:
                validate_week(self.instance.weekly)
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


class CalendarDayInline(TabularInline):  # type: ignore[misc]  # unfold ships no types
    model = CalendarDay
    extra = 0


@admin.register(Calendar)
class CalendarAdmin(Admin):
    form = CalendarForm
    list_display = ("name", "timezone", "week", "country")
    readonly_fields = ("coming_holidays",)
    search_fields = ("name",)
    inlines = (CalendarDayInline,)
    fieldsets = (
        (None, {"fields": ("name", "timezone")}),
        (_("Public holidays"), {"fields": ("country", "region", "coming_holidays")}),
        (
            _("Weekly hours"),
            {
                "fields": WEEK,
                "description": _(
                    "Such as 09:00-12:30, 13:30-18:00; 22:00-06:00 ends on the next day. A change counts for clocks "
                    "that start from now on."
                ),
            },
        ),
    )

    @admin.display(description=_("the next of them"))
    def coming_holidays(self, calendar: Calendar) -> str:
        if calendar.public_holidays is None:
            return "–"
        today = timezone.localdate()
        years = [calendar.public_holidays.in_year(today.year + offset) for offset in (0, 1)]
        coming = [(day, name) for days in years for day, name in sorted(days.items()) if day >= today]
        rows = ((date_format(day, "DATE_FORMAT"), name) for day, name in coming[:_SHOWN_HOLIDAYS])
        return format_html_join("", "<p>{}: {}</p>", rows)

    @admin.display(description=_("weekly hours"))
    def week(self, calendar: Calendar) -> str:
        lines = zip(WEEKDAYS_ABBR.values(), calendar.weekly, strict=True)
        return " · ".join(f"{name} {', '.join(hours)}" for name, hours in lines if hours)


@admin.register(TeamCalendar)
class TeamCalendarAdmin(Admin):
    list_display = ("team", "calendar")
    list_select_related = ("team", "calendar")


class LanguagesField(forms.CharField):
    """Language tags, separated by commas; its value is a list of them in their usual spelling."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = super().clean(value).replace(",", " ").split()
        for word in words:
            if normalise_tag(word) is None:
                raise ValidationError(_("“%(word)s” is no language."), params={"word": word})
        return [normalise_tag(word) for word in words]


def _any_of(label: Any, choices: Any, **options: Any) -> forms.TypedMultipleChoiceField:
    widget = UnfoldAdminCheckboxSelectMultipleWidget
    return forms.TypedMultipleChoiceField(label=label, choices=choices, required=False, widget=widget, **options)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    priorities = _any_of(_("priorities"), Priority.choices, coerce=int, help_text=_("Empty: any."))
    tiers = _any_of(_("tiers"), Tier.choices, help_text=_("Empty: any."))
    languages = LanguagesField(
        label=_("languages"), required=False, help_text=_("Such as es, pt-BR; es takes es-MX, too. Empty: any.")
    )
    retarget_on = _any_of(
        _("matched again on a change of"),
        Change.choices,
        help_text=_("Other changes leave the targets as they were promised."),
    )


class PolicyTargetInline(TabularInline):  # type: ignore[misc]  # unfold ships no types
    model = PolicyTarget
    extra = 0
    max_num = len(ClockKind)


class EscalationStepInline(StackedInline):  # type: ignore[misc]  # unfold ships no types
    model = EscalationStep
    extra = 0
    fields = (("kind", "share", "minutes"), "action", ("agent", "team"), ("priority", "tag"), "url", "signing_key")
    readonly_fields = ("signing_key",)

    @admin.display(description=_("signing key"))
    def signing_key(self, step: EscalationStep) -> str:
        return str(step.secret["key"]) if step.pk and step.url else "–"


@admin.register(Policy)
class PolicyAdmin(Admin):
    form = PolicyForm
    list_display = ("name", "position", "is_active", "calendar", "promises")
    list_filter = ("is_active",)
    ordering = ("position", "id")
    ordering_field = "position"
    hide_ordering_field = True
    search_fields = ("name",)
    filter_horizontal = ("accounts", "teams", "tags", "more_calendars")
    inlines = (PolicyTargetInline, EscalationStepInline)
    fieldsets = (
        (None, {"fields": ("name", "is_active")}),
        (_("Applies to"), {"fields": ("accounts", "teams", "tiers", "priorities", "languages", "tags")}),
        (_("Hours"), {"fields": ("calendar", "more_calendars", "calendar_of_team")}),
        (
            _("Clocks"),
            {"fields": ("pause_when_pending", "pause_when_snoozed", "automatic_counts", "warn_at", "retarget_on")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        queryset: QuerySet[Policy] = super().get_queryset(request)
        return queryset.select_related("calendar").prefetch_related("targets")

    @admin.display(description=_("targets in minutes"))
    def promises(self, policy: Policy) -> str:
        return " · ".join(map(str, policy.targets.all()))


@admin.register(Clock)
class ClockAdmin(ReadOnlyAdmin):
    list_display = ("conversation", "kind", "state_badge", "terms", "started_at", "due_at", "met_at", "credited_to")
    list_filter = ("kind", "state")
    list_select_related = ("conversation", "terms", "credited_to")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("conversation", "kind", "cycle", "state", "terms", "credited_to")}),
        (_("Times"), {"fields": ("started_at", "due_at", "warned_at", "breached_at", "met_at", "cancelled_at")}),
        (_("Why it is due then"), {"fields": ("explanation",)}),
    )
    readonly_fields = ("explanation",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Clock]:
        assert isinstance(request.user, User)
        queryset: QuerySet[Clock] = super().get_queryset(request)
        return queryset.filter(conversation__in=visible_conversations(request.user))

    @badge(STATE_COLOURS, description=_("state"), ordering="state")
    def state_badge(self, clock: Clock) -> tuple[str, str]:
        if clock.is_late:
            return "late", f"{clock.get_state_display()} · {_('Missed')}"
        return clock.state, clock.get_state_display()

    @admin.display(description=_("explanation"))
    def explanation(self, clock: Clock) -> str:
        return format_html_join("", "<p>{}: {} {}</p>", (self._line(step) for step in explain(clock)))

    def _line(self, step: Step) -> tuple[str, str, str]:
        due = _("Due %(when)s.") % {"when": _shown(step.due_at)} if step.due_at else ""
        return _shown(step.at), step.text, str(due)


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyAdmin):
    list_display = ("conversation", "clock", "at", "state_badge", "attempts", "reason")
    list_filter = ("state",)
    list_select_related = ("line__clock__conversation",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Escalation]:
        assert isinstance(request.user, User)
        queryset: QuerySet[Escalation] = super().get_queryset(request)
        return queryset.filter(line__clock__conversation__in=visible_conversations(request.user))

    @admin.display(description=_("conversation"))
    def conversation(self, escalation: Escalation) -> str:
        return str(escalation.line.clock.conversation)

    @admin.display(description=_("clock"))
    def clock(self, escalation: Escalation) -> str:
        return escalation.line.clock.get_kind_display()

    @admin.display(description=_("at"), ordering="line__at")
    def at(self, escalation: Escalation) -> datetime:
        return escalation.line.at

    @badge(ESCALATION_COLOURS, description=_("state"), ordering="state")
    def state_badge(self, escalation: Escalation) -> tuple[str, str]:
        return escalation.state, escalation.get_state_display()


def _shown(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
