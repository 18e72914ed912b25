"""What a bounce says: who did not get the mail, and why. Pure; nothing in here raises.

Machine-readable reports (RFC 3464 in RFC 6522) are believed first; the text for people fills what they leave open,
and is all there is in the free-form bounces of qmail, Exim and many others. The mail that could not be delivered is
enclosed as a part or pasted below the text: its Message-ID says which reply of ours it was.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from channels_email import bounce_notices, bounce_texts
from channels_email.bounce_reasons import (
    Codes,
    Command,
    Group,
    by_category,
    by_codes,
    classify,
    codes_in,
    command_in,
    is_hard,
)
from channels_email.bounce_texts import Passage
from channels_email.charsets import decode
from channels_email.content import read as read_content
from channels_email.headers import Headers, message_ids, one_line, parse_headers
from channels_email.mime import Part, parse, parse_message

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ORIGINAL_TYPES = frozenset({"message/rfc822", "message/global", "message/partial"})
_HEADER_TYPES = frozenset(
    {"text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers"}
)
_MAX_RECIPIENTS = 100
_LONGEST_SEARCHED = 256 * 1024
_STATUS_FIELDS = re.compile(r"(?im)^[ \t]*(?:final-recipient|original-recipient|action|reporting-mta)[ \t]*:")
_ADDRESS = re.compile(bounce_texts.ADDRESS)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_TYPE = re.compile(r"^\s*[\w-]{1,30}\s*;\s*")
_COMMENT = re.compile(r"\(([^()]{5,200})\)")
_NO_WORDS = re.compile(r"(?:\d{1,3}(?:[- ]\d\.\d\.\d{1,3})?|\W*)$")
# A gateway's own words around the reply that it got.
_INNER = re.compile(r"^.{0,80}\b[45]\d\d-'(.+?)'.*$", re.DOTALL)
_QUOTED_ID = re.compile(r"(?i)message[- ]?id(?:entifier)?[ \t]*(?:was)?[ \t]*[:：]\s{0,3}<([^<>\s]{3,500})>")
_LOOSE_ID = re.compile(r"(?im)^message-id:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{3,500})>")
_WAITING = re.compile(
    r"(?i)warning message only|do not need to re-?send|will (?:be retried|continue to|keep) ?(?:try|attempt|be)?"
    r"|still trying|not yet been delivered"
    r"|(?:delivery|message) (?:has been |is |was )?(?:temporarily )?(?:delayed|deferred)|delivery incomplete"
    r"|no action is required on your part"
    r"|delivery attempts will continue|keep(?:s)? trying|wird weiter(?:hin)? versuch|verzögert|sera réessayé"
    r"|se seguirá intentando|仍在尝试|再送を試み(?:ます|続け)"
)
_WAITING_SUBJECT = re.compile(
    r"(?i)\bdelay|could not send message for past|^warning: |deferred|verzöger|retard[ée]|retras|ritard|atras"
    r"|задерж|延迟|延遲|遅延|지연"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient that a mail did not reach (or, in `Report.delays`, has not reached yet).

    `recipient` is the name the server uses; `other_names` are others for the same person: as we wrote it, before
    aliases and forwards. `original_message_ids` (without brackets) name the mail, if the report says so.
    `permanent`: nobody can be reached there, now or later. `code` is the enhanced status, else the reply code;
    `words` are the server's own, on one line, at most 300 characters.
    """

    recipient: str
    other_names: tuple[str, ...]
    original_message_ids: tuple[str, ...]
    permanent: bool
    group: Group
    code: str
    words: str

    @property
    def dead_address(self) -> bool:
        """Whether to stop writing to the address: it is gone, and the server did not call this temporary."""
        return self.permanent and not self.code.startswith("4")

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the person, lower-case."""
        return tuple(dict.fromkeys(name.lower() for name in (self.recipient, *self.other_names) if name))


@dataclass(frozen=True, slots=True)
class Report:
    """All that a mail says of the fate of another: for whom it failed, is late, and arrived.

    `waiting`: the server still tries. `complaint`: a recipient called the mail spam.
    """

    failures: tuple[Failure, ...] = ()
    delays: tuple[Failure, ...] = ()
    delivered: tuple[Failure, ...] = ()
    original_message_ids: tuple[str, ...] = ()
    waiting: bool = False
    complaint: bool = False

    @property
    def says_something(self) -> bool:
        """Whether it names any recipient."""
        return bool(self.failures or self.delays or self.delivered)


@dataclass(frozen=True, slots=True)
class _Original:
    message_ids: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Status:
    """The fields of one recipient in a delivery status."""

    recipient: str
    names: tuple[str, ...]
    action: str
    status: str
    comment: str
    diagnostic: str
    category: str = ""


def read(root: Part, *, depth: int = 1) -> Report:
    """Return what the mail says, as if it were a bounce; whether it is one, `automatic.origin` decides."""
    text = visible_text(root)
    said, pasted = bounce_texts.cut_original(text)
    if notice := bounce_notices.read(text):
        return _of_notice(notice)
    original, enclosed = _enclosed(root, pasted)
    if not original.message_ids:
        original = replace(original, message_ids=_any_message_id(root, said))
    known = [address.address for address in root.headers.addresses("x-failed-recipients")]
    ours = [address.address for name in ("from", "to") for address in root.headers.addresses(name)]
    statuses = _statuses(root, text)
    passages = bounce_texts.passages(_before_status(said), known=known, ours=[*ours, *original.writers])
    waiting = bool(_WAITING.search(said) or _WAITING_SUBJECT.search(root.headers.text("subject")))
    report = _report(statuses, passages, original, waiting=waiting)
    if not report.says_something and depth and enclosed is not None:
        inner = read(enclosed, depth=depth - 1) if _is_machine(enclosed.headers) else Report()
        if inner.says_something:
            return inner
    if not report.says_something and len(original.addressees) == 1:
        alone = Passage(original.addressees[0], said, said)
        return _report([], [alone], original, waiting=waiting)
    return report


def _of_notice(notice: bounce_notices.Notice) -> Report:
    if notice.complaint:
        return Report(original_message_ids=notice.message_ids, complaint=True)
    statuses = [_Status(each.recipient, (), each.action, each.status, "", each.words) for each in notice.recipients]
    return _report(statuses, [], _Original(notice.message_ids), waiting=False)


def _report(statuses: Sequence[_Status], passages: Sequence[Passage], original: _Original, *, waiting: bool) -> Report:
    failures: list[Failure] = []
    delays: list[Failure] = []
    delivered: list[Failure] = []
    named = (name for each in statuses for name in (each.recipient, *each.names))
    original = replace(
        original, named=frozenset(name.lower() for name in (*named, *(each.recipient for each in passages)))
    )
    for status in statuses[:_MAX_RECIPIENTS]:
        passage = _passage_of(status, passages, alone=len(statuses) == 1)
        lists = {"delayed": delays, "delivered": delivered, "relayed": delivered, "expanded": delivered}
        lists.get(status.action, failures).append(_of_status(status, passage, original))
    if not statuses:
        into = delays if waiting else failures
        into.extend(_of_passage(passage, original) for passage in passages[:_MAX_RECIPIENTS])
    delays = [replace(each, group=Group.EXPIRED) if each.group is Group.UNDEFINED else each for each in delays]
    return Report(tuple(failures), tuple(delays), tuple(delivered), original.message_ids, waiting)


def _of_status(status: _Status, passage: Passage | None, original: _Original) -> Failure:
    text, context = (passage.text, passage.context) if passage else ("", "")
    command = _command(f"{text}\n{status.diagnostic}", context)
    texts = [status.diagnostic or status.comment, *_texts(text, context), status.comment]
    group, codes, _told_by = _group(texts, status.status, command, status.recipient)
    if group in {Group.UNDEFINED, Group.FILTERED}:
        told = by_category(status.category)
        group = group if told is Group.UNDEFINED else told
    words = _TYPE.sub("", status.diagnostic)
    if _NO_WORDS.match(words):
        words = bounce_texts.server_words(text, status.recipient) or status.comment or status.diagnostic
    recipient = status.recipient or (passage.recipient if passage else "")
    if not recipient and len(original.addressees) == 1:
        recipient = original.addressees[0]
    return _failure(recipient, (*status.names, *bounce_texts.aliases(text)), original, group, codes, words)


def _of_passage(passage: Passage, original: _Original) -> Failure:
    near = bounce_texts.server_words(passage.text, passage.recipient)
    texts = [near, *_texts(passage.text, passage.context), passage.context]
    command = _command(passage.text, passage.context)
    group, codes, told_by = _group(texts, "", command, passage.recipient)
    words = near if told_by < 2 and near else bounce_texts.server_words(passage.context, passage.recipient) or near
    return _failure(passage.recipient, bounce_texts.aliases(passage.text), original, group, codes, words)


def _texts(near: str, far: str) -> tuple[str, str]:
    """Return what is said right below a recipient's name, and in all the report, without what is said in every one."""
    return bounce_texts.without_footer(near), bounce_texts.without_footer(far)


