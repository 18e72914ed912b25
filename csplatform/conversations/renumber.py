"""Putting the messages of two conversations into one order, and taking them apart again, without a gap in either."""

from collections.abc import Mapping, Sequence

from django.db import connection

from csplatform.conversations.models import Conversation, Message

_TABLE = Message._meta.db_table
# Numbers are unique in a conversation at every moment, so rows step out of the way before they take their places.
_ASIDE = 1_000_000_000
_STEP_ASIDE = f"UPDATE {_TABLE} SET seq = seq + {_ASIDE} WHERE conversation_id IN (%(kept)s, %(merged)s)"  # noqa: S608
# Within a conversation the order stays, whatever the clocks of its messages say.
_TOGETHER = f"""
    WITH timed AS (
        SELECT id, conversation_id, seq,
            max(created_at) OVER (PARTITION BY conversation_id ORDER BY seq) AS at
        FROM {_TABLE} WHERE conversation_id IN (%(kept)s, %(merged)s)
    ), placed AS (
        SELECT id, row_number() OVER (ORDER BY at, conversation_id = %(merged)s, seq) AS number FROM timed
    )
    UPDATE {_TABLE} AS message SET conversation_id = %(kept)s, seq = number,
        revision = CASE WHEN conversation_id = %(kept)s AND seq = number + {_ASIDE} THEN revision ELSE %(revision)s END
    FROM placed WHERE placed.id = message.id
"""  # noqa: S608
_APART = f"""
    WITH homes AS (
        SELECT id, seq, conversation_id = %(merged)s AS came_later,
            CASE WHEN id = ANY(%(ids)s) THEN %(merged)s ELSE conversation_id END AS home
        FROM {_TABLE} WHERE conversation_id IN (%(kept)s, %(merged)s)
    ), placed AS (
        SELECT id, home, row_number() OVER (PARTITION BY home ORDER BY came_later, seq) AS number FROM homes
    )
    UPDATE {_TABLE} AS message SET conversation_id = home, seq = number,
        revision = CASE WHEN home = %(kept)s THEN %(revision)s ELSE %(other_revision)s END
    FROM placed WHERE placed.id = message.id
"""  # noqa: S608


def bring_together(kept: Conversation, merged: Conversation) -> list[int]:
    """Move every message of `merged` to `kept`, in the order of time, and return their ids. Needs both locks.

    The numbers of `kept` change; the caller saves both conversations.
    """
    ids = list(merged.messages.order_by("seq").values_list("pk", flat=True))
    kept.revision += 1
    _run(_TOGETHER, {"kept": kept.pk, "merged": merged.pk, "revision": kept.revision})
    kept.last_seq += len(ids)
    merged.last_seq -= len(ids)
    return ids


def take_apart(kept: Conversation, merged: Conversation, ids: Sequence[int]) -> None:
    """Move the messages `ids` of `kept` back to `merged`, before what that has by now. Needs both locks; as above."""
    kept.revision += 1
    merged.revision += 1
    places: dict[str, int | list[int]] = {"kept": kept.pk, "merged": merged.pk, "ids": list(ids)}
    _run(_APART, places | {"revision": kept.revision, "other_revision": merged.revision})
    kept.last_seq -= len(ids)
    merged.last_seq += len(ids)


def _run(statement: str, values: Mapping[str, int | list[int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_STEP_ASIDE, values)
        cursor.execute(statement, values)
