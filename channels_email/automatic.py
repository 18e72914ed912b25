"""Which mails no person wrote, told by what their header says of itself. Pure.

RFC 3834 (automatic answers), RFC 3462 and 6522 (reports), RFC 2919 and 2369 (lists), and the older marks that
autoresponders set. List mail is a person's, so it is not automatic, but it must not be answered by a machine either.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from channels_email.headers import Headers
from channels_email.mime import Part


class Kind(StrEnum):
    """What sort of machine wrote, empty for a person."""

    PERSON = ""
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a mail comes from. `bulk`: it went to many, and the sender expects no answer from a machine."""

    kind: Kind
    bulk: bool

    @property
    def automatic(self) -> bool:
        """Whether no person wrote it."""
        return self.kind is not Kind.PERSON


_AUTO_MARKS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-autoanswer",
)
_LIST_MARKS = ("list-id", "list-unsubscribe", "list-post", "x-mailing-list", "x-beenthere", "x-mailman-version")
_DAEMON = re.compile(r"(?i)^(?:mailer-daemon|postmaster|mail-daemon|mmdf|daemon)(?:@|$)")
_FAILURE = re.compile(
    r"(?i)undeliver|delivery (?:status|failure|has failed|report|problem|notification)|returned (?:mail|to sender)"
    r"|mail (?:delivery|system) (?:failed|error|failure)|failure notice|could ?n.t be delivered|non.?remis"
    r"|unzustellbar|no se (?:ha )?pudo entregar|退信|配信.*失敗|返送"
)
_REPORTS = {"delivery-status": Kind.BOUNCE, "feedback-report": Kind.REPORT, "disposition-notification": Kind.REPORT}


def origin(root: Part, *, sender: str, envelope_from: str | None) -> Origin:
    """Return who or what wrote the mail; `envelope_from` is the return path, None where the door does not know it."""
    headers = root.headers
    return_path = envelope_from if envelope_from is not None else _return_path(headers)
    return Origin(_kind(root, sender, return_path), _is_bulk(headers))


def _kind(root: Part, sender: str, return_path: str | None) -> Kind:
    headers = root.headers
    if root.content_type == "multipart/report":
        return _REPORTS.get(root.type_parameters.get("report-type").lower(), Kind.REPORT)
    if _DAEMON.search(sender) and (return_path == "" or _FAILURE.search(headers.text("subject"))):
        return Kind.BOUNCE
    if _is_auto_reply(headers):
        return Kind.AUTO_REPLY
    if return_path == "":
        return Kind.BOUNCE if _FAILURE.search(headers.text("subject")) else Kind.AUTO_REPLY
    return Kind.PERSON


def _is_auto_reply(headers: Headers) -> bool:
    submitted = headers.text("auto-submitted").lower().split(";")[0].strip()
    if submitted and submitted != "no":
        return True
    if headers.text("precedence").lower() in {"auto_reply", "auto-reply"}:
        return True
    return any(headers.text(mark).lower() not in {"", "no", "false"} for mark in _AUTO_MARKS)


def _is_bulk(headers: Headers) -> bool:
    if headers.text("precedence").lower() in {"bulk", "list", "junk"}:
        return True
    if headers.text("x-auto-response-suppress").lower() not in {"", "none"}:
        return True
    return any(mark in headers for mark in _LIST_MARKS)


def _return_path(headers: Headers) -> str | None:
    if "return-path" not in headers:
        return None
    return headers.text("return-path").strip("<> ")
