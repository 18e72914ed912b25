"""Twilio's calls as events. Pure. A call is a form, and names no time: it is the moment that it came.

Numbers as in E.164 are handles of the kind PHONE, one contact on every account. Whatever else Twilio writes there (a
short code, a name, "whatsapp:+…") is a handle of this account alone, to which answers go as it stands.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from channels_social import wording
from channels_social.reading import Node
from channels_social.twilio import errors
from channels_social.whatsapp.contents import ENDINGS
from csplatform.common.text import without_nul
from csplatform.gateway.contract import (
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    RawDelivery,
    Reachability,
    Receipt,
    ReceiptState,
    Sender,
)
from csplatform.gateway.errors import Unreadable

# More is never sent, and a number from outside decides how often a loop runs.
MOST_FILES = 10
_PHONE = re.compile(r"\+[1-9][0-9]{4,14}")
_STATES = {
    "accepted": ReceiptState.ACCEPTED,
    "queued": ReceiptState.ACCEPTED,
    "sending": ReceiptState.ACCEPTED,
    "sent": ReceiptState.ACCEPTED,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "undelivered": ReceiptState.FAILED,
    "failed": ReceiptState.FAILED,
}
Form = Mapping[str, str]


def events(raw: RawDelivery) -> list[Event]:
    """Return what a call says; empty for calls that are not about a message, as of a voice call. Raises Unreadable."""
    form = _form(raw.body)
    if not form.get("MessageSid"):
        return []
    if form.get("MessageStatus", "received") != "received":
        return _receipt(form, raw)
    message = _message(form, raw)
    return [message, *_choice(form, message)]


def _form(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise Unreadable("the body is not a form") from None
    return {name: without_nul(value) for name, value in pairs}


def _message(form: Form, raw: RawDelivery) -> InboundMessage:
    answered = form.get("OriginalRepliedMessageSid", "")
    about = {"button": form.get("ButtonPayload", ""), "country": form.get("FromCountry", "")}
    return InboundMessage(
        external_id=form["MessageSid"],
        sender=_sender(form),
        text=_text(form),
        sent_at=raw.received_at,
        attachments=tuple(_files(form)),
        thread_refs=(answered,) if answered else (),
        metadata={name: value for name, value in about.items() if value},
    )


def _sender(form: Form) -> Sender:
    address = form.get("From", "").strip()
    if not address:
        raise Unreadable("From is not a number")
    kind = HandleKind.PHONE if _PHONE.fullmatch(address) else HandleKind.SOCIAL
    return Sender(address, kind, name=form.get("ProfileName", ""))


def _text(form: Form) -> str:
    if not form.get("Latitude"):
        return form.get("Body", "")
    try:
        place = Node({"latitude": float(form["Latitude"]), "longitude": float(form.get("Longitude", ""))})
    except ValueError:
        raise Unreadable("Latitude and Longitude are not numbers") from None
    return wording.place(place, form.get("Label", ""), form.get("Address", ""), form.get("Body", ""))


def _files(form: Form) -> list[InboundAttachment]:
    number = form.get("NumMedia") or "0"
    if not (number.isascii() and number.isdigit()):
        raise Unreadable("NumMedia is not a number")
    files = []
    for index in range(min(int(number[:6]), MOST_FILES)):
        url = form.get(f"MediaUrl{index}", "")
        content_type = form.get(f"MediaContentType{index}") or "application/octet-stream"
        if not url:
            raise Unreadable(f"MediaUrl{index} is missing")
        name = content_type.partition("/")[0].replace("application", "file") + ENDINGS.get(content_type, "")
        files.append(InboundAttachment(name, content_type, FileReference(url)))
    return files


def _choice(form: Form, message: InboundMessage) -> list[Event]:
    """Return that somebody wants no more messages, or wants them again, as Twilio understood their word."""
    kind, person = form.get("OptOutType", ""), message.sender.external_id
    if kind not in {"STOP", "START"}:
        return []
    reason = errors.OPTED_OUT if kind == "STOP" else ""
    return [Reachability(person, reachable=kind == "START", at=message.sent_at, reason=reason)]


def _receipt(form: Form, raw: RawDelivery) -> list[Event]:
    state = _STATES.get(form["MessageStatus"])
    if state is None:
        return []
    code = form.get("ErrorCode", "")
    reason = errors.reason(code, "") if state is ReceiptState.FAILED else ""
    return [Receipt(form["MessageSid"], state, at=raw.received_at, reason=reason)]