def _command(near: str, far: str) -> Command:
    command = command_in(near)
    return command if command is not Command.UNKNOWN else command_in(far)


def _group(texts: Sequence[str], status: str, command: Command, recipient: str) -> tuple[Group, Codes, int]:
    """Return the group, the best codes, and the number of the text that told; the first that says anything counts."""
    codes = Codes()
    for number, text in enumerate(texts):
        if not text.strip():
            continue
        found = codes_in(text, status)
        codes = Codes(codes.status or found.status, codes.reply or found.reply)
        group = classify(_INNER.sub(r"\1", text), codes, command, recipient)
        if group is not Group.UNDEFINED:
            return group, codes, number
    codes = codes if codes.best else codes_in("", status)
    if not codes.best and not any(re.search(r"\w{3}", text.replace(recipient, "")) for text in texts):
        return Group.ON_HOLD, codes, 0
    return by_codes(codes, command, " ".join(texts)), codes, 0


def _failure(
    recipient: str, names: Sequence[str], original: _Original, group: Group, codes: Codes, words: str
) -> Failure:
    others = [name for name in (*names, *_as_we_wrote(recipient, names, original)) if name]
    distinct = {name.lower(): name for name in reversed(others) if name.lower() != recipient.lower()}
    return Failure(
        recipient=recipient,
        other_names=tuple(reversed(distinct.values())),
        original_message_ids=original.message_ids,
        permanent=is_hard(group, codes),
        group=group,
        code=codes.best,
        words=bounce_texts.one_line(words),
    )


