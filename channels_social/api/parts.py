"""The people and files in a call. Pure."""

import base64
import binascii
import re
from typing import Any

from channels_social.reading import Node
from csplatform.common.text import without_nul
from csplatform.gateway.contract import FileBytes, FileReference, HandleKind, InboundAttachment, Sender
from csplatform.gateway.errors import Unreadable

_PHONE = re.compile(r"\+[0-9]{5,15}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
# What is kept of `metadata`: so many values, and of these only what is no list or object.
MOST_METADATA = 50


def person(who: Node) -> Sender:
    """Return a person. Those known by a number or a mail address are the same person on every account.

    Raises Unreadable.
    """
    external_id, kind = who.identifier("id"), who.optional_text("kind") or "id"
    if kind == "phone" and not _PHONE.fullmatch(external_id):
        raise Unreadable(f"{who.path}.id is not a telephone number such as +442079460000")
    if kind == "email":
        external_id = external_id.lower()
        if not _MAIL.fullmatch(external_id):
            raise Unreadable(f"{who.path}.id is not a mail address")
    kinds = {"id": HandleKind.SOCIAL, "phone": HandleKind.PHONE, "email": HandleKind.EMAIL}
    if kind not in kinds:
        raise Unreadable(f"{who.path}.kind is neither id nor phone nor email")
    return Sender(external_id, kinds[kind], name=who.optional_text("name"), language=who.optional_text("language"))


def attachments(data: Node) -> tuple[InboundAttachment, ...]:
    """Return the files of a message, each with its content in Base64 or an address to fetch it from.

    Raises Unreadable.
    """
    return tuple(
        InboundAttachment(
            name=file.text("name"),
            content_type=file.optional_text("content_type") or "application/octet-stream",
            content=FileBytes(_decoded(file)) if file.has("content") else FileReference(file.identifier("url")),
        )
        for file in data.children("attachments")
    )


def metadata(data: Node) -> dict[str, Any]:
    """Return what the caller wants to be kept with a message. Raises Unreadable where it is no object."""
    given = data.optional_child("metadata")
    found: dict[str, Any] = {}
    for name, value in (given.values if given else {}).items():
        if isinstance(value, str | bool | int) and len(found) < MOST_METADATA:
            found[without_nul(name)] = without_nul(value) if isinstance(value, str) else value
    if button := data.optional_text("button"):
        found["button"] = button
    return found


def _decoded(file: Node) -> bytes:
    try:
        return base64.b64decode(file.text("content"), validate=True)
    except (ValueError, binascii.Error):
        raise Unreadable(f"{file.path}.content is not Base64") from None
