"""Opening hours as people write them."""

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from csplatform.sla.public_holidays import PublicHolidays
from csplatform.sla.schedule import (
    BadOpening,
    Opening,
    OverlappingOpenings,
    Schedule,
    parse_openings,
    parse_week,
    together,
)
from csplatform.sla.terms import Promise, Step, Target, promise_from

CLOSED: list[str] = []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (" , ", ()),
        ("09:00-18:00", (Opening(540, 1080),)),
        ("9:00 – 12:30", (Opening(540, 750),)),
        ("13:00-18:00, 09:00-12:00", (Opening(540, 720), Opening(780, 1080))),
        ("09:00-12:00、13:00-18:00", (Opening(540, 720), Opening(780, 1080))),
        ("09:00-12:00،13:00-18:00", (Opening(540, 720), Opening(780, 1080))),
        ("22:00-06:00", (Opening(1320, 1800),)),
        ("00:00-24:00", (Opening(0, 1440),)),
        ("18:00-00:00", (Opening(1080, 1440),)),
        ("09:00-12:00, 12:00-15:00", (Opening(540, 720), Opening(720, 900))),
    ],
)
def test_a_line_is_read(text: str, expected: tuple[Opening, ...]) -> None:
    assert parse_openings(text) == expected
    assert parse_openings(", ".join(map(str, expected))) == expected


@pytest.mark.parametrize(
    "text", ["nine to five", "09:00", "09:00-09:00", "25:00-26:00", "09:60-10:00", "24:00-08:00", "08:00-24:01"]
)
def test_a_line_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadOpening) as refusal:
        parse_openings(f"08:00-08:30, {text}")
    assert refusal.value.args == (text,)


def test_openings_may_not_overlap() -> None:
    with pytest.raises(OverlappingOpenings, match="11:00-13:00"):
        parse_openings("09:00-12:00, 11:00-13:00")


def test_a_night_may_not_run_into_the_morning_after() -> None:
    with pytest.raises(OverlappingOpenings, match="05:00-08:00"):
        parse_week([["22:00-06:00"], ["05:00-08:00"], *[CLOSED] * 5])
    with pytest.raises(OverlappingOpenings, match="05:00-08:00"):
        parse_week([["05:00-08:00"], *[CLOSED] * 5, ["22:00-06:00"]])
    assert parse_week([["22:00-06:00"], ["06:00-08:00"], *[CLOSED] * 5])[0] == (Opening(1320, 1800),)


def test_a_week_in_which_nobody_works_is_no_schedule() -> None:
    with pytest.raises(ValueError, match="somebody must work"):
        Schedule(ZoneInfo("UTC"), ((),) * 7)


def test_a_promise_survives_being_written_down() -> None:
    schedule = Schedule(
        ZoneInfo("Asia/Tokyo"),
        parse_week([["09:00-12:00", "13:00-18:00"], ["22:00-06:00"], *[CLOSED] * 4, ["00:00-24:00"]]),
        {date(2026, 5, 5): (), date(2026, 5, 6): parse_openings("10:00-11:00")},
        name="Tokyo",
        names={date(2026, 5, 5): "Children's Day"},
        holidays=PublicHolidays("JP"),
        written_from=2025,
        written_to=2028,
    )
    targets = {"first_response": Target(30, True), "resolution": Target(600, False)}
    hours = together([schedule, Schedule(ZoneInfo("UTC"), parse_week([["09:00-10:00"]] * 7), name="Oslo")])
    steps = (Step(7, "", 0.5, None), Step(8, "resolution", None, 30))
    promise = Promise("Gold", targets, frozenset({"pending"}), 0.8, hours, frozenset({"team"}), steps=steps)
    assert promise_from(json.dumps(promise.as_data())) == promise
