"""Writing notifications down: one statement however many people and conversations are concerned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from csplatform.live.announce import Announcement, Notified, announce_all, person_group
from csplatform.notifications.models import Kind


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody is to be told of a line of the timeline."""

    user_id: int
    kind: Kind
    conversation_id: int
    message_id: int


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
    """Write notifications down, the newest last; those concerned hear of it after commit. Needs a transaction."""
    rows = _folded(tellings)
    if not rows:
        return
    told = [telling for telling, _count in rows]
    values: dict[str, Any] = {
        "users": [telling.user_id for telling in told],
        "conversations": [telling.conversation_id for telling in told],
        "kinds": [telling.kind.value for telling in told],
        "messages": [telling.message_id for telling in told],
        "counts": [count for _telling, count in rows],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
        written = cursor.fetchall()
    announce_all(Announcement([person_group(user_id)], Notified(where)) for user_id, where in written)


def _folded(tellings: Iterable[Telling]) -> list[tuple[Telling, int]]:
    """Return the newest telling of each kind in each conversation, and how many there are: a statement may touch a
    row only once.
    """
    rows: dict[tuple[int, int, Kind], tuple[Telling, int]] = {}
    for telling in tellings:
        key = telling.user_id, telling.conversation_id, telling.kind
        rows[key] = telling, rows[key][1] + 1 if key in rows else 1
    return list(rows.values())
