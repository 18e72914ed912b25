"""Finding conversations. What may be found is the caller's to say, with `visible_conversations`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Message
from csplatform.gateway.ids import stable_id
from csplatform.gateway.models import ChannelAccount
from csplatform.search.query import Query, read
from csplatform.search.windows import windows

# As many as `matching` gives at most; nobody reads so far.
MOST_MATCHES = 1000
# Whoever sees no more conversations than this has each of them looked at: that is quicker than to pass over everybody
# else's.
_FEW = 1000

_FEW_LOOKED_AT = """
SELECT conversation_id, moment, first_seq, last_seq FROM search_document document
WHERE conversation_id = ANY(%s) AND words @@ %s::tsquery AND (moment, conversation_id) < (%s, %s) AND {newest_part}
ORDER BY moment DESC, conversation_id DESC LIMIT %s
"""
# The innermost query comes from the index alone and is put in order, the newest first. Whether a conversation may be
# seen is asked from there on, one by one until there are enough; so neither a common word nor a narrow view makes it
# read everything. The windows are opened in their order, and none after there are enough.
_WINDOWS_LOOKED_INTO = """
SELECT found.conversation_id, found.moment, found.first_seq, found.last_seq
FROM unnest(%s::tsquery[], %s::timestamptz[], %s::timestamptz[]) AS wanted (expression, since, until)
CROSS JOIN LATERAL (
    SELECT document.* FROM (
        SELECT conversation_id, part, moment, first_seq, last_seq FROM search_document
        WHERE words @@ wanted.expression AND moment >= wanted.since AND moment < wanted.until
            AND (moment, conversation_id) < (%s, %s)
        ORDER BY moment DESC, conversation_id DESC OFFSET 0
    ) AS document
    WHERE document.conversation_id IN ({seen}) AND {newest_part}
    LIMIT %s
) AS found
LIMIT %s
"""
# Of a conversation with several parts that match, the newest is what is found.
_NEWEST_PART = """NOT COALESCE((
    SELECT bool_or(newer.words @@ %s::tsquery) FROM search_document newer
    WHERE newer.conversation_id = document.conversation_id AND newer.part > document.part
), false)"""


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation that matches. `moment` is its place in the order, the newest first, with its id.

    What matches is true of the conversation as a whole or stands in its messages from `first_seq` to `last_seq`.
    """

    conversation_id: int
    moment: datetime
    first_seq: int = 0
    last_seq: int = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Past:
    """Where the last page ended: what comes after it is older, or as old with a smaller id."""

    moment: datetime = datetime(9999, 1, 1, tzinfo=UTC)
    conversation_id: int = 0


def find(rows: QuerySet[Conversation], query: Query, *, past: Past | None = None, limit: int) -> list[Found]:
    """Return those of `rows` that match, the newest first, `limit` at most.

    Takes two statements, for something that may be a platform's name for a message one more. What was changed less
    than about two seconds ago may not be known yet.
    """
    if query.number is not None:
        return [] if past else _called(rows, query.number)
    if not query.terms:
        return []
    named = [] if past or not query.reference else _named(rows, query.reference)
    known = {one.conversation_id for one in named}
    found = _look(rows, query.expression, past or Past(), limit)
    return [*named, *(one for one in found if one.conversation_id not in known)][:limit]


def matching(rows: QuerySet[Conversation], text: str) -> QuerySet[Conversation]:
    """Narrow `rows` to the newest thousand of those that match what somebody typed."""
    found = find(rows, read(text), limit=MOST_MATCHES)
    return rows.filter(pk__in=[one.conversation_id for one in found])


def _called(rows: QuerySet[Conversation], number: int) -> list[Found]:
    called = rows.filter(pk=number).order_by().values_list("pk", Coalesce("last_message_at", "created_at"))
    return [Found(pk, moment) for pk, moment in called]


def _named(rows: QuerySet[Conversation], reference: str) -> list[Found]:
    accounts = ChannelAccount.objects.order_by().values("pk")
    messages = Message.objects.filter(account__in=accounts, external_id=stable_id(reference)).order_by()
    named = rows.filter(pk__in=messages.values("conversation_id")).order_by()
    return [Found(pk, moment) for pk, moment in named.values_list("pk", Coalesce("last_message_at", "created_at"))]


def _look(rows: QuerySet[Conversation], expression: str, past: Past, limit: int) -> list[Found]:
    seen = rows.order_by().values("pk")
    few = list(seen.values_list("pk", flat=True)[: _FEW + 1])
    before = [past.moment, past.conversation_id]
    if len(few) <= _FEW:
        return _fetch(_FEW_LOOKED_AT, {}, [few, expression, *before, expression, limit])
    try:
        condition, values = seen.query.sql_with_params()
    except EmptyResultSet:
        return []
    opened = [*windows(min(past.moment, clock.now()))]
    narrowed = [f"({expression}) & ({one.expression})" if one.expression else expression for one in opened]
    since, until = [one.since for one in opened], [one.until for one in opened]
    parameters = [narrowed, since, until, *before, *values, expression, limit, limit]
    return _fetch(_WINDOWS_LOOKED_INTO, {"seen": condition}, parameters)


def _fetch(statement: str, conditions: dict[str, str], parameters: Sequence[Any]) -> list[Found]:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(newest_part=_NEWEST_PART, **conditions), parameters)
        return [Found(*row) for row in cursor.fetchall()]
