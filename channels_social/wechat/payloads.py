"""What WeChat calls an Official Account with, as events. Pure.

A message has an id; an event has none: who, when and what make one, which a repeated call has in common.
Source: developers.weixin.qq.com/doc/service/guide/product/message/: Receiving_standard_messages.html and
Receiving_event_pushes.html.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_noop

from channels_social import wording
from channels_social.reading import Node
from channels_social.wechat import errors
from csplatform.gateway.contract import (
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    Reachability,
    Receipt,
    ReceiptState,
    Sender,
)
from csplatform.gateway.errors import Unreadable

UNFOLLOWED = gettext_noop("The customer no longer follows this WeChat account.")
# Kinds of message that are a file, and the name and type where WeChat gives none.
_FILES = {
    "image": ("image.jpg", "image/jpeg"),
    "voice": ("voice.amr", "audio/amr"),
    "video": ("video.mp4", "video/mp4"),
    "shortvideo": ("video.mp4", "video/mp4"),
}
# Presses of the account's own menu by which somebody says something; pictures taken that way come as messages.
_PRESSES = {"CLICK", "scancode_push", "scancode_waitmsg"}


def events(call: Node) -> list[Event]:
    """Return what one opened call says. Raises Unreadable."""
    kind = call.text("MsgType")
    event = _event(call) if kind == "event" else _message(call, kind)
    return [event] if event else []


def _message(call: Node, kind: str) -> InboundMessage:
    """Return what somebody wrote; of kinds that we do not know, at least that they did."""
    file = _FILES.get(kind)
    attachments = (_file(call, *file),) if file else ()
    reader = _TEXTS.get(kind)
    text = reader(call) if reader else "" if file else wording.unsupported(kind)
    return _said(call, call.identifier("MsgId"), text, attachments, _metadata(call, kind))


def _said(
    call: Node,
    external_id: str,
    text: str,
    attachments: tuple[InboundAttachment, ...],
    metadata: dict[str, Any],
) -> InboundMessage:
    return InboundMessage(
        external_id=external_id,
        sender=Sender(call.identifier("FromUserName"), HandleKind.SOCIAL),
        text=text,
        sent_at=call.moment("CreateTime"),
        attachments=attachments,
        metadata=metadata,
    )


def _file(call: Node, name: str, content_type: str) -> InboundAttachment:
    return InboundAttachment(name, content_type, FileReference(call.identifier("MediaId")))


def _location(call: Node) -> str:
    place = {"latitude": _degrees(call, "Location_X"), "longitude": _degrees(call, "Location_Y")}
    return wording.place(Node(place, call.path), call.optional_text("Label"))


def _degrees(call: Node, name: str) -> float:
    try:
        return float(call.text(name))
    except ValueError:
        raise Unreadable(f"{name} is not a number") from None


def _link(call: Node) -> str:
    words = [call.optional_text(name).strip() for name in ("Title", "Description")]
    return wording.link("\n".join(filter(None, words)), call.optional_text("Url").strip())


_TEXTS: dict[str, Callable[[Node], str]] = {
    "text": lambda call: call.text("Content"),
    "voice": lambda call: call.optional_text("Recognition"),
    "location": _location,
    "link": _link,
}


def _metadata(call: Node, kind: str) -> dict[str, Any]:
    """Return which button of a menu that we sent was pressed, and what could not be shown."""
    if kind == "text" and call.has("bizmsgmenuid"):
        return {"button": call.text("bizmsgmenuid")}
    return {} if kind in _FILES or kind in _TEXTS else {"unsupported": kind}


def _event(call: Node) -> Event | None:
    """Return what happened; None for what is nothing for a desk, such as where somebody is."""
    event = call.text("Event")
    if event in _PRESSES:
        return _pressed(call, event)
    if event == "subscribe":
        return Reachability(call.identifier("FromUserName"), True, call.moment("CreateTime"))
    if event == "unsubscribe":
        return Reachability(call.identifier("FromUserName"), False, call.moment("CreateTime"), UNFOLLOWED)
    return _template_receipt(call) if event == "TEMPLATESENDJOBFINISH" else None


def _pressed(call: Node, event: str) -> InboundMessage:
    key = call.optional_text("EventKey")
    scanned = call.optional_child("ScanCodeInfo")
    text = scanned.text("ScanResult") if scanned else key
    return replace(_said(call, _event_id(call, event), text or event, (), {"button": key}), pressed=True)


def _event_id(call: Node, event: str) -> str:
    return f"{call.identifier('FromUserName')}:{call.identifier('CreateTime')}:{event}"


def _template_receipt(call: Node) -> Receipt | None:
    """Return what became of a template message: it arrived, was turned off by the customer, or WeChat failed."""
    status = call.text("Status")
    external_id, at = call.identifier("MsgID"), call.moment("CreateTime")
    if status == "success":
        return Receipt(external_id, ReceiptState.DELIVERED, at)
    reason = errors.REJECTED_BY_USER if "user" in status else errors.REFUSED
    return Receipt(external_id, ReceiptState.FAILED, at, reason=reason)
