"""How much a mail looks like spam to the filters it passed. Pure.

Anybody may have written these fields, so they can only make a mail look worse: the highest score counts, and nothing
is believed that says a mail is good.
"""

import re
from collections.abc import Iterator

from channels_email.headers import Headers

# What a filter's bare “yes” counts for: SpamAssassin's own threshold, and Exchange's for junk.
USUAL_THRESHOLD = 5.0
_NUMBER = re.compile(r"[+-]?\d{1,4}(?:\.\d{1,6})?")
_STATUS = re.compile(r"(?i)\b(?:score|hits)\s*=\s*([+-]?\d{1,4}(?:\.\d{1,6})?)")
_RSPAMD = re.compile(r"\[\s*([+-]?\d{1,4}(?:\.\d{1,6})?)\s*/")
_SCL = re.compile(r"(?i)(?:^|;)\s*SCL:\s*(-?\d)\s*(?:;|$)")
_BULK = re.compile(r"(?i)(?:^|;)\s*BCL:\s*(\d)\s*(?:;|$)")
# Microsoft's complaint level of a bulk sender, 0 to 9: these have many.
_MANY_COMPLAINTS = 8
_FIELDS = (
    *("x-spam-score", "x-spam-status", "x-spam-flag", "x-spamd-result", "x-spam"),
    *("x-ms-exchange-organization-scl", "x-forefront-antispam-report", "x-microsoft-antispam"),
)


def score(headers: Headers) -> float | None:
    """Return the worst that a filter said, None where none said anything. 5 is where most begin to speak of spam."""
    found = [value for name in _FIELDS if name in headers for value in _scores(headers, name)]
    return max(found, default=None)


def _scores(headers: Headers, name: str) -> Iterator[float]:
    for raw in headers.all_raw(name):
        text = raw.decode("ascii", "replace").strip()
        match name:
            case "x-spam-score":
                yield from _plain(text, in_tenths="x-spam-bar" in headers)
            case "x-spam-status":
                yield from _status(text)
            case "x-spam-flag" | "x-spam":
                yield from [USUAL_THRESHOLD] if text.lower().startswith(("yes", "true")) else []
            case "x-spamd-result":
                yield from map(float, _RSPAMD.findall(text)[:1])
            case "x-ms-exchange-organization-scl":
                yield from map(float, _NUMBER.findall(text)[:1])
            case "x-forefront-antispam-report":
                yield from map(float, _SCL.findall(text)[:1])
            case _:
                yield from [USUAL_THRESHOLD for level in _BULK.findall(text)[:1] if int(level) >= _MANY_COMPLAINTS]


def _plain(text: str, *, in_tenths: bool) -> Iterator[float]:
    """A number, or a row of plus signs. Exim's `X-Spam-Score` beside `X-Spam-Bar` is in tenths, and whole."""
    if match := _NUMBER.match(text):
        yield float(match[0]) / (10 if in_tenths and "." not in match[0] else 1)
    elif text.startswith("+"):
        yield float(len(text) - len(text.lstrip("+")))


def _status(text: str) -> Iterator[float]:
    if match := _STATUS.search(text):
        yield float(match[1])
    elif text.lower().startswith("yes"):
        yield USUAL_THRESHOLD
