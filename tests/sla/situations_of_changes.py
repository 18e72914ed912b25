"""What clocks say after what happened: changes of priority, team, policy, calendar and queue."""

from tests.sla.cases import RESOLUTION, Case

CHANGES = {
    "made urgent": Case(
        ("mon 10:00 customer", "mon 10:05 priority urgent"),
        ("first response 1 running, due mon 10:15", "resolution 1 running, due mon 14:00"),
        "mon 10:15",
    ),
    "made urgent, too late for it": Case(
        ("mon 10:00 customer", "mon 10:30 priority urgent", "mon 10:30:01 sweep"),
        (
            "first response 1 running, due mon 10:15, warned mon 10:30, missed mon 10:30",
            "resolution 1 running, due mon 14:00",
        ),
        "mon 10:15",
    ),
    "made urgent after a deadline was missed": Case(
        ("mon 10:00 customer", "mon 11:05 sweep", "mon 11:10 priority urgent"),
        (
            "first response 1 running, due mon 11:00, warned mon 10:45, missed mon 11:00",
            "resolution 1 running, due mon 14:00",
        ),
        "mon 11:00",
    ),
    "missed stays missed, whatever the priority": Case(
        ("mon 10:00 customer", "mon 10:01 priority urgent", "mon 10:20 priority normal"),
        (
            "first response 1 running, due mon 10:15, warned mon 10:11:15, missed mon 10:15",
            "resolution 1 running, due wed 10:00",
        ),
        "mon 10:15",
    ),
    "urgent and back": Case(
        ("mon 10:00 customer", "mon 10:05 priority urgent", "mon 10:10 priority normal"),
        ("first response 1 running, due mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "warned, given more time, warned of that": Case(
        ("mon 10:00 customer", "mon 10:01 priority urgent", "mon 10:12 priority normal", "mon 10:46 sweep"),
        ("first response 1 running, due mon 11:00, warned mon 10:45", RESOLUTION),
        "mon 11:00",
    ),
    "a change that changes no policy": Case(
        ("mon 10:00 customer", "mon 10:05 priority low"),
        ("first response 1 running, due mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "made urgent while pending: urgent matters wait for nobody": Case(
        ("mon 10:00 customer", "mon 10:10 agent", "mon 10:30 pending", "mon 11:00 priority urgent"),
        ("first response 1 met mon 10:10, due mon 11:00, by Ann", "resolution 1 running, due mon 14:30"),
        "mon 14:30",
    ),
    "pending while urgent": Case(
        ("mon 10:00 customer", "mon 10:01 priority urgent", "mon 10:10 pending"),
        ("first response 1 running, due mon 10:15", "resolution 1 running, due mon 14:00"),
        "mon 10:15",
    ),
    "handed to a team with a target for one thing only": Case(
        ("mon 10:00 customer", "mon 10:05 team billing"),
        ("first response 1 running, due mon 14:00", "resolution 1 running, no deadline"),
        "mon 14:00",
    ),
    "transferred twice": Case(
        ("mon 10:00 customer", "mon 10:05 team billing", "mon 10:30 team none"),
        ("first response 1 running, due mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "transferred back too late": Case(
        ("mon 10:00 customer", "mon 10:05 team billing", "mon 12:00 team none", "mon 12:00:01 sweep"),
        ("first response 1 running, due mon 11:00, warned mon 12:00, missed mon 12:00", RESOLUTION),
        "mon 11:00",
    ),
    "transferred while pending, with the new target used up": Case(
        ("mon 10:00 customer", "mon 10:00 team billing", "mon 12:00 pending", "mon 13:00 team none", "mon 13:01 sweep"),
        (
            "first response 1 paused mon 12:00, due mon 11:00, warned mon 13:00, missed mon 13:00",
            "resolution 1 paused mon 12:00, 960 min left",
        ),
        "no deadline",
    ),
    "made urgent after a pause, with the new target used up before it": Case(
        ("mon 10:00 customer", "mon 10:20 pending", "mon 14:00 reopen", "mon 14:01 priority urgent", "mon 14:02 sweep"),
        (
            "first response 1 running, due mon 10:15, warned mon 14:01, missed mon 14:01",
            "resolution 1 running, due mon 17:40",
        ),
        "mon 10:15",
    ),
    "no policy": Case(
        ("mon 10:00 customer elsewhere", "mon 10:30 agent", "mon 11:00 pending", "mon 12:00 sweep"),
        ("first response 1 met mon 10:30, no deadline, by Ann", "resolution 1 paused mon 11:00, no deadline"),
        "no deadline",
    ),
    "a policy from the middle on": Case(
        ("mon 10:00 customer elsewhere", "mon 10:05 priority urgent"),
        ("first response 1 running, due mon 10:15", "resolution 1 running, due mon 14:00"),
        "mon 10:15",
    ),
    "a policy no longer": Case(
        ("mon 10:00 customer elsewhere", "mon 10:05 priority urgent", "mon 10:06 priority high"),
        ("first response 1 running, no deadline", "resolution 1 running, no deadline"),
        "no deadline",
    ),
    "policy and calendar edited: what was promised stands": Case(
        ("mon 10:00 customer", "mon 10:01 edit", "mon 10:10 pending", "mon 10:20 reopen"),
        ("first response 1 running, due mon 11:10", "resolution 1 running, due wed 10:10"),
        "mon 11:10",
    ),
    "policy and calendar edited: what is promised next is new": Case(
        ("mon 10:00 customer", "mon 10:01 edit", "mon 10:10 agent", "mon 17:58 customer"),
        (
            "first response 1 met mon 10:10, due mon 11:00, by Ann",
            RESOLUTION,
            "next response 1 running, due wed 09:03",
        ),
        "wed 09:03",
    ),
    "nobody swept for a day": Case(
        ("mon 10:00 customer", "tue 10:00 sweep", "tue 10:00:01 sweep"),
        ("first response 1 running, due mon 11:00, warned mon 10:45, missed mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "over the lunch break": Case(
        ("mon 11:30 customer", "mon 11:30 team lunch"),
        ("first response 1 running, due mon 13:30", "resolution 1 running, no deadline"),
        "mon 13:30",
    ),
    "paused over the lunch break": Case(
        ("mon 11:30 customer", "mon 11:30 team lunch", "mon 11:45 pending", "mon 13:15 reopen"),
        ("first response 1 running, due mon 14:00", "resolution 1 running, no deadline"),
        "mon 14:00",
    ),
    "over two public holidays and a weekend": Case(
        ("wed+4 17:30 customer", "wed+4 17:30 team madrid"),
        ("first response 1 running, due mon+5 09:30", "resolution 1 running, no deadline"),
        "mon+5 09:30",
    ),
    "paused over public holidays": Case(
        ("wed+4 10:00 customer", "wed+4 10:00 team madrid", "wed+4 10:30 pending", "fri+4 12:00 reopen"),
        ("first response 1 running, due mon+5 09:30", "resolution 1 running, no deadline"),
        "mon+5 09:30",
    ),
    # On Sunday, 5 April, 03:00 becomes 02:00 in Sydney: the night lasts from 13:00 UTC to 20:00, seven hours.
    "clocks put back in the middle of the night shift": Case(
        ("sat+4 19:30 customer", "sat+4 19:30 team sydney"),
        ("first response 1 running, due sun+4 14:30", "resolution 1 running, no deadline"),
        "sun+4 14:30",
    ),
    "a calendar in another zone": Case(
        ("sat+4 12:00 customer", "sat+4 12:00 team sydney"),
        ("first response 1 running, due sat+4 14:00", "resolution 1 running, no deadline"),
        "sat+4 14:00",
    ),
    "a team that follows the sun": Case(
        ("mon 17:30 customer", "mon 17:30 team sun"),
        ("first response 1 running, due tue 00:30", "resolution 1 running, no deadline"),
        "tue 00:30",
    ),
    "the customer became a VIP": Case(
        ("mon 10:00 customer", "mon 10:05 tier vip"),
        ("first response 1 running, due mon 10:30", "resolution 1 running, no deadline"),
        "mon 10:30",
    ),
    "a VIP no longer": Case(
        ("mon 10:00 customer", "mon 10:05 tier vip", "mon 10:06 tier standard"),
        ("first response 1 running, due mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "merged into a VIP": Case(
        ("mon 10:00 customer", "mon 10:05 merge"),
        ("first response 1 running, due mon 10:30", "resolution 1 running, no deadline"),
        "mon 10:30",
    ),
    "merged too late": Case(
        ("mon 10:00 customer", "mon 10:40 merge", "mon 10:40:01 sweep"),
        (
            "first response 1 running, due mon 10:30, warned mon 10:40, missed mon 10:40",
            "resolution 1 running, no deadline",
        ),
        "mon 10:30",
    ),
    "the language was corrected": Case(
        ("mon 10:00 customer", "mon 10:05 language ja"),
        ("first response 1 running, due mon 10:45", "resolution 1 running, no deadline"),
        "mon 10:45",
    ),
    "a policy that holds to its word whatever the language": Case(
        ("mon 10:00 customer", "mon 10:01 tier vip", "mon 10:05 language ja"),
        ("first response 1 running, due mon 10:30", "resolution 1 running, no deadline"),
        "mon 10:30",
    ),
    "tagged as fraud at night": Case(
        ("mon 20:00 customer", "mon 20:01 tag fraud"),
        ("first response 1 running, due mon 20:05", "resolution 1 running, no deadline"),
        "mon 20:05",
    ),
    "no fraud after all": Case(
        ("mon 20:00 customer", "mon 20:01 tag fraud", "mon 20:02 untag fraud"),
        ("first response 1 running, due tue 10:00", "resolution 1 running, due wed 18:00"),
        "tue 10:00",
    ),
    "a colleague who writes as a customer": Case(
        ("mon 10:00 colleague", "mon 10:20 note", "mon 10:30 agent ann"),
        ("first response 1 met mon 10:30, due mon 11:00, by Ann", RESOLUTION),
        "wed 10:00",
    ),
    "waiting in the queue": Case(
        ("mon 10:00 call", "mon 10:10:01 sweep"),
        (
            "first response 1 running, no deadline",
            "queue 1 running, due mon 10:10, warned mon 10:07:30, missed mon 10:10",
            "resolution 1 running, no deadline",
        ),
        "mon 10:10",
    ),
    "taken from the queue in time, whoever answers": Case(
        ("mon 10:00 call", "mon 10:04 assign bob", "mon 10:30 agent ann"),
        (
            "first response 1 met mon 10:30, no deadline, by Ann",
            "queue 1 met mon 10:04, due mon 10:10, by Bob",
            "resolution 1 running, no deadline",
        ),
        "no deadline",
    ),
    "back to the queue": Case(
        ("mon 10:00 call", "mon 10:04 assign bob", "mon 10:20 assign nobody"),
        (
            "first response 1 running, no deadline",
            "queue 1 met mon 10:04, due mon 10:10, by Bob",
            "resolution 1 running, no deadline",
            "queue 1 running, due mon 10:30",
        ),
        "mon 10:30",
    ),
    "from one queue to another: the waiting goes on": Case(
        ("mon 10:00 customer", "mon 10:06 team phone"),
        (
            "first response 1 running, no deadline",
            "queue 1 running, due mon 10:10",
            "resolution 1 running, no deadline",
        ),
        "mon 10:10",
    ),
    "whoever answers what nobody owns ends the waiting": Case(
        ("mon 10:00 call", "mon 10:05 agent bob"),
        (
            "first response 1 met mon 10:05, no deadline, by Bob",
            "queue 1 met mon 10:05, due mon 10:10, by Bob",
            "resolution 1 running, no deadline",
        ),
        "no deadline",
    ),
    "resolved in the queue": Case(
        ("mon 10:00 call", "mon 10:05 resolve"),
        (
            "first response 1 cancelled mon 10:05, no deadline",
            "queue 1 cancelled mon 10:05, due mon 10:10",
            "resolution 1 met mon 10:05, no deadline",
        ),
        "no deadline",
    ),
    "the calendar was edited: what was promised stands": Case(
        ("mon 10:00 customer", "mon 10:01 edit_calendar", "mon 10:05 pending", "mon 10:10 reopen"),
        ("first response 1 running, due mon 11:05", "resolution 1 running, due wed 10:05"),
        "mon 11:05",
    ),
    "the calendar was edited: a change asks what is promised now": Case(
        ("mon 10:00 customer", "mon 10:01 edit_calendar", "mon 10:02 priority high"),
        ("first response 1 running, due mon 11:00", "resolution 1 running, due tue+1 10:00"),
        "mon 11:00",
    ),
    "the calendar was edited: the next promise is new": Case(
        ("mon 10:00 customer", "mon 10:10 agent", "mon 10:20 edit_calendar", "mon 11:30 customer"),
        (
            "first response 1 met mon 10:10, due mon 11:00, by Ann",
            RESOLUTION,
            "next response 1 running, due tue 10:30",
        ),
        "tue 10:30",
    ),
    "an automatic message is no answer": Case(
        ("mon 10:00 customer", "mon 10:01 automatic"),
        ("first response 1 running, due mon 11:00", RESOLUTION),
        "mon 11:00",
    ),
    "an automatic message is an answer where the policy says so": Case(
        ("mon 10:00 customer", "mon 10:01 team quick", "mon 10:02 automatic"),
        ("first response 1 met mon 10:02, due mon 10:20", "resolution 1 running, no deadline"),
        "no deadline",
    ),
    "an automatic message that comes too late": Case(
        ("mon 10:00 customer", "mon 10:01 team quick", "mon 10:20:01 automatic"),
        (
            "first response 1 met mon 10:20:01, due mon 10:20, missed mon 10:20",
            "resolution 1 running, no deadline",
        ),
        "no deadline",
    ),
    "whoever answers after an automatic message is credited with the next response": Case(
        (
            "mon 10:00 customer",
            "mon 10:01 team quick",
            "mon 10:02 automatic",
            "mon 10:10 customer",
            "mon 10:25 agent bob",
        ),
        (
            "first response 1 met mon 10:02, due mon 10:20",
            "resolution 1 running, no deadline",
            "next response 1 met mon 10:25, due mon 10:30, by Bob",
        ),
        "no deadline",
    ),
    "answered in the platform's own inbox": Case(
        ("mon 10:00 customer", "mon 10:30 elsewhere"),
        ("first response 1 met mon 10:30, due mon 11:00", RESOLUTION),
        "wed 10:00",
    ),
}
