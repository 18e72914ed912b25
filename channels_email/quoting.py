"""What the person wrote, apart from what they quoted and signed with. Pure.

No kept library does this well enough: on 35 answered mails in 13 languages, mail-parser-reply folds 9 exactly,
email-reply-parser 14 and quotequail 15. The wording of mail programs stands in `quoting_phrases`; the rules here
know only shapes of lines.

The story of a mail, from the top: what was written, then (maybe) where a signature or the earlier mail begins. A mail
that starts with the quotation is answered below it. A mail that answers between quoted lines keeps them, since
neither makes sense alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from channels_email import quoting_phrases as phrases

# Longer texts (logs, dumps) are left as they are.
MAX_LINES = 5_000
_QUOTED = re.compile(r"[ \t]*[>|\uff1e]")
_SIGNATURE = re.compile(r"[ \t]*(?:--|\u2014+|\u2013{2,})[ \t]*")
# Underlines are drawn above the footer of a mailing list, and elsewhere too: only a short rest counts.
_FOOTER = re.compile(r"[ \t]*_{2,}[ \t]*")
_FOOTER_LINES = 6
_RULE = re.compile(r"[ \t*>]*[-_=\u2500\u2501]{10,}[ \t*]*")
_FORWARDED_LINES = 12
# Mail programs break a long attribution; some leave blank lines within.
_ATTRIBUTION_LINES = 8
_HEADER_LINES = 8


@dataclass(frozen=True, slots=True)
class Folded:
    """The text that was written, and whether anything was folded away."""

    text: str
    is_shorter: bool


def fold(text: str) -> Folded:
    """Return what the person wrote in `text`; never empty where `text` has anything to read."""
    whole = _trim(text.split("\n"))
    written = _trim(_written(whole)) if len(whole) <= MAX_LINES else whole
    if not any(line.strip() for line in written):
        written = whole
    return Folded("\n".join(written), len(written) < len(whole))


def _written(lines: list[str]) -> list[str]:
    lines = _below_quotation(lines)
    cut = _first_cut(lines)
    lines = _trim(lines[:cut])
    return _without_signature(_without_trailing_quote(lines))


def _below_quotation(lines: list[str]) -> list[str]:
    """Return what follows a quotation that opens the mail, where something does."""
    after = _attribution_end(lines, 0) or _forward_end(lines)
    if after is None:
        return lines
    quoted = after
    while quoted < len(lines) and (is_quoted(lines[quoted]) or not lines[quoted].strip()):
        quoted += 1
    below = _trim(lines[quoted:])
    return below if below and not _is_closing(below) else lines


def _is_closing(lines: Sequence[str]) -> bool:
    """Tell whether `lines` begin with a signature: then nothing was written there."""
    return bool(_SIGNATURE.fullmatch(lines[0])) or phrases.is_device(lines[0])


def _first_cut(lines: Sequence[str]) -> int:
    """Return the number of the line where the earlier mail begins, the number of lines where there is none."""
    ends = [phrases.may_end_attribution(line) for line in lines]
    for index, line in enumerate(lines):
        if index == 0 or not line.strip():
            continue
        if phrases.is_divider(line) or _begins_header(lines, index):
            return _with_rule(lines, index)
        end = _attribution_end(lines, index) if any(ends[index : index + _ATTRIBUTION_LINES]) else None
        if end is not None and not _is_answered_between(lines, end):
            return _with_rule(lines, index)
    return len(lines)


def _with_rule(lines: Sequence[str], index: int) -> int:
    """Return `index`, or that of the ruled line above it, which mail programs draw there."""
    above = index - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    return above if above > 0 and _RULE.fullmatch(lines[above]) else index


def _attribution_end(lines: Sequence[str], index: int) -> int | None:
    """Return the line after “On …, somebody wrote:” at `index`, None where it stands not there. It may be broken."""
    window = lines[index : index + _ATTRIBUTION_LINES]
    if not window or not phrases.may_begin_attribution(window[0]):
        return None
    joined, blank = "", False
    for count, raw in enumerate(window, start=index):
        line = raw.strip()
        if blank and not line.startswith("<"):
            return None
        blank = not line
        joined = f"{joined} {line}".strip()
        if phrases.may_end_attribution(line) and phrases.is_attribution(joined):
            return count + 1
    return None


def _is_answered_between(lines: Sequence[str], start: int) -> bool:
    """Tell whether own words stand below or between the quoted lines from `start` on."""
    rest = _without_signature(_trim(list(lines[start:])))
    first = next((line for line in rest if line.strip()), "")
    if not first.lstrip().startswith(">"):
        return False
    return not is_quoted(rest[-1]) and not _wraps(rest)


def _wraps(lines: Sequence[str]) -> bool:
    """Tell whether the last lines are only the overhang of quoted ones that a mail program broke."""
    unquoted = [line for line in lines if line.strip() and not is_quoted(line)]
    quoted = sum(is_quoted(line) for line in lines)
    return all(len(line) < 25 for line in unquoted) and len(unquoted) * 2 <= quoted


def _begins_header(lines: Sequence[str], index: int) -> bool:
    """Tell whether a quoted header block (From, Sent, To, Subject) begins at `index`."""
    if not phrases.header_name(lines[index]):
        return False
    names = set()
    for line in [line for line in lines[index : index + _HEADER_LINES * 2] if line.strip()][:_HEADER_LINES]:
        name = phrases.header_name(line)
        if name:
            names.add(name)
    return "from" in names and len(names) >= 3


def _forward_end(lines: Sequence[str]) -> int | None:
    """Return the line after a forwarded mail's header, where the mail begins with one."""
    if not lines or not (phrases.is_divider(lines[0]) or _begins_header(lines, 0)):
        return None
    for index in range(1, min(_FORWARDED_LINES, len(lines))):
        if not lines[index].strip() and any(phrases.header_name(line) for line in lines[1:index]):
            return index
    return None


def _without_trailing_quote(lines: list[str]) -> list[str]:
    """Take off the quoted lines at the end; a mail that is nothing but a quotation stays."""
    end = len(lines)
    while end and (is_quoted(lines[end - 1]) or not lines[end - 1].strip()):
        end -= 1
    return _trim(lines[:end]) if end else lines


def _without_signature(lines: list[str]) -> list[str]:
    """Take off the signature: from its delimiter on, and what a device adds by itself."""
    for index, line in enumerate(lines):
        if index and _opens_signature(line, len(lines) - index) and not any(map(is_quoted, lines[index:])):
            lines = _trim(lines[:index])
            break
    end = len(lines)
    while end > 1 and (not lines[end - 1].strip() or phrases.is_device(lines[end - 1])):
        end -= 1
    return _trim(lines[:end])


def _opens_signature(line: str, lines_left: int) -> bool:
    return bool(_SIGNATURE.fullmatch(line)) or (lines_left <= _FOOTER_LINES and bool(_FOOTER.fullmatch(line)))


def is_quoted(line: str) -> bool:
    """Tell whether `line` is marked as quoted."""
    return _QUOTED.match(line) is not None


def _trim(lines: list[str]) -> list[str]:
    """Return `lines` without the blank ones around them."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end]
