"""Where a found conversation matches, and the words around it."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from unicodedata import combining

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from csplatform.search.folding import fold
from csplatform.search.query import Query

# So many of the newest messages are looked through for the place, and so much of each (characters).
_MOST_MESSAGES = 60
_MOST_TEXT = 20_000
_BEFORE, _LENGTH = 36, 150  # characters shown before the first match, and in all
_NEAR = 400  # a folded text may be longer or shorter than what was written; so far around the place is looked

# The words of a long conversation stand in several documents: the newest that matches says between which messages.
_PLACES = """
SELECT wanted.id, place.kind, place.text FROM unnest(%s::bigint[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT COALESCE(min(first_seq), 0) AS first, COALESCE(max(last_seq), 2147483647) AS last FROM (
        SELECT first_seq, last_seq FROM search_document
        WHERE conversation_id = wanted.id AND words @@ %s::tsquery ORDER BY part DESC LIMIT 1
    ) AS newest
) AS part
CROSS JOIN LATERAL (
    (SELECT CASE kind WHEN 'note' THEN 'note' ELSE 'message' END AS kind,
        left(CASE WHEN text = '' THEN full_text ELSE text END, %s) AS text
    FROM conversations_message WHERE conversation_id = wanted.id AND kind <> 'event'
        AND seq BETWEEN part.first AND part.last ORDER BY seq DESC LIMIT %s)
    UNION ALL
    SELECT 'file', file.name FROM conversations_attachment file
    JOIN conversations_message message ON message.id = file.message_id WHERE message.conversation_id = wanted.id
    UNION ALL
    SELECT 'subject', subject FROM conversations_conversation WHERE id = wanted.id
    UNION ALL
    SELECT 'contact', concat_ws(' · ', NULLIF(contact.name, ''), NULLIF(organisation.name, ''), (
            SELECT string_agg(concat_ws(' · ', NULLIF(NULLIF(name, contact.name), ''),
                CASE WHEN kind <> 'visitor' THEN external_id END), ' · ' ORDER BY id)
            FROM contacts_handle WHERE contact_id = contact.id
        ), NULLIF(array_to_string(conversation.participants, ' · '), ''))
    FROM conversations_conversation conversation
    JOIN contacts_contact contact ON contact.id = conversation.contact_id
    LEFT JOIN contacts_organisation organisation ON organisation.id = contact.organisation_id
    WHERE conversation.id = wanted.id
) AS place
"""


class Where(TextChoices):
    """What of a conversation it is that matches."""

    MESSAGE = "message", _("Message")
    NOTE = "note", _("Note")
    FILE = "file", _("File")
    SUBJECT = "subject", _("Subject")
    CONTACT = "contact", _("Contact")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of what matches, on one line, cut where matches begin and end: each part with whether it is one."""

    where: Where
    parts: Sequence[tuple[str, bool]]


def explain(conversation_ids: Collection[int], query: Query) -> dict[int, Snippet]:
    """Return a snippet for each conversation in which a place can be shown; takes one statement."""
    if not conversation_ids or not query.terms:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(conversation_ids), query.expression, _MOST_TEXT, _MOST_MESSAGES])
        places = groupby(cursor.fetchall(), key=lambda row: row[0])
        best = {pk: _best([(Where(kind), text) for _, kind, text in rows], query) for pk, rows in places}
    return {pk: snippet for pk, snippet in best.items() if snippet is not None}


def _best(places: Sequence[tuple[Where, str]], query: Query) -> Snippet | None:
    """Show the first place that has all terms, else one that has the most; messages come before, newest first."""
    looks = [re.compile(term.look) for term in query.terms]
    most, chosen = 0, None
    for where, text in places:
        folded = fold(text)
        number = sum(1 for look in looks if look.search(folded))
        if number > most:
            most, chosen = number, (where, text, folded)
        if most == len(looks):
            break
    return Snippet(chosen[0], around(chosen[1], query.look, folded=chosen[2])) if chosen else None


def around(text: str, look: re.Pattern[str], *, folded: str | None = None) -> list[tuple[str, bool]]:
    """Cut from `text` what stands around the first match of `look`, which is a pattern for folded text."""
    first = look.search(fold(text) if folded is None else folded)
    if first is None:
        return []
    place = first.start() * len(text) // max(1, len(first.string))
    since = max(0, place - _NEAR)
    near = text[since : place + _NEAR]
    return _cut(near, look, since > 0) or _cut(text, look, False)


def _cut(text: str, look: re.Pattern[str], goes_before: bool) -> list[tuple[str, bool]]:
    text = " ".join(text.split())
    folded, origins = _folded_with_origins(text)
    spans = [(origins[found.start()], origins[found.end()]) for found in look.finditer(folded) if found[0]]
    if not spans:
        return []
    start = _word_start(text, max(0, spans[0][0] - _BEFORE), spans[0][0])
    end = min(len(text), max(start + _LENGTH, spans[0][1]))
    parts, after = [], start
    for begin, stop in spans:
        if after <= begin and stop <= end:
            parts += [(text[after:begin], False), (text[begin:stop], True)]
            after = stop
    parts.append((text[after:end] + ("…" if end < len(text) else ""), False))
    if start or goes_before:
        parts[0] = ("…" + parts[0][0], False)
    return [part for part in parts if part[0]]


def _word_start(text: str, wanted: int, latest: int) -> int:
    """Return where a word begins from `wanted` on, if one does before `latest`."""
    if wanted == 0:
        return 0
    space = text.find(" ", wanted, latest)
    return wanted if space < 0 else space + 1


def _folded_with_origins(text: str) -> tuple[str, list[int]]:
    """Fold `text` letter by letter; for each character of the outcome, and its end, say where it comes from."""
    folded: list[str] = []
    origins: list[int] = []
    for start, letter in _letters(text):
        simple = _fold_letter(letter)
        folded.append(simple)
        origins += [start] * len(simple)
    return "".join(folded), [*origins, len(text)]


def _letters(text: str) -> Iterator[tuple[int, str]]:
    """Yield each character together with the marks that follow it."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not combining(text[place]):
            yield start, text[start:place]
            start = place


@lru_cache(maxsize=10_000)
def _fold_letter(letter: str) -> str:
    return fold(letter)
