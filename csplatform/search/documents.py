"""Making a conversation's documents: which words it is found by."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from csplatform.common import clock
from csplatform.search.folding import fold
from csplatform.search.segments import beside, cut
from csplatform.search.windows import day_words

# A part that is longer than this is full (positions). PostgreSQL counts to 16,383.
_FULL = 8_000
_MOST = 16_000
# Nor does it take more than a megabyte of words; of what goes beyond, nothing is found.
_MOST_BYTES = 700_000
_GAP = 8  # between texts, so that no phrase goes from one into the next
_MOST_PLACES = 100  # remembered of one word


@dataclass(frozen=True, slots=True)
class Said:
    """A message, as far as it is searched."""

    seq: int
    at: datetime
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to be stored; `words` is a tsvector."""

    part: int
    first_seq: int
    last_seq: int
    moment: datetime
    words: str


@dataclass(slots=True)
class _Part:
    number: int
    first_seq: int
    last_seq: int
    at: datetime
    places: dict[str, list[int]] = field(default_factory=dict)
    length: int = 1
    size: int = 0

    @property
    def is_full(self) -> bool:
        return self.length > _FULL or self.size > _MOST_BYTES

    def add(self, text: str) -> None:
        base, last = self.length, 0
        folded = fold(text)
        for word, at in cut(folded):
            known = self._places_of(word)
            if at is not None:
                last = at
                if len(known) < _MOST_PLACES and base + at < _MOST:
                    known.append(base + at)
        for word in beside(text, folded):
            self._places_of(word)
        self.length = min(base + last + _GAP, _MOST)

    def _places_of(self, word: str) -> list[int]:
        known = self.places.get(word)
        if known is None:
            known = []
            if self.size < _MOST_BYTES:
                self.places[word] = known
                self.size += len(word.encode())
        return known

    def words(self) -> list[str]:
        return [_lexeme(word, places) for word, places in self.places.items()]

    def draft(self, moment: datetime) -> Draft:
        words = [*self.words(), *(_lexeme(word, ()) for word in day_words(moment))]
        return Draft(self.number, self.first_seq, self.last_seq, moment, " ".join(words))


def drafts(
    head: Sequence[str], said: Iterable[Said], moment: datetime, *, part: int = 0, first_seq: int = 0
) -> Iterator[Draft]:
    """Yield the documents of a conversation from one part on, for what was said in it and later.

    `head` is what is true of the whole conversation, `moment` its last message's.
    """
    current = _begin(head, part, first_seq, moment)
    for message in said:
        if current.is_full:
            yield current.draft(current.at)
            current = _begin(head, current.number + 1, message.seq, message.at)
        current.last_seq, current.at = message.seq, message.at
        for text in message.texts:
            current.add(text)
    yield current.draft(moment)


def words_of(texts: Iterable[str]) -> str:
    """Return what texts are found by, as a tsvector."""
    part = _Part(0, 0, 0, clock.now())
    for text in texts:
        part.add(text)
    return " ".join(part.words())


def _begin(head: Sequence[str], number: int, first_seq: int, at: datetime) -> _Part:
    part = _Part(number, first_seq, first_seq, at)
    for text in head:
        part.add(text)
    return part


def _lexeme(word: str, places: Sequence[int]) -> str:
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':{','.join(map(str, places))}" if places else f"'{quoted}'"
