"""What a free-form bounce says to its reader: which recipients, which words about each. Pure, nothing in here raises.

No server's format is followed line by line. They all do the same: name an address, alone on a line or at the end of a
sentence, say why, and append the mail that could not be delivered.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from channels_email.phrases import any_of

# The part of a bounce that its reader looks at; what lies beyond is somebody's mail.
LONGEST_TEXT = 64 * 1024
_LONGEST_SAID = 16 * 1024
_LONGEST_SENTENCES = 4000
LONGEST_WORDS = 300

ADDRESS = r"(?:\"[^\"\n@]{1,64}\"|[^\s<>()\[\],;:\"'|\\@]{1,100})@(?:[\w.-]{1,250}|\[[\d.:a-fA-F]+\])"
_ADDRESS = re.compile(ADDRESS)
_ORIGINAL = re.compile(
    r"(?im)^[ \t>|*=_#-]*(?:"
    + any_of(
        r"""
(?:below this line|enclosed) is a copy|this is a copy of (?:the|your) message|below is a copy of|included is a copy
a copy of (?:the|your) (?:original )?message (?:is|follows)|message headers? follows?|header of (?:your|the) message
original message (?:headers?|follows|below|text|mail info)|original message\b[ \t:|*=_#-]*$
the headers? of the original message|(?:unsent|returned|original|undelivered) message(?: follows)?[ \t:|*=_#-]*$
message (?:text|header|body)s? follows|(?:possibly )?truncated original message follows
(?:ursprüngliche|originale?) (?:nachricht|kopfzeilen)|en-têtes (?:de )?message|message d'origine|mensaje original
encabezados de mensaje|messaggio originale|原始?(?:邮件|郵件)(?:内容|內容|正文|如下)?[：: \t-]*$
元のメール|元のメッセージ|オリジナルメッセージ|원본 메시지
"""
    ).pattern
    + ")"
)
_FIELD = re.compile(
    r"(?i)(?:received|return-path|message-id|mime-version|from|to|cc|subject|date|sender|reply-to|x-[\w-]+"
    r"|content-[\w-]+"
    r"|dkim-signature|delivered-to|arc-[\w-]+|authentication-results|user-agent|references|in-reply-to|list-[\w-]+"
    r"|importance"
    r"|envelope-to|delivery-date|precedence|auto-submitted):"
)
_TRACE = re.compile(r"(?i)(?:received|return-path|message-id|mime-version|dkim-signature|x-[\w-]+):")
_ALONE = re.compile(rf"[\s>*•·-]*[\"'<(\[]*({ADDRESS})[\"'>)\]]*[:;,.]*\s*")
_TWICE = re.compile(rf"[\s>*•·-]*({ADDRESS})\s*<(?:mailto:)?({ADDRESS})>(?:\s*:.*|\s*)")
_AND_WORDS = re.compile(
    rf"[\s>*•·-]{{0,12}}(?:<({ADDRESS})>[:;,]?|[\"']?({ADDRESS})[\"']?(?::|,?(?=\s+(?:\(|\.\.\.|invalid|error|on\s"
    rf"|said|is\s|-\s|=>|\w+ error))))"
    r"\s*(\S.*)",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"\s*[^\s<@:][^<@:\n]{{0,60}}<mailto:({ADDRESS})>\s*(?:<br>)?\s*", re.IGNORECASE)
_LABEL = re.compile(
    r"(?im)^[ \t*>-]{0,40}(?:"
    + any_of(
        r"""
(?:original |final |failed |intended )?recipients?(?: address)?|rcpt(?: to)?|destination|addressed to
e-?mail(?: address)?|failed address|destinataires?|empfänger|destinatarios?|получатель|odbiorca|ontvanger
收件人|收件者|宛先|あて先|受信者|送信先|수신자|받는 ?사람
"""
    ).pattern
    + rf")[ \t]*[:：][ \t]*(?:rfc822;[ \t]*)?[\"'<]*({ADDRESS})"
)
_SENTENCE = re.compile(
    r"(?is)(?:unknown user|final delivery userid|no such user|undeliverable|undelivered|deliver(?:ed|ing|y)?"
    r"|sen[dt]|relayed|reach(?:ed)?|rejected|allowed size"
    r"|mailbox|attempts|recipients?|following|address|message|failed|投递|送达|发送|配信|送信|zugestellt|remis|entreg\w+"
    r"|доставлен\w*)"
    rf"[^@\n]{{0,80}}?\n?[^@\n]{{0,80}}?(?<![\w.+-])[<(（“\"']*({ADDRESS})"
)
_COMMAND = re.compile(rf"(?i)rcpt to: ?<?({ADDRESS})")
# Who to turn to, or who wrote: no recipient.
_NOT_RECIPIENT = re.compile(
    r"(?i)(?:contact|support|help|assist|questions?|from|sender|reporter|mailto|https?:|forward|postmaster"
    r"|administrator|ask|reply|write|report)"
    r"[^@\n]{0,50}$"
)
_TRANSCRIPT = re.compile(r"(?im)^[ \t-]*(?:----- )?transcript of (?:the )?session follows.*$")
_FOOTER = re.compile(
    r"(?im)^(?:[ \t]*[-=*_]{8,}[ \t]*$|if your message was also sent|(?:please )?(?:do not|don't) reply|for (?:further"
    r"|more) (?:assistance|information|help)"
    r"|this (?:is an? )?(?:automatically|auto-)|(?:the )?message (?:subject|date|identifier|reference) was"
    r"|[ \t]*Reporting-MTA:|[ \t]*Final-Recipient:"
    r"|Рекомендуем|--[\w+/.=-]{10,}[ \t]*$)"
)
_GAVE_UP = re.compile(
    r"(?i)(?:i'm not going to try again;? ?this message has been in the queue too long|giving up on [\d.]+"
    r"|\[(?:rcpt_to|mail_from|data)\]|this is a permanent error)\.?"
)
_REPLY = re.compile(r"(?<![\w.:/#-])[45]\d\d(?:[- :]+(?=\S)|$)")
_SAID = re.compile(
    r"(?i)(?:said|reason(?: was| for the problem)?|diagnostic[- ]code|error(?: message| was)?|response|because|原因"
    r"|理由)\s*[:：]\s*"
)
_EXPANDED = re.compile(rf"(?i)\((?:ultimately )?(?:generated|expanded|forwarded) (?:from|by):? ?<?({ADDRESS})>?\)")
_NEXT_STEP = re.compile(r"\n[ \t]*(?:In:|Out:|>>>|\.\.\. while|-{3,}|={3,})")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """What is said about one recipient: right below its name, and (`context`) in all of the report about it alone."""

    recipient: str
    text: str
    context: str


def cut_original(text: str) -> tuple[str, str]:
    """Return what the server says, and the mail it pasted below (empty where there is none)."""
    text = text[:LONGEST_TEXT]
    marked = _ORIGINAL.search(text)
    header = _pasted_header(text)
    cuts = [at for at in (marked.start() if marked else None, header) if at is not None]
    if not cuts:
        return text[:_LONGEST_SAID], ""
    at = min(cuts)
    tail = text[at:]
    if marked is not None and at == marked.start():
        tail = tail[tail.find("\n") + 1 :] if "\n" in tail else ""
    return text[: min(at, _LONGEST_SAID)], tail.lstrip("\n |")


def _pasted_header(text: str) -> int | None:
    """Return where at least three lines of a mail's header follow each other, one of them a relay's or a program's."""
    start, fields, trace, at = 0, 0, False, 0
    for line in text.split("\n"):
        if _FIELD.match(line):
            start = at if not fields else start
            fields += 1
            trace = trace or bool(_TRACE.match(line))
            if fields >= 3 and trace:
                return start
        elif not (line[:1] in {" ", "\t"} and fields):
            fields, trace = 0, False
        at += len(line) + 1
    return None


def passages(text: str, *, known: Sequence[str] = (), ours: Iterable[str] = ()) -> list[Passage]:
    """Return the recipients in `text`, each with what is said of it.

    `known` are recipients that a header names; `ours` are addresses that wrote or got the mail and hardly failed.
    """
    lines = text.split("\n")
    starts = _recipient_lines(lines)
    if starts:
        return _split(lines, starts)
    own = {address.lower() for address in ours}
    found = list(known) or _from_sentences(text, own)
    return [Passage(address, text, text) for address in dict.fromkeys(found)]


def _recipient_lines(lines: list[str]) -> list[tuple[int, str]]:
    """Return the lines that begin what is said about a recipient."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        if "@" not in line or len(line) > 1000:
            continue
        address = _leading_address(line)
        if address and not (found and found[-1][1] == address and found[-1][0] == number - 1):  # a folded line
            found.append((number, address))
    return found


def _leading_address(line: str) -> str:
    if match := _TWICE.fullmatch(line):
        return match[2]
    if match := _ALONE.fullmatch(line) or _NAMED.fullmatch(line):
        return match[1]
    if match := _AND_WORDS.fullmatch(line):
        return match[1] or match[2]
    return ""


def _split(lines: list[str], starts: list[tuple[int, str]]) -> list[Passage]:
    ends = [number for number, _ in starts[1:]] + [len(lines)]
    said: dict[str, Passage] = {}
    for (number, address), end in zip(starts, ends, strict=True):
        text = "\n".join(lines[number:end])
        key = address.lower()
        known = said.get(key)
        if known is None or (len(known.text) < len(address) + 12 and len(text) > len(known.text)):
            said[key] = Passage(address, text, text)
    found = list(said.values())
    if len(found) > 1:
        return _share_transcript(found, "\n".join(lines))
    return [Passage(found[0].recipient, found[0].text, "\n".join(lines))]


def _share_transcript(found: list[Passage], text: str) -> list[Passage]:
    """Give each recipient its share of a common transcript at the end."""
    transcript = _TRANSCRIPT.search(text)
    if transcript is None:
        return found
    blocks = re.split(r"\n(?=>>> |\.\.\. while talking)", text[transcript.end() :])
    shared = []
    for passage in found:
        own = _TRANSCRIPT.split(passage.text)[0]
        mine = [block for block in blocks if passage.recipient.lower() in block.lower()]
        said = "\n".join([own, *mine])
        shared.append(Passage(passage.recipient, said, said))
    return shared


def _from_sentences(text: str, own: set[str]) -> list[str]:
    """Return the addresses that the report's sentences name as failed, else the one it cannot mean otherwise."""
    text = text[:_LONGEST_SENTENCES]
    for pattern in (_LABEL, _SENTENCE, _COMMAND):
        named = [match[1].rstrip(".") for match in pattern.finditer(text) if not _is_aside(text, match.start(1))]
        if failed := [address for address in named if address.lower() not in own]:
            return failed[:20]
    for match in _ADDRESS.finditer(text):
        if match[0].lower().rstrip(".") not in own and not _is_aside(text, match.start()):
            return [match[0].rstrip(".")]
    return []


def _is_aside(text: str, at: int) -> bool:
    """Tell whether the address at `at` is whom to ask, or who wrote."""
    before = text[max(0, at - 80) : at].rpartition("\n")[2]
    return bool(_NOT_RECIPIENT.search(before))


def without_footer(text: str) -> str:
    """Return `text` without what servers put below every report, and without phrases that hide the cause."""
    footer = _FOOTER.search(text, min(len(text), 40))
    return _GAVE_UP.sub(" ", text[: footer.start()] if footer else text)


def server_words(text: str, recipient: str = "") -> str:
    """Return the server's own words in `text`: its reply where there is one, on one line, at most 300 characters."""
    plain = without_footer(text).strip()
    reply = _REPLY.search(plain)
    if reply:
        plain = _NEXT_STEP.split(plain[reply.start() :].replace("<<< ", "").split("\n\n")[0])[0]
    elif said := _SAID.search(plain):
        plain = plain[said.end() :].split("\n\n")[0]
    else:
        match = _ALONE.match(plain)
        plain = plain[match.end() :] if match and match[1].lower() == recipient.lower() else plain
    return one_line(plain)


def aliases(text: str) -> tuple[str, ...]:
    """Return the names under which the recipient was written to, where the server says that it forwarded the mail."""
    return tuple(_EXPANDED.findall(text[:1000]))


def one_line(text: str) -> str:
    """Return `text` on one line, at most 300 characters."""
    line = _SPACES.sub(" ", text).strip(" :;<>-.*=")
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1].rstrip() + "…"
