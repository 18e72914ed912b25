"""What machines' mail says of ours, in the words of the core: receipts, the mails it is about, what the desk shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from channels_email import bounces
from channels_email.automatic import Kind, Origin
from channels_email.bounce_reasons import Group
from channels_email.bounces import Failure
from channels_email.headers import message_ids, parse_headers
from channels_email.mime import Part
from csplatform.gateway.contract import Receipt, ReceiptState

# For an agent: what happened, as plainly as it can be said. The server's own words follow in brackets.
SENTENCES: dict[Group, str] = {
    Group.USER_UNKNOWN: gettext_noop("There is no such address."),
    Group.HOST_UNKNOWN: gettext_noop("The part of the address after the @ does not exist."),
    Group.HAS_MOVED: gettext_noop("The recipient has moved to another address."),
    Group.NOT_ACCEPT: gettext_noop("The recipient's domain does not take any mail."),
    Group.MAILBOX_FULL: gettext_noop("The recipient's mailbox is full."),
    Group.MESSAGE_TOO_BIG: gettext_noop("The message is too big for the recipient's mail server."),
    Group.EXCEEDS_LIMIT: gettext_noop("The message exceeds a limit of the recipient's mail server."),
    Group.SUSPENDED: gettext_noop("The recipient's mailbox is disabled."),
    Group.FILTERED: gettext_noop("The recipient's own filter refused the message."),
    Group.REJECTED: gettext_noop("The recipient's mail server refused the message."),
    Group.SPAM: gettext_noop("The recipient's mail server took the message for spam."),
    Group.VIRUS: gettext_noop("The recipient's mail server found a virus in the message."),
    Group.POLICY: gettext_noop("A rule of the recipient's mail server forbids the message."),
    Group.CONTENT: gettext_noop("The recipient's mail server did not accept the content of the message."),
    Group.NOT_COMPLIANT: gettext_noop("The recipient's mail server did not accept the form of the message."),
    Group.AUTHENTICATION: gettext_noop("The recipient's mail server could not verify that the message is from us."),
    Group.REPUTATION: gettext_noop("The recipient's mail server does not trust our mail server."),
    Group.BLOCKED: gettext_noop("The recipient's mail server has blocked our mail server."),
    Group.NO_PTR: gettext_noop("Our mail server has no name of its own, which the recipient's mail server asks for."),
    Group.NO_RELAYING: gettext_noop("The mail server that was asked does not take mail for this address."),
    Group.SECURITY: gettext_noop("The recipient's mail server does not allow us to write to this address."),
    Group.NO_STARTTLS: gettext_noop("No encrypted connection to the recipient's mail server was possible."),
    Group.TOO_FAST: gettext_noop("Too many messages were sent to the recipient's mail server in a short time."),
    Group.TOO_MANY_CONNECTIONS: gettext_noop("The recipient's mail server had too many connections."),
    Group.EXPIRED: gettext_noop("The message could not be delivered in time."),
    Group.NETWORK: gettext_noop("The recipient's mail server could not be reached."),
    Group.SYSTEM: gettext_noop("The recipient's mail server has a problem of its own."),
    Group.SYSTEM_FULL: gettext_noop("The recipient's mail server has no space left."),
    Group.MAILER: gettext_noop("A program at the recipient's mail server failed."),
    Group.SYNTAX: gettext_noop("The mail servers did not understand each other."),
    Group.ON_HOLD: gettext_noop("The message was not delivered; no reason was given."),
    Group.UNDEFINED: gettext_noop("The message was not delivered."),
}
_READ = re.compile(r"(?i);\s*(?:displayed|read)\b")


@dataclass(frozen=True, slots=True)
class Told:
    """`receipts` for our replies, `thread_refs` (ids of the mails it is about), `metadata` for the desk."""

    receipts: tuple[Receipt, ...] = ()
    thread_refs: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


def told_by(root: Part, origin: Origin, *, sender: str, at: datetime) -> Told:
    """Return what the mail, written by `sender` at the moment `at`, says of ours. Nothing, where a person wrote."""
    if origin.kind is Kind.READ_RECEIPT:
        return _of_reading(root, sender, at)
    if origin.kind is Kind.COMPLAINT:
        return Told(thread_refs=origin.report.original_message_ids or bounces.enclosed_message_ids(root))
    report = origin.report
    if origin.kind is Kind.PERSON or not (report.says_something or report.original_message_ids):
        return Told()
    receipts = [
        *(_failed(each, message_id, at) for each in report.failures for message_id in each.original_message_ids),
        *(
            Receipt(message_id, ReceiptState.DELIVERED, at, recipients=each.names)
            for each in report.delivered
            for message_id in each.original_message_ids
        ),
    ]
    shown = _shown([*report.failures, *report.delays])
    return Told(tuple(receipts), report.original_message_ids, {"failures": shown} if shown else {})


def _failed(failure: Failure, message_id: str, at: datetime) -> Receipt:
    sentence = SENTENCES[failure.group]
    return Receipt(
        external_id=message_id,
        state=ReceiptState.FAILED,
        at=at,
        reason=f"{sentence} ({failure.words})" if failure.words else sentence,
        recipients=failure.names,
        permanent=failure.dead_address,
    )


def _shown(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    return [
        {
            "recipient": failure.recipient,
            "group": str(failure.group),
            "reason": SENTENCES[failure.group],
            "code": failure.code,
            "words": failure.words,
            "permanent": failure.dead_address,
        }
        for failure in failures
    ]


def _of_reading(root: Part, sender: str, at: datetime) -> Told:
    """Read a disposition notification (RFC 8098): READ where it was displayed, nothing where it was thrown away."""
    parts = [part for part in root.walk() if part.content_type == "message/disposition-notification"]
    fields = parse_headers(parts[0].content.strip()) if parts else root.headers
    ids = tuple(message_ids(fields.raw("original-message-id"))) or bounces.enclosed_message_ids(root)
    if not parts or not _READ.search(fields.text("disposition")):
        return Told(thread_refs=ids)
    named = [
        name
        for which in ("original-recipient", "final-recipient")
        for name in bounces.recipients_in(fields.text(which))
    ]
    names = tuple(dict.fromkeys(name.lower() for name in (*named, sender)))
    return Told(tuple(Receipt(each, ReceiptState.READ, at, recipients=names) for each in ids), ids)
