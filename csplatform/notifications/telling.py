"""Writing notifications down: one statement however many people and conversations are concerned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import connection

from csplatform.conversations.models import Message
from csplatform.live.announce import Announcement, Notified, announce_all, person_group
from csplatform.notifications.models import Kind


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody is to be told of a line of the timeline."""

    user_id: int
    kind: Kind
    message: Message


@dataclass(slots=True)
class _Row:
    """What becomes of the tellings of one kind in one conversation: the newest line, and how many they are."""

    user_id: int
    conversation_id: int
    kind: str
    message_id: int
    count: int = 0


# The inner select leaves out who is no longer here and who does not want to hear of it. What the person has not
# seen yet is counted on. Rows are taken in one order, so that two who write at once never wait for each other.
_WRITE = """
    INSERT INTO notifications_notification AS known (user_id, conversation_id, kind, message_id, count, created_at)
    SELECT told.user_id, told.conversation_id, told.kind, told.message_id, told.count, %(at)s
    FROM unnest(%(users)s::bigint[], %(conversations)s::bigint[], %(kinds)s::text[], %(messages)s::bigint[],
        %(counts)s::int[]) AS told (user_id, conversation_id, kind, message_id, count)
    JOIN people_user person ON person.id = told.user_id AND person.is_active
    WHERE NOT EXISTS (
        SELECT FROM notifications_preference preference
        WHERE preference.user_id = told.user_id AND preference.kind = told.kind AND preference.way = 'none'
    )
    ORDER BY told.conversation_id, told.user_id, told.kind
    ON CONFLICT (user_id, conversation_id, kind) WHERE seen_at IS NULL DO UPDATE
    SET message_id = excluded.message_id, count = known.count + excluded.count, created_at = excluded.created_at
    RETURNING user_id, conversation_id
"""


def tell(tellings: Iterable[Telling], at: datetime) -> None:
    """Write notifications down and let the screens of those concerned know after commit. Needs a transaction."""
    rows = _folded(tellings)
    if not rows:
        return
    columns: dict[str, Any] = {
        f"{name}s": [getattr(row, f"{name}_id") for row in rows] for name in ("user", "conversation", "message")
    }
    values = columns | {"kinds": [row.kind for row in rows], "counts": [row.count for row in rows], "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        told = cursor.fetchall()
    announce_all(Announcement([person_group(user_id)], Notified(conversation_id)) for user_id, conversation_id in told)


def _folded(tellings: Iterable[Telling]) -> list[_Row]:
    """One statement may touch a row once only."""
    rows: dict[tuple[int, int, str], _Row] = {}
    for telling in sorted(tellings, key=attrgetter("message.seq")):
        message = telling.message
        key = telling.user_id, message.conversation_id, telling.kind.value
        row = rows.setdefault(key, _Row(*key, message_id=message.pk))
        row.message_id = message.pk
        row.count += 1
    return list(rows.values())
