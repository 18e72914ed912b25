"""The items of 微信客服 as events. Pure."""

from collections.abc import Callable

from channels_social.reading import Node, read
from channels_social.wecom import errors
from channels_social.wecom.contents import content_of
from csplatform.gateway.contract import (
    Echo,
    Event,
    HandleKind,
    InboundMessage,
    MessageDeleted,
    Receipt,
    ReceiptState,
    Sender,
)
from csplatform.gateway.errors import Unreadable

# Who an item is from.
_CUSTOMER, _COLLEAGUE = 3, 5


def events(body: bytes, open_kfid: str) -> list[Event]:
    """Return what one fetched item says. Raises Unreadable, also where it is another account's."""
    item = read(body)
    event = _happened(item, open_kfid) if item.text("msgtype") == "event" else _said(item, open_kfid)
    return [event] if event else []


def _said(item: Node, open_kfid: str) -> Event | None:
    """Return a customer's message, or what a colleague answered in the WeCom app; what we send does not come back."""
    _check_account(item, open_kfid)
    person = Sender(item.identifier("external_userid"), HandleKind.SOCIAL)
    external_id, at, origin = item.identifier("msgid"), item.moment("send_time"), item.number("origin")
    content = content_of(item)
    if origin == _COLLEAGUE:
        return Echo(external_id, person, content.text, at, content.attachments)
    if origin != _CUSTOMER:
        return None
    files, metadata = content.attachments, content.metadata
    return InboundMessage(external_id, person, content.text, at, attachments=files, metadata=metadata)


def _happened(item: Node, open_kfid: str) -> Event | None:
    """Return what an event means; None for kinds that are nothing for a desk, such as who serves whom in WeCom."""
    event = item.child("event")
    _check_account(event, open_kfid)
    reader = _EVENTS.get(event.text("event_type"))
    return reader(item, event) if reader else None


def _failed(item: Node, event: Node) -> Receipt:
    reason = errors.LATER.get(int(event.number("fail_type")), errors.REFUSED)
    return Receipt(event.identifier("fail_msgid"), ReceiptState.FAILED, item.moment("send_time"), reason=reason)


def _recalled(item: Node, event: Node) -> MessageDeleted:
    return MessageDeleted(event.identifier("recall_msgid"), item.moment("send_time"))


_EVENTS: dict[str, Callable[[Node, Node], Event]] = {
    "msg_send_fail": _failed,
    "user_recall_msg": _recalled,
    "servicer_recall_msg": _recalled,
}


def _check_account(holder: Node, open_kfid: str) -> None:
    given = holder.optional_text("open_kfid")
    if given and given != open_kfid:
        raise Unreadable(f"the customer service account {given} has no account at this address")
