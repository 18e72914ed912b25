"""What an invitation says (RFC 5545, RFC 5546), for mails that say it in a calendar's words only. Never raises."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from channels_email.headers import one_line

MAX_CALENDAR = 256 * 1024
_LONGEST_LINE = 500
_LONGEST_DESCRIPTION = 20_000
_BLANKS = re.compile(r"\n{3,}")


def summary(text: str) -> str:
    """Return the first event in `text` as words, in the language of the moment; empty where none can be read."""
    from icalendar import Calendar  # takes a sixth of a second, and few mails are invitations

    try:
        calendar = Calendar.from_ical(text[:MAX_CALENDAR])
        event = next((part for part in calendar.walk() if part.name in {"VEVENT", "VTODO", "VJOURNAL"}), None)
        return "" if event is None else _summary(str(calendar.get("METHOD", "")).upper(), event)
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError, RecursionError):
        return ""


def _summary(method: str, event: Any) -> str:
    description = _BLANKS.sub("\n\n", str(event.get("DESCRIPTION", ""))).strip()
    title = _line(event, "SUMMARY") or _("no title")
    lines = [
        f"{_occasion(method, event)}: {title}",
        _labelled(_("When"), _when(event)),
        _labelled(_("Where"), _line(event, "LOCATION")),
        _labelled(_("Organiser"), _person(event.get("ORGANIZER"))),
    ]
    text = "\n".join(line for line in lines if line)
    return f"{text}\n\n{description[:_LONGEST_DESCRIPTION]}".strip()


def _occasion(method: str, event: Any) -> str:
    """Return what the mail wants, by its method and, in an answer, by what the guest says."""
    if method == "REPLY":
        guests = event.get("ATTENDEE")
        guest = guests[0] if isinstance(guests, list) and guests else guests
        says = str(getattr(guest, "params", {}).get("PARTSTAT", "")).upper()
        return {"ACCEPTED": _("Accepted"), "DECLINED": _("Declined"), "TENTATIVE": _("Accepted tentatively")}.get(
            says, _("Answer to an invitation")
        )
    if method == "CANCEL" or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return _("Cancelled")
    return {"REQUEST": _("Invitation"), "COUNTER": _("Another time is proposed")}.get(method, _("Event"))


def _labelled(label: str, value: str) -> str:
    return f"{label}: {value}" if value else ""


def _line(event: Any, name: str) -> str:
    return one_line(str(event.get(name, "")))[:_LONGEST_LINE]


def _person(value: Any) -> str:
    if value is None:
        return ""
    address = re.sub(r"(?i)^mailto:", "", str(value)).strip()
    name = str(getattr(value, "params", {}).get("CN", "")).strip().strip('"')
    return one_line(f"{name} <{address}>" if name and name != address else address)[:_LONGEST_LINE]


def _when(event: Any) -> str:
    """Return begin and end with their zone as the sender named it; the last day of whole days is within."""
    begin, end = _moment(event, "DTSTART"), _moment(event, "DTEND") or _moment(event, "DUE")
    if begin is None:
        return ""
    duration = getattr(event.get("DURATION"), "dt", None)
    if end is None and isinstance(duration, timedelta):
        end = begin + duration
    if not isinstance(begin, datetime):
        last = end - timedelta(days=1) if end is not None and not isinstance(end, datetime) and end > begin else begin
        return begin.isoformat() if last == begin else f"{begin.isoformat()} – {last.isoformat()}"
    text = f"{begin:%Y-%m-%d %H:%M}"
    if isinstance(end, datetime):
        text += f" – {end:%H:%M}" if end.date() == begin.date() else f" – {end:%Y-%m-%d %H:%M}"
    zone = str(event["DTSTART"].params.get("TZID", "")) or (begin.tzname() or "")
    return f"{text} ({one_line(zone)[:80]})" if zone else text


def _moment(event: Any, name: str) -> date | datetime | None:
    found = getattr(event.get(name), "dt", None)
    return found if isinstance(found, date) else None
