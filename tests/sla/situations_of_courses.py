"""What clocks say after what happened: answers, pauses and endings."""

from tests.sla.cases import RESOLUTION, Case

COURSES = {
    "a new conversation": Case(
        ("mon 10:00 customer",), ("first response 1 running, due mon 11:00", RESOLUTION), "mon 11:00"
    ),
    "answered in time": Case(
        ("mon 10:00 customer", "mon 10:30 agent"),
        ("first response 1 met mon 10:30, due mon 11:00, by Ann", RESOLUTION),
        "wed 10:00",
    ),
    "credited to the author, not to whom it is assigned": Case(
        ("mon 10:00 customer", "mon 10:10 assign bob", "mon 10:30 agent ann"),
        ("first response 1 met mon 10:30, due mon 11:00, by Ann", RESOLUTION),
        "wed 10:00",
    ),
    "answered at the last moment": Case(
        ("mon 10:00 customer", "mon 11:00 agent"),
        ("first response 1 met mon 11:00, due mon 11:00, by Ann", RESOLUTION),
        "wed 10:00",
    ),
    "swept at the last moment": Case(
        ("mon 10:00 customer", "mon 11:00 sweep"),
        ("first response 1 running, due mon 11:00, warned mon 10:45", RESOLUTION),
        "mon 11:00",
    ),
    "nobody answered": Case(
        ("mon 10:00 customer", "mon 11:00:01 sweep"),
        ("first response 1 running, due mon 11:00, warned mon 10:45, missed mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "answered late": Case(
        ("mon 10:00 customer", "mon 11:00:01 sweep", "mon 11:30 agent"),
        ("first response 1 met mon 11:30, due mon 11:00, warned mon 10:45, missed mon 11:00, by Ann", RESOLUTION),
        "wed 10:00",
    ),
    "answered late, before any sweep": Case(
        ("mon 10:00 customer", "mon 11:00:01 agent", "mon 11:00:02 sweep"),
        ("first response 1 met mon 11:00:01, due mon 11:00, missed mon 11:00, by Ann", RESOLUTION),
        "wed 10:00",
    ),
    "warned": Case(
        ("mon 10:00 customer", "mon 10:45 sweep", "mon 10:45:01 sweep", "mon 10:45:02 sweep"),
        ("first response 1 running, due mon 11:00, warned mon 10:45", RESOLUTION),
        "mon 11:00",
    ),
    "a note is no answer": Case(
        ("mon 10:00 customer", "mon 10:30 note"),
        ("first response 1 running, due mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "the customer writes twice": Case(
        ("mon 10:00 customer", "mon 10:40 customer"),
        ("first response 1 running, due mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "the customer writes again": Case(
        ("mon 10:00 customer", "mon 10:30 agent", "mon 11:00 customer", "mon 11:30 customer"),
        (
            "first response 1 met mon 10:30, due mon 11:00, by Ann",
            RESOLUTION,
            "next response 1 running, due mon 13:00",
        ),
        "mon 13:00",
    ),
    "two answers in a row": Case(
        ("mon 10:00 customer", "mon 10:30 agent", "mon 11:00 customer", "mon 11:10 agent bob", "mon 11:20 agent"),
        (
            "first response 1 met mon 10:30, due mon 11:00, by Ann",
            RESOLUTION,
            "next response 1 met mon 11:10, due mon 13:00, by Bob",
        ),
        "wed 10:00",
    ),
    "a machine's mail is no customer": Case(("mon 10:00 machine",), (), "no deadline"),
    "a machine's mail, and then a person's": Case(
        ("mon 09:00 machine", "mon 10:00 customer"),
        ("first response 1 running, due mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "after hours": Case(
        ("mon 20:00 customer",),
        ("first response 1 running, due tue 10:00", "resolution 1 running, due wed 18:00"),
        "tue 10:00",
    ),
    "shortly before closing": Case(
        ("mon 17:30 customer",),
        ("first response 1 running, due tue 09:30", "resolution 1 running, due wed 17:30"),
        "tue 09:30",
    ),
    "at the weekend": Case(
        ("sat 12:00 customer",),
        ("first response 1 running, due mon+1 10:00", "resolution 1 running, due tue+1 18:00"),
        "mon+1 10:00",
    ),
    "before a holiday": Case(
        ("wed+1 17:30 customer",),
        ("first response 1 running, due fri+1 09:30", "resolution 1 running, due mon+2 17:30"),
        "fri+1 09:30",
    ),
    "resolved in time": Case(
        ("mon 10:00 customer", "mon 10:30 agent", "tue 12:00 resolve"),
        ("first response 1 met mon 10:30, due mon 11:00, by Ann", "resolution 1 met tue 12:00, due wed 10:00"),
        "no deadline",
    ),
    "resolved late": Case(
        ("mon 10:00 customer", "mon 10:30 agent", "wed 12:00 resolve"),
        (
            "first response 1 met mon 10:30, due mon 11:00, by Ann",
            "resolution 1 met wed 12:00, due wed 10:00, missed wed 10:00",
        ),
        "no deadline",
    ),
    "resolved without an answer": Case(
        ("mon 10:00 customer", "mon 10:30 resolve"),
        ("first response 1 cancelled mon 10:30, due mon 11:00", "resolution 1 met mon 10:30, due wed 10:00"),
        "no deadline",
    ),
    "resolved without an answer, too late": Case(
        ("mon 10:00 customer", "mon 12:00 resolve"),
        (
            "first response 1 cancelled mon 12:00, due mon 11:00, missed mon 11:00",
            "resolution 1 met mon 12:00, due wed 10:00",
        ),
        "no deadline",
    ),
    "resolved while pending": Case(
        ("mon 10:00 customer", "mon 10:30 agent", "mon 11:00 pending", "tue 12:00 resolve"),
        ("first response 1 met mon 10:30, due mon 11:00, by Ann", "resolution 1 met tue 12:00, due thu 11:00"),
        "no deadline",
    ),
    "waiting for the customer": Case(
        ("mon 10:00 customer", "mon 10:30 agent", "mon 11:00 pending"),
        ("first response 1 met mon 10:30, due mon 11:00, by Ann", "resolution 1 paused mon 11:00, 1020 min left"),
        "no deadline",
    ),
    "the customer answers two days later": Case(
        ("mon 10:00 customer", "mon 10:30 agent", "mon 11:00 pending", "wed 15:00 customer"),
        (
            "first response 1 met mon 10:30, due mon 11:00, by Ann",
            "resolution 1 running, due fri 14:00",
            "next response 1 running, due wed 17:00",
        ),
        "wed 17:00",
    ),
    "paused over the weekend": Case(
        ("fri 16:00 customer", "fri 16:30 agent", "fri 17:00 pending", "mon+1 10:00 customer"),
        (
            "first response 1 met fri 16:30, due fri 17:00, by Ann",
            "resolution 1 running, due tue+1 18:00",
            "next response 1 running, due mon+1 12:00",
        ),
        "mon+1 12:00",
    ),
    "paused over a holiday": Case(
        ("wed+1 10:00 customer", "wed+1 10:30 agent", "wed+1 12:00 pending", "fri+1 11:00 reopen"),
        (
            "first response 1 met wed+1 10:30, due wed+1 11:00, by Ann",
            "resolution 1 running, due mon+2 18:00",
        ),
        "mon+2 18:00",
    ),
    "paused when nobody works": Case(
        ("mon 17:00 customer", "mon 17:30 agent", "mon 19:00 pending", "tue 07:00 reopen"),
        ("first response 1 met mon 17:30, due mon 18:00, by Ann", "resolution 1 running, due wed 17:00"),
        "wed 17:00",
    ),
    "paused twice": Case(
        ("mon 10:00 customer", "mon 10:10 pending", "mon 10:20 reopen", "mon 10:30 pending", "mon 12:00 reopen"),
        ("first response 1 running, due mon 12:40", "resolution 1 running, due wed 11:40"),
        "mon 12:40",
    ),
    "pending before any answer": Case(
        ("mon 10:00 customer", "mon 10:20 pending", "mon 14:00 reopen"),
        ("first response 1 running, due mon 14:40", "resolution 1 running, due wed 13:40"),
        "mon 14:40",
    ),
    "answered while pending": Case(
        ("mon 10:00 customer", "mon 10:20 pending", "mon 12:00 agent"),
        ("first response 1 met mon 12:00, due mon 12:40, by Ann", "resolution 1 paused mon 10:20, 1060 min left"),
        "no deadline",
    ),
    "pending after the deadline was missed": Case(
        ("mon 10:00 customer", "mon 11:30 pending", "mon 14:00 reopen"),
        (
            "first response 1 running, due mon 11:00, warned mon 10:45, missed mon 11:00",
            "resolution 1 running, due wed 12:30",
        ),
        "mon 11:00",
    ),
    "snoozed and woken": Case(
        ("mon 10:00 customer", "mon 10:30 agent", "mon 12:00 snooze tue 10:00", "tue 10:00 wake"),
        ("first response 1 met mon 10:30, due mon 11:00, by Ann", "resolution 1 running, due wed 17:00"),
        "wed 17:00",
    ),
    "snoozed, then pending": Case(
        ("mon 10:00 customer", "mon 12:00 snooze tue 10:00", "mon 13:00 pending", "mon 14:00 sweep"),
        (
            "first response 1 paused mon 12:00, due mon 11:00, warned mon 10:45, missed mon 11:00",
            "resolution 1 paused mon 12:00, 960 min left",
        ),
        "no deadline",
    ),
    "reopened by the customer after the weekend": Case(
        ("fri 10:00 customer", "fri 10:30 agent", "fri 11:00 resolve", "mon+1 10:00 customer"),
        (
            "first response 1 met fri 10:30, due fri 11:00, by Ann",
            "resolution 1 met fri 11:00, due tue+1 10:00",
            "next response 2 running, due mon+1 12:00",
            "resolution 2 running, due wed+1 10:00",
        ),
        "mon+1 12:00",
    ),
    "reopened by an agent": Case(
        ("fri 10:00 customer", "fri 10:30 agent", "fri 11:00 resolve", "mon+1 10:00 reopen"),
        (
            "first response 1 met fri 10:30, due fri 11:00, by Ann",
            "resolution 1 met fri 11:00, due tue+1 10:00",
            "resolution 2 running, due wed+1 10:00",
        ),
        "wed+1 10:00",
    ),
    "reopened, never answered": Case(
        ("fri 10:00 customer", "fri 10:30 resolve", "mon+1 10:00 reopen", "mon+1 10:30 agent"),
        (
            "first response 1 cancelled fri 10:30, due fri 11:00",
            "resolution 1 met fri 10:30, due tue+1 10:00",
            "first response 2 met mon+1 10:30, due mon+1 11:00, by Ann",
            "resolution 2 running, due wed+1 10:00",
        ),
        "wed+1 10:00",
    ),
    "spam": Case(
        ("mon 10:00 customer", "mon 10:10 spam", "mon 10:20 customer"),
        ("first response 1 cancelled mon 10:10, due mon 11:00", "resolution 1 cancelled mon 10:10, due wed 10:00"),
        "no deadline",
    ),
    "spam while pending": Case(
        ("mon 10:00 customer", "mon 10:10 pending", "mon 10:20 spam"),
        ("first response 1 cancelled mon 10:20, no deadline", "resolution 1 cancelled mon 10:20, no deadline"),
        "no deadline",
    ),
    "no spam after all": Case(
        ("mon 10:00 customer", "mon 10:10 spam", "mon 12:00 reopen"),
        (
            "first response 1 cancelled mon 10:10, due mon 11:00",
            "resolution 1 cancelled mon 10:10, due wed 10:00",
            "first response 2 running, due mon 13:00",
            "resolution 2 running, due wed 12:00",
        ),
        "mon 13:00",
    ),
}