def _as_we_wrote(recipient: str, names: Sequence[str], original: _Original) -> list[str]:
    """Return which of the original's addressees the recipient must be, where aliases hide it."""
    called = {recipient.lower(), *(name.lower() for name in names)}
    if any(address.lower() in called for address in original.addressees):
        return []
    addressees = [address for address in original.addressees if address.lower() not in original.named]
    if len(addressees) == 1:
        return addressees
    local, _, domain = recipient.lower().partition("@")
    for at, piece in ((0, local), (2, domain)):
        alike = [address for address in addressees if address.lower().partition("@")[at] == piece]
        if len(alike) == 1:
            return alike
    return []


def _passage_of(status: _Status, passages: Sequence[Passage], *, alone: bool) -> Passage | None:
    names = {name.lower() for name in (status.recipient, *status.names)}
    for passage in passages:
        if passage.recipient.lower() in names:
            return passage
    return passages[0] if alone and len(passages) == 1 else None


def visible_text(root: Part) -> str:
    """Return the text for people, without the enclosed mail."""
    for part in root.walk():
        if not part.is_multipart and part.content_type == "text/plain" and part.disposition.value != "attachment":
            if part.content.strip():
                return part.text[: bounce_texts.LONGEST_TEXT]
        elif part.content_type in STATUS_TYPES | _ORIGINAL_TYPES:
            break
    if any(part.content_type == "text/html" for part in root.walk()):
        return read_content(root).text[: bounce_texts.LONGEST_TEXT]
    return "" if root.is_multipart else root.text[: bounce_texts.LONGEST_TEXT]


