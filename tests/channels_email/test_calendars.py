"""Invitations are read, and attached."""

import pytest

from channels_email.calendars import summary
from tests.channels_email.mails import mail, parsed
from tests.channels_email.test_mime import data_of, multipart, text_part

ZONE = """BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
EVENT = """SUMMARY:Team lunch\\, with cake
DTSTART;TZID=W. Europe Standard Time:20260302T120000
DTEND;TZID=W. Europe Standard Time:20260302T133000
LOCATION:Room 4
ORGANIZER;CN="Ada Lovelace":mailto:ada@customer.example
DESCRIPTION:Bring\\n\\na cup.
UID:1@x
DTSTAMP:20260301T000000Z
"""


def calendar(event: str = EVENT, method: str = "REQUEST") -> str:
    head = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nMETHOD:{method}\n"
    lines = f"{head}{ZONE}BEGIN:VEVENT\n{event}END:VEVENT\nEND:VCALENDAR\n"
    return lines.replace("\n", "\r\n")


SAID = """Invitation: Team lunch, with cake
When: 2026-03-02 12:00 – 13:30 (W. Europe Standard Time)
Where: Room 4
Organiser: Ada Lovelace <ada@customer.example>

Bring

a cup."""


def test_an_invitation_alone_is_read_and_attached() -> None:
    message = parsed(mail("Content-Type: text/calendar; method=REQUEST; charset=utf-8", body=calendar()))
    assert message.text == SAID
    assert [(file.name, data_of(file)) for file in message.attachments] == [("invitation.ics", calendar().encode())]


def test_beside_a_letter_it_is_a_file() -> None:
    part = f"Content-Type: text/calendar; method=REQUEST\r\n\r\n{calendar()}"
    message = parsed(multipart("alternative", text_part("Come!"), text_part("<p>Come!</p>", "html"), part))
    assert (message.text, [file.name for file in message.attachments]) == ("Come!", ["invitation.ics"])


def test_beside_an_empty_letter_it_is_read() -> None:
    part = f"Content-Type: text/calendar\r\n\r\n{calendar()}"
    assert parsed(multipart("alternative", text_part("\r\n"), text_part("<br>", "html"), part)).text == SAID


@pytest.mark.parametrize(
    ("event", "method", "said"),
    [
        (EVENT, "CANCEL", "Cancelled: Team lunch"),
        (EVENT, "PUBLISH", "Event: Team lunch"),
        (EVENT + "ATTENDEE;PARTSTAT=DECLINED:mailto:b@x.example\n", "REPLY", "Declined: Team lunch"),
        (EVENT + "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.example\n", "REPLY", "Accepted: Team lunch"),
        ("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260305\n", "REQUEST", "2026-03-02 – 2026-03-04"),
        ("SUMMARY:Day\nDTSTART;VALUE=DATE:20260302\n", "REQUEST", "When: 2026-03-02"),
        ("DTSTART:20260302T230000Z\nDURATION:PT2H\n", "REQUEST", "2026-03-02 23:00 – 2026-03-03 01:00 (UTC)"),
        ("SUMMARY:Call\nDTSTART:20260302T230000\n", "REQUEST", "When: 2026-03-02 23:00"),
        ("DTSTART:20260302T230000\n", "REQUEST", "Invitation: no title"),
    ],
)  # fmt: skip
def test_what_it_says(event: str, method: str, said: str) -> None:
    assert said in summary(calendar(event, method))


@pytest.mark.timeout(60)  # what is quadratic takes hours
@pytest.mark.parametrize(
    "text",
    [
        "",
        "no calendar",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR",
        "BEGIN:VEVENT\r\n" * 5_000,
        calendar("DTSTART:nonsense\n"),
        calendar("SUMMARY:x\nDTSTART;TZID=Nowhere/At All:20260302T120000\n"),
        calendar("SUMMARY:x\nDTSTART:99990302T120000Z\nDURATION:P9999999D\n"),
        "BEGIN:VCALENDAR\r\n" + "A;B=" * 100_000,
        calendar("".join(f"X-{number}:y\n" for number in range(30_000))),
    ],
)
def test_what_is_broken_takes_no_time_and_stays_a_file(text: str) -> None:
    message = parsed(mail("Content-Type: text/calendar", body=text or "\r\n"))
    assert [file.name for file in message.attachments] == ["invitation.ics"]
