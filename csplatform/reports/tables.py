"""The report's tables, for the page and for CSV alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from csplatform.reports.measures import Performance, Work
from csplatform.reports.period import Step

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. In CSV durations are minutes and rates per cent, for a spreadsheet to reckon with."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def all_tables(report: Performance, step: Step) -> Iterator[Table]:
    """Return every table of the report."""
    yield over_time(report, step)
    yield volume(report, step)
    yield of_work("agents", _("Agent"), report.agents)
    yield of_work("teams", _("Team"), report.teams)
    yield heat(report)


def over_time(report: Performance, step: Step) -> Table:
    """New, resolved and backlog for each stretch of time."""
    rows = (report.new, report.resolved, report.backlog)
    columns: Iterator[tuple[Any, ...]] = zip(labels(report, step), *(row.counts for row in rows), strict=True)
    return Table("conversations", (_("Time"), *(row.name for row in rows)), tuple(columns))


def volume(report: Performance, step: Step) -> Table:
    """Customer messages for each stretch of time and channel account."""
    columns: Iterator[tuple[Any, ...]] = zip(labels(report, step), *(row.counts for row in report.volume), strict=True)
    return Table("messages", (_("Time"), *(row.name for row in report.volume)), tuple(columns))


def of_work(name: str, heading: str, rows: tuple[Work, ...]) -> Table:
    """What each agent or team did."""
    headings = (
        heading,
        _("Replies"),
        _("First responses"),
        _("First response, median (min)"),
        _("First response, p90 (min)"),
        _("Resolved"),
        _("Resolution, median (min)"),
        _("Resolution, p90 (min)"),
        _("SLA hit rate (%)"),
    )
    return Table(name, headings, tuple(_cells(row) for row in rows))


def heat(report: Performance) -> Table:
    """Customer messages for each weekday and hour."""
    headings = (_("Weekday"), *(f"{hour:02}" for hour in range(24)))
    rows: list[tuple[Cell, ...]] = [(day, *counts) for day, counts in zip(weekdays(), report.heat, strict=True)]
    return Table("hours", headings, tuple(rows))


def labels(report: Performance, step: Step) -> list[str]:
    """Return how each bucket is called, in the viewer's language."""
    return [_label(bucket, step) for bucket in report.buckets]


def weekdays() -> list[str]:
    """Return the weekdays' names, Monday first, in the viewer's language."""
    return [date_format(datetime(2024, 1, day), "D") for day in range(1, 8)]  # noqa: DTZ001  (1 January 2024: a Monday)


def _label(bucket: datetime, step: Step) -> str:
    return date_format(bucket, "D H:i" if step == "hour" else "j M")


def _cells(work: Work) -> tuple[Cell, ...]:
    first, done = work.first_response, work.resolution
    percent = work.sla.percent
    return (
        work.name,
        work.replies,
        first.count,
        _minutes(first.median),
        _minutes(first.p90),
        done.count,
        _minutes(done.median),
        _minutes(done.p90),
        "" if percent is None else round(percent, 1),
    )


def _minutes(duration: timedelta | None) -> Cell:
    return "" if duration is None else round(duration.total_seconds() / 60, 1)