def _enclosed(root: Part, pasted: str) -> tuple[_Original, Part | None]:
    """Return what the undelivered mail says of itself, and its tree."""
    leaves = [part for part in root.walk() if not part.is_multipart and part is not root]
    for part in leaves:
        if part.content_type in _ORIGINAL_TYPES:
            inner = parse_message(part)
            return _original(inner.headers), inner
    for part in leaves:
        if part.content_type in _HEADER_TYPES or (part.content_type == "text/plain" and part is not leaves[0]):
            headers = parse(part.content).headers
            if "message-id" in headers or part.content_type in _HEADER_TYPES:
                return _original(headers), None
    if not pasted.strip():
        return _Original(), None
    inner = parse(pasted.encode("utf-8", "replace"))
    return _original(inner.headers), inner


def _any_message_id(root: Part, said: str) -> tuple[str, ...]:
    """Return the id that a report mentions in passing: in its text, a mangled copy of the mail, its own header."""
    found = _QUOTED_ID.findall(said) or _LOOSE_ID.findall(
        root.source[root.body_start :][:_LONGEST_SEARCHED].decode("utf-8", "replace")
    )
    if not found:
        found = [token for name in ("in-reply-to", "references") for token in message_ids(root.headers.raw(name))]
    return tuple(found[:1])


def enclosed_message_ids(root: Part) -> tuple[str, ...]:
    """Return the Message-ID of the mail that a report encloses as a part."""
    return _enclosed(root, "")[0].message_ids


def _original(headers: Headers) -> _Original:
    ids = [token for value in headers.all_raw("message-id") for token in message_ids(value)]
    return _Original(
        tuple(dict.fromkeys(ids))[:5],
        tuple(dict.fromkeys(each.address for name in ("to", "cc", "bcc") for each in headers.addresses(name))),
        tuple(each.address for name in ("from", "return-path", "sender") for each in headers.addresses(name)),
    )


def _statuses(root: Part, text: str) -> list[_Status]:
    """Return the recipients of the delivery status, which some servers put into the text for people."""
    blocks = [part.text for part in root.walk() if part.content_type in STATUS_TYPES]
    if not blocks and len(_STATUS_FIELDS.findall(text)) >= 2:
        blocks = [text[_STATUS_FIELDS.search(text).start() :]]  # type: ignore[union-attr]
    found = []
    for group in re.split(r"\n[ \t]*\n", "\n\n".join(blocks)):
        headers = parse_headers(re.sub(r"(?m)^[ \t]+(?=[\w-]+:)", "", group).encode("utf-8", "replace"))
        if any(name in headers for name in ("final-recipient", "original-recipient", "action")):
            found.append(_status(headers))
    return [status for status in found if status.recipient or status.diagnostic or len(found) == 1]


def _status(headers: Headers) -> _Status:
    fields = ("final-recipient", "original-recipient", "x-actual-recipient")
    called = [name for field in fields for name in recipients_in(one_line(decode(headers.raw(field))))]
    status = headers.text("status")
    action = headers.text("action").lower().split(" ")[0].split(";")[0]
    if not action and status.startswith("2"):
        action = "delivered"
    comment = _COMMENT.search(status)
    return _Status(
        recipient=called[0] if called else "",
        names=tuple(dict.fromkeys(called[1:])),
        action=action,
        status=status,
        comment=comment[1] if comment else "",
        diagnostic=one_line(decode(headers.raw("diagnostic-code"))),
        category=headers.text("x-powermta-bouncecategory"),
    )


def recipients_in(value: str) -> list[str]:
    """Return the address in a recipient field, as written and with its xtext (RFC 3461 4) undone."""
    match = _ADDRESS.search(_TYPE.sub("", value))
    if match is None:
        return []
    plain = _XTEXT.sub(lambda code: chr(int(code[1], 16)), match[0])
    return [match[0]] if plain == match[0] or "@" not in plain else [match[0], plain]


def _before_status(said: str) -> str:
    fields = _STATUS_FIELDS.search(said)
    return said[: fields.start()] if fields else said


def _is_machine(headers: Headers) -> bool:
    return (
        "mailer-daemon" in headers.text("from").lower()
        or headers.parameters("content-type").value == "multipart/report"
    )
