"""Cutting time into a viewer's days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from csplatform.reports.charts import lines, nice_top, stacked
from csplatform.reports.measures import Series
from csplatform.reports.period import Period, last_days

MADRID, TOKYO = ZoneInfo("Europe/Madrid"), ZoneInfo("Asia/Tokyo")


def test_today_is_the_viewers() -> None:
    now = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    assert last_days(1, now, TOKYO).first == date(2026, 3, 2)
    assert last_days(1, now, MADRID).first == date(2026, 3, 1)
    assert last_days(7, now, MADRID) == Period(date(2026, 2, 23), date(2026, 3, 1), MADRID)


def test_a_day_on_which_the_clocks_change_has_23_or_25_hours() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert len(Period(spring, spring, MADRID).buckets()) == 23
    assert len(Period(autumn, autumn, MADRID).buckets()) == 25
    assert Period(spring, spring, MADRID).start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert Period(spring, spring, MADRID).end == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(("days", "step", "count"), [(1, "hour", 24), (3, "day", 3), (92, "day", 92), (93, "week", 14)])
def test_drawn_in_hours_days_or_weeks(days: int, step: str, count: int) -> None:
    period = last_days(days, datetime(2026, 9, 30, 12, tzinfo=UTC), ZoneInfo("UTC"))
    assert period.step == step
    buckets = period.buckets()
    assert len(buckets) == count
    assert step != "week" or all(bucket.weekday() == 0 for bucket in buckets)


@pytest.mark.parametrize(
    ("largest", "top"), [(0, 4), (3, 4), (5, 6), (9, 10), (11, 20), (41, 60), (150, 200), (1000, 1000)]
)
def test_scales_end_at_round_numbers(largest: int, top: int) -> None:
    assert nice_top(largest) == top


def test_bars_stand_on_each_other() -> None:
    chart = stacked([Series("A", (2, 0)), Series("B", (1, 4))], ["Mon", "Tue"])
    assert [(bar.x, bar.y, bar.height, bar.tone) for bar in chart.bars] == [
        (0.15, 50.0, 50.0, 0),
        (0.15, 25.0, 25.0, 1),
        (1.15, 0.0, 100.0, 1),
    ]
    assert chart.bars[0].title == "Mon · A: 2"


def test_lines_go_through_the_middle_of_each_bucket() -> None:
    (line,) = lines([Series("A", (0, 4))], ["Mon", "Tue"]).lines
    assert line.points == "0.5,100.00 1.5,0.00"
