"""Lines of history for many conversations at once, written by the database in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from csplatform.common import clock
from csplatform.common.bulk import as_json
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import EventVerb, Message, MessageKind
from csplatform.live.announce import EVERYTHING, Announcement, Changed, announce_all, person_group, team_group

# What differs from line to line; everything else is the same in all of them.
_OWN = ("conversation_id", "seq", "revision", "verb", "data", "key")

_WRITE = """
WITH told AS (
    SELECT conversation_id, verb, data, row_number() OVER (PARTITION BY conversation_id ORDER BY place) AS nth
    FROM ROWS FROM (json_to_recordset(%s::json) AS (conversation_id bigint, verb text, data jsonb))
        WITH ORDINALITY AS line (conversation_id, verb, data, place)
), counted AS (
    SELECT conversation_id, count(*)::int AS number FROM told GROUP BY conversation_id
), changed AS (
    UPDATE conversations_conversation AS conversation
    SET last_seq = last_seq + number, revision = revision + number, updated_at = %s
    FROM counted WHERE conversation.id = counted.conversation_id
    RETURNING conversation.id, last_seq - number AS seq, revision, revision - number AS before, team_id, assignee_id
), written AS (
    INSERT INTO conversations_message ({own}, {alike})
    SELECT told.conversation_id, seq + nth, before + nth, verb, data, gen_random_uuid(), {values}
    FROM told JOIN changed ON changed.id = told.conversation_id ORDER BY changed.id, nth
    RETURNING id, conversation_id, seq, verb
)
SELECT written.id, conversation_id, verb, assignee_id, team_id, revision
FROM written JOIN changed ON changed.id = conversation_id ORDER BY conversation_id, written.seq
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What happened in a conversation."""

    conversation_id: int
    verb: EventVerb
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of history that was written, and whose conversation it is in."""

    message_id: int
    conversation_id: int
    verb: EventVerb
    assignee_id: int | None


def record_all(lines: Sequence[Line], by: Actor) -> list[Recorded]:
    """Write lines of history into conversations that are locked, in their order, and tell the agents' screens.

    Instances of these conversations are not kept up: whoever holds any must read them again.
    """
    if not lines:
        return []
    at = clock.now()
    template = Message(kind=MessageKind.EVENT, author=by.user, sent_at=at)
    fields = [field for field in Message._meta.local_concrete_fields if field.column not in {"id", *_OWN}]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(f"%s::{field.db_type(connection)}" for field in fields)
    alike = [field.get_db_prep_save(field.pre_save(template, True), connection) for field in fields]
    rows = [
        {
            "conversation_id": line.conversation_id,
            "verb": line.verb.value,
            "data": line.facts | {"actor": by.kind.value},
        }
        for line in lines
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE.format(own=", ".join(_OWN), alike=columns, values=values),
            [as_json(rows), at, *alike],
        )
        written = cursor.fetchall()
    announce_all(_news(*news) for news in {(row[1], *row[3:]) for row in written})
    return [Recorded(message_id, where, EventVerb(verb), whose) for message_id, where, verb, whose, *_ in written]


def _news(conversation_id: int, assignee_id: int | None, team_id: int | None, revision: int) -> Announcement:
    """For agents only: history stays inside."""
    groups = [EVERYTHING, team_group(team_id), *([person_group(assignee_id)] if assignee_id else [])]
    return Announcement(groups, Changed(conversation=conversation_id, revision=revision))
