"""The performance report, as a page of the admin and as CSV. For supervisors and administrators."""

import csv
import io
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from csplatform.people.models import User
from csplatform.reports import charts, tables
from csplatform.reports.forms import ScopeForm
from csplatform.reports.measures import Performance, Scope
from csplatform.reports.selectors import names
from csplatform.reports.selectors import performance as measure

# A cell that begins like a formula would be run by a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@login_required
def performance(request: HttpRequest) -> HttpResponse:
    """Show how the desk performs. Raises PermissionDenied for agents."""
    form, scope, report = _report(request)
    step = scope.period.step
    labels = tables.labels(report, step)
    context = {
        **admin.site.each_context(request),
        "title": _("Performance"),
        "form": form,
        "scope": scope,
        "report": report,
        "query": request.GET.urlencode(),
        "over_time": charts.lines((report.new, report.resolved, report.backlog), labels),
        "over_time_table": tables.over_time(report, step),
        "volume": charts.stacked(report.volume, labels),
        "volume_table": tables.volume(report, step),
        "heat": _heat_cells(report),
        "hours": range(24),
    }
    return render(request, "reports/performance.html", context)


@require_GET
@login_required
def export(request: HttpRequest, table: str) -> HttpResponse:
    """Hand out one of the report's tables as CSV, in UTF-8 with a mark that spreadsheets look for."""
    _form, scope, report = _report(request)
    found = {each.name: each for each in tables.all_tables(report, scope.period.step)}.get(table)
    if found is None:
        raise Http404
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_harmless(found.headings))
    writer.writerows(_harmless(row) for row in found.rows)
    period = f"{scope.period.first:%Y%m%d}-{scope.period.last:%Y%m%d}"
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table}-{period}.csv"'
    return response


def _report(request: HttpRequest) -> tuple[ScopeForm, Scope, Performance]:
    if not isinstance(request.user, User) or not request.user.sees_everything:
        raise PermissionDenied
    known = names()
    form = ScopeForm(request.GET, known=known)
    scope = form.scope()
    return form, scope, measure(request.user, scope, known)


def _heat_cells(report: Performance) -> list[tuple[str, list[tuple[int, int, int]]]]:
    """Return for each weekday its name and, hour by hour, (hour, count, warmth from 0 to 100)."""
    most = max(max(row) for row in report.heat) or 1
    return [
        (day, [(hour, count, round(100 * count / most)) for hour, count in enumerate(row)])
        for day, row in zip(tables.weekdays(), report.heat, strict=True)
    ]


def _harmless(row: tuple[Any, ...]) -> list[Any]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell for cell in row]
