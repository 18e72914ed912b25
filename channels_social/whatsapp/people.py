"""Who wrote: WhatsApp names people by business-scoped user id (BSUID), by phone number, or by both.

Since April 2026 every person has a BSUID, while whoever took a user name may come without a number. The BSUID is
therefore the handle (kind SOCIAL: another business knows the same person by another one), and the number is kept
beside the message. Only a call without a BSUID makes the number the handle: kind PHONE, written as in E.164, so that
one number is one contact on every account.
"""

import re
from dataclasses import dataclass

from channels_social.reading import Node
from csplatform.gateway.contract import HandleKind, Sender
from csplatform.gateway.errors import Unreadable

_PHONE = re.compile(r"\+?([0-9]{5,15})")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as far as one call names them; what it does not say is empty."""

    user_id: str = ""
    phone: str = ""
    name: str = ""
    username: str = ""

    def sender(self) -> Sender:
        """Return the person as the core wants them. Raises Unreadable where the call names nobody."""
        name = self.name or self.username
        if self.user_id:
            return Sender(self.user_id, HandleKind.SOCIAL, name=name)
        if self.phone:
            return Sender(self.phone, HandleKind.PHONE, name=name)
        raise Unreadable("a message has neither a user id nor a phone number for its sender")


def of_contacts(value: Node) -> list[Person]:
    """Return the people that a call introduces beside its messages."""
    return [_introduced(contact) for contact in value.children("contacts")]


def of_message(message: Node, introduced: list[Person]) -> Person:
    """Return who sent `message`, with what the introductions add."""
    return _known(message.optional_text("from_user_id"), message.optional_text("from"), introduced)


def of_recipient(message: Node, introduced: list[Person]) -> Person:
    """Return whom `message` was sent to, with what the introductions add."""
    return _known(message.optional_text("to_user_id"), message.optional_text("to"), introduced)


def e164(number: str) -> str:
    """Return a number as +digits, empty where it is none."""
    found = _PHONE.fullmatch(number)
    return f"+{found[1]}" if found else ""


def address(recipient: str) -> dict[str, str]:
    """Return the fields that address a message to a handle."""
    if recipient.startswith("+"):
        return {"to": recipient.removeprefix("+")}
    return {"recipient": recipient}


def _known(user_id: str, number: str, introduced: list[Person]) -> Person:
    phone = e164(number)
    for person in introduced:
        if (user_id and person.user_id == user_id) or (phone and person.phone == phone):
            return Person(user_id or person.user_id, phone or person.phone, person.name, person.username)
    if not user_id and not phone and len(introduced) == 1:
        return introduced[0]
    return Person(user_id, phone)


def _introduced(contact: Node) -> Person:
    profile = contact.optional_child("profile")
    return Person(
        user_id=contact.optional_text("user_id"),
        phone=e164(contact.optional_text("wa_id")),
        name=profile.optional_text("name") if profile else "",
        username=profile.optional_text("username") if profile else "",
    )
