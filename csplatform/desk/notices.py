"""Notifications as they are told: in a sentence, in the reader's language."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from csplatform.common.text import one_line
from csplatform.desk.history import author_of, contact_name
from csplatform.notifications.models import Kind, Notification
from csplatform.notifications.selectors import notifications_of
from csplatform.people.models import User

MOST_SHOWN = 30
LONGEST_PREVIEW = 140
_ICONS = {
    Kind.MENTIONED: "mention",
    Kind.ASSIGNED: "person",
    Kind.MESSAGE: "bubble",
    Kind.NOTE: "lock",
    Kind.WOKEN: "moon",
    Kind.SLA_WARNED: "clock",
    Kind.SLA_BREACHED: "alert",
    Kind.ESCALATED: "flag",
}
# Whose texts say what it is about; the others are lines of history.
_WITH_TEXT = frozenset({Kind.MENTIONED, Kind.MESSAGE, Kind.NOTE})


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification as it is shown; `name` is the customer's, `text` begins what was written, if anything was."""

    row: Notification
    icon: str
    sentence: str
    name: str
    text: str


def notices(user: User) -> list[Notice]:
    """Return the newest that `user` was notified of, in one query."""
    return [notice_of(row) for row in with_all(notifications_of(user))[:MOST_SHOWN]]


def with_all(rows: QuerySet[Notification]) -> QuerySet[Notification]:
    """Return `rows` with everything that a notice tells."""
    whole = rows.select_related("message__author", "message__handle", "conversation__contact", "conversation__handle")
    return whole.order_by("-created_at", "-id")


def notice_of(row: Notification) -> Notice:
    """Put a notification into words."""
    kind, conversation = Kind(row.kind), row.conversation
    by_somebody = row.message.author is not None or kind == Kind.MESSAGE
    return Notice(
        row=row,
        icon=_ICONS[kind],
        sentence=_sentence(kind, author_of(row.message, conversation) if by_somebody else "", row.count),
        name=contact_name(conversation),
        text=one_line(row.message.text, LONGEST_PREVIEW) if kind in _WITH_TEXT else "",
    )


def _sentence(kind: Kind, who: str, count: int) -> str:
    if kind == Kind.MESSAGE:
        text = ngettext("%(who)s wrote", "%(who)s wrote %(count)d messages", count)
        return text % {"who": who, "count": count}
    if kind == Kind.NOTE:
        text = ngettext("%(who)s left a note", "%(count)d new notes, the last by %(who)s", count)
        return text % {"who": who, "count": count}
    told = {
        Kind.MENTIONED: _("%(who)s mentioned you"),
        Kind.ASSIGNED: _("%(who)s assigned this to you") if who else _("This was assigned to you"),
        Kind.WOKEN: _("The conversation woke up"),
        Kind.SLA_WARNED: _("A deadline is near"),
        Kind.SLA_BREACHED: _("A deadline was missed"),
        Kind.ESCALATED: _("This was escalated to you"),
    }
    return told[kind] % {"who": who}
