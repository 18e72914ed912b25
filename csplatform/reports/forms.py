"""Choosing what a report covers."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from csplatform.common import clock
from csplatform.reports.measures import Scope
from csplatform.reports.period import LONGEST_DAYS, Period, last_days
from csplatform.reports.selectors import Names

DEFAULT_DAYS = "30"
CUSTOM = "custom"


def viewer_zone() -> ZoneInfo:
    """Return the time zone that the present person's pages are shown in."""
    return ZoneInfo(timezone.get_current_timezone_name())


class ScopeForm(forms.Form):
    """Period, channel account, team and agent. Without data, the last 30 days of everything."""

    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[
            ("1", _("Today")),
            ("7", _("Last 7 days")),
            ("30", _("Last 30 days")),
            ("90", _("Last 90 days")),
            (CUSTOM, _("From – to")),
        ],
    )
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(
        label=pgettext_lazy("day", "To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    account = forms.TypedChoiceField(label=_("Channel account"), required=False, coerce=int, empty_value=None)
    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    agent = forms.TypedChoiceField(label=_("Agent"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: Any, *, known: Names) -> None:
        super().__init__({"period": DEFAULT_DAYS} | {key: data[key] for key in data})
        for field, choices in (("account", known.accounts), ("team", known.teams), ("agent", known.agents)):
            self.fields[field].choices = [("", _("All")), *choices.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that is turned round or longer than a year."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("period") != CUSTOM:
            return cleaned
        first, last = cleaned.get("first"), cleaned.get("last")
        if not first or not last:
            raise forms.ValidationError(_("Enter both days of the period."))
        if last < first:
            raise forms.ValidationError(_("The period ends before it begins."))
        if last - first >= timedelta(days=LONGEST_DAYS):
            raise forms.ValidationError(_("A report covers a year at most."))
        return cleaned

    def scope(self) -> Scope:
        """Return what was asked for; what cannot be taken falls back to the last 30 days of everything."""
        if not self.is_valid():
            return Scope(period=self._latest(DEFAULT_DAYS))
        chosen = self.cleaned_data
        return Scope(
            period=self._custom(chosen["first"], chosen["last"])
            if chosen["period"] == CUSTOM
            else self._latest(chosen["period"] or DEFAULT_DAYS),
            account_id=chosen["account"],
            team_id=chosen["team"],
            agent_id=chosen["agent"],
        )

    def _latest(self, days: str) -> Period:
        return last_days(int(days), clock.now(), viewer_zone())

    def _custom(self, first: date, last: date) -> Period:
        return Period(first, last, viewer_zone())
