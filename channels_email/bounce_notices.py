"""Amazon's notifications about mail sent through it, which come as JSON in a mail (SES to SNS to e-mail). Pure.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

import json
from dataclasses import dataclass
from typing import Any

from channels_email.headers import message_ids


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient; `action` is that of RFC 3464."""

    recipient: str
    action: str
    status: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one notification says, and the mail it is about."""

    recipients: tuple[Recipient, ...]
    message_ids: tuple[str, ...]
    complaint: bool


def read(text: str) -> Notice | None:
    """Return the notification in `text`, None where there is none."""
    if not text.lstrip().startswith("{") or not ("otificationType" in text or "eventType" in text):
        return None
    data = _json(text.replace("!\n ", ""))  # a relay folded the long line
    if isinstance(data.get("Message"), str):
        data = _json(data["Message"])
    kind = str(data.get("notificationType") or data.get("eventType") or "").lower()
    recipients = _RECIPIENTS[kind](data) if kind in _RECIPIENTS else []
    if not recipients and kind != "complaint":
        return None
    return Notice(tuple(recipients), _ids(data), complaint=kind == "complaint")


def _json(text: str) -> dict[str, Any]:
    try:
        found, _end = json.JSONDecoder(strict=False).raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _dict(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _list(data: dict[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _bounced(data: dict[str, Any]) -> list[Recipient]:
    bounce = _dict(data, "bounce")
    return [
        Recipient(
            str(each.get("emailAddress", "")),
            "failed",
            str(each.get("status", "")),
            str(each.get("diagnosticCode") or f"{bounce.get('bounceType')}/{bounce.get('bounceSubType')}"),
        )
        for each in _list(bounce, "bouncedRecipients")
        if isinstance(each, dict)
    ]


def _delivered(data: dict[str, Any]) -> list[Recipient]:
    delivery = _dict(data, "delivery")
    words = str(delivery.get("smtpResponse", ""))
    return [Recipient(str(each), "delivered", "", words) for each in _list(delivery, "recipients")]


_RECIPIENTS = {"bounce": _bounced, "delivery": _delivered}


def _ids(data: dict[str, Any]) -> tuple[str, ...]:
    """Return our Message-ID where the notification has it, and Amazon's own."""
    mail = _dict(data, "mail")
    given = [str(_dict(mail, "commonHeaders").get("messageId", ""))]
    given += [
        str(each.get("value", ""))
        for each in _list(mail, "headers")
        if isinstance(each, dict) and str(each.get("name", "")).lower() == "message-id"
    ]
    ours = [token for value in given for token in message_ids(value.encode("utf-8", "replace"))]
    return tuple(dict.fromkeys([*ours, *([str(mail["messageId"])] if mail.get("messageId") else [])]))
