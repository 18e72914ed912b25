"""Keeping what can be found in step with what is there."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import structlog
from django.db import connection, transaction

from csplatform.search.documents import Draft, Said, drafts
from csplatform.search.models import Document, Stale

log = structlog.get_logger(__name__)

# Taken at once by an indexer: what is in memory together.
BATCH = 200
LOCK = 5_236_417  # any number that nobody else locks; the same in every process
_LONGEST_TEXT = 200_000  # characters of one message that are searched

_TAKE = """
    DELETE FROM search_stale
    WHERE id = ANY(ARRAY(SELECT id FROM search_stale ORDER BY later, id LIMIT %s FOR UPDATE SKIP LOCKED))
    RETURNING conversation_id, from_seq
"""
_HEADS = """
    SELECT conversation.id, COALESCE(conversation.last_message_at, conversation.created_at), conversation.subject,
        ARRAY[contact.name, organisation.name] || conversation.participants::text[] || ARRAY(
            SELECT unnest(ARRAY[handle.name, CASE WHEN handle.kind <> 'visitor' THEN handle.external_id END])
            FROM contacts_handle handle WHERE handle.contact_id = contact.id AND handle.external_id NOT LIKE 'erased:%%'
        )
    FROM conversations_conversation conversation
    JOIN contacts_contact contact ON contact.id = conversation.contact_id
    LEFT JOIN contacts_organisation organisation ON organisation.id = contact.organisation_id
    WHERE conversation.id = ANY(%s)
"""
# Of the first message also what it quotes: it cannot quote anything that is here already.
_SAID = """
    SELECT wanted.id, message.seq, message.created_at, message.subject, left(
            CASE WHEN message.full_text <> '' AND (message.text = '' OR wanted.seq = 0 AND NOT EXISTS (
                SELECT 1 FROM conversations_message earlier
                WHERE earlier.conversation_id = message.conversation_id AND earlier.seq < message.seq
                    AND earlier.kind <> 'event'
            )) THEN message.full_text ELSE message.text END, %s),
        ARRAY(SELECT name::text FROM conversations_attachment file WHERE file.message_id = message.id)
    FROM unnest(%s::bigint[], %s::integer[]) AS wanted (id, seq)
    JOIN conversations_message message ON message.conversation_id = wanted.id AND message.seq >= wanted.seq
    WHERE message.kind <> 'event'
    ORDER BY wanted.id, message.seq
"""
_CLEAR = """
    DELETE FROM search_document document USING unnest(%s::bigint[], %s::integer[]) AS wanted (id, part)
    WHERE document.conversation_id = wanted.id AND document.part >= wanted.part
"""
_WRITE = "COPY search_document (conversation_id, part, first_seq, last_seq, moment, words) FROM STDIN"


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a conversation's documents begin to be stale: at a part, and so at the first message in it."""

    part: int = 0
    seq: int = 0


@transaction.atomic
def catch_up(limit: int = BATCH) -> int:
    """Make some documents anew, what changed before what is rebuilt; returns how many conversations were looked at.

    One indexer works at a time; another returns 0 at once. A crash leaves what was taken waiting.
    """
    if not _begin_alone():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [limit])
        taken: dict[int, int] = {}
        for conversation_id, from_seq in cursor.fetchall():
            taken[conversation_id] = min(from_seq, taken.get(conversation_id, from_seq))
    if taken:
        _make(_starts(taken))
    return len(taken)


def forget(conversation_ids: Collection[int]) -> None:
    """Drop the documents of conversations at once, within the caller's transaction.

    No indexer is at work until that ends: what one has read before could otherwise be written after.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
    Document.objects.filter(conversation__in=conversation_ids).delete()


def mark_all() -> int:
    """Let every conversation's documents be made anew, the newest first; returns how many wait now."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM search_stale")
        cursor.execute(
            "INSERT INTO search_stale (conversation_id, later)"
            " SELECT id, true FROM conversations_conversation ORDER BY last_message_at DESC NULLS LAST, id DESC"
        )
        return int(cursor.rowcount)


def waiting() -> int:
    """Return how many marks wait to be looked at."""
    return Stale.objects.count()


def _begin_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _starts(taken: dict[int, int]) -> dict[int, _Start]:
    """Find the part that holds the first stale message of each conversation; those before it stay."""
    starts = dict.fromkeys(taken, _Start())
    later = [conversation_id for conversation_id, from_seq in taken.items() if from_seq]
    parts = Document.objects.filter(conversation__in=later).order_by("conversation_id", "part")
    for conversation_id, part, first_seq in parts.values_list("conversation_id", "part", "first_seq"):
        if first_seq <= taken[conversation_id]:
            starts[conversation_id] = _Start(part, first_seq)
    return starts


def _make(starts: dict[int, _Start]) -> None:
    ids = list(starts)
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR, [ids, [start.part for start in starts.values()]])
        cursor.execute(_HEADS, [ids])
        heads = cursor.fetchall()
        cursor.execute(_SAID, [_LONGEST_TEXT, ids, [start.seq for start in starts.values()]])
        said = {pk: list(rows) for pk, rows in groupby(cursor.fetchall(), key=lambda row: row[0])}
        with cursor.copy(_WRITE) as copy:
            for pk, moment, subject, names in heads:
                head = [str(pk), *filter(None, [subject, *dict.fromkeys(names)])]
                messages = _messages(said.pop(pk, ()), subject)
                start = starts[pk]
                for draft in drafts(head, messages, moment, part=start.part, first_seq=start.seq):
                    copy.write_row(_row(pk, draft))


def _messages(rows: Iterable[tuple[Any, ...]], subject: str) -> Iterator[Said]:
    for _, seq, at, own_subject, text, files in rows:
        texts = [own_subject, text, *files] if own_subject != subject else [text, *files]
        yield Said(seq, at, [text for text in texts if text])


def _row(conversation_id: int, draft: Draft) -> Sequence[object]:
    return conversation_id, draft.part, draft.first_seq, draft.last_seq, draft.moment, draft.words
