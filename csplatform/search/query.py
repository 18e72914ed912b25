"""Reading what somebody typed into the search field.

All words must be there. The last one may be a beginning; what stands in quotation marks must stand so; a telephone
number is found however it is written; "#123" is a conversation's number. Nothing typed is ever an operator.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from csplatform.search.folding import fold
from csplatform.search.segments import (
    GROUP,
    IN_WORD,
    LONGEST_WORD,
    PHONE,
    Kind,
    Piece,
    Token,
    cut,
    numbers,
    phone_key,
    pieces,
    spelt_out,
    squeezed,
)

# Nobody types more (characters).
LONGEST_QUERY = 200
# A shorter beginning is the beginning of nearly everything; it is taken for a whole word.
_SHORTEST_BEGINNING = 3
_MOST_TERMS = 24
_SHORTEST_REFERENCE = 8
_NUMBER = re.compile(r"#(\d{1,18})")
_QUOTED = re.compile('"([^"]*)"|[“„]([^“”„]*)[“”]|「([^」]*)」|『([^』]*)』|«([^»]*)»')
_NOT_IN_WORD, _NO_MORE, _MORE = f"(?<!{IN_WORD})", f"(?!{IN_WORD})", f"{IN_WORD}*"
_PERHAPS_BETWEEN = r"[\W_]{0,2}"
_SPELT_OUT = re.compile("([aou])e")  # may be written as ä, of which folding leaves an a
NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be there: as PostgreSQL's text search asks for it, and as a pattern for folded text."""

    expression: str
    look: str


@dataclass(frozen=True)
class Query:
    """What is looked for. `number` is set where a conversation is called by its number, and nothing else is asked.

    `reference` is what was typed, where that could be a platform's name for a message.
    """

    terms: tuple[Term, ...] = ()
    number: int | None = None
    reference: str = ""

    @property
    def expression(self) -> str:
        """The whole as a tsquery; empty where nothing is looked for."""
        return " & ".join(term.expression for term in self.terms)

    @cached_property
    def look(self) -> re.Pattern[str]:
        """What matches any of the terms in folded text."""
        return re.compile("|".join(f"(?:{term.look})" for term in self.terms)) if self.terms else NOTHING


def read(text: str) -> Query:
    """Read what somebody typed; punctuation alone looks for nothing."""
    text = unicodedata.normalize("NFKC", text[:LONGEST_QUERY]).strip()
    if number := _NUMBER.fullmatch(fold(text)):
        return Query(number=int(number[1]))
    single = text.strip("<>") if len(text.split()) == 1 else ""
    is_reference = len(single) >= _SHORTEST_REFERENCE and any(map(str.isdigit, single))
    terms = tuple(dict.fromkeys(_terms(text)))[:_MOST_TERMS]
    return Query(terms, reference=single if is_reference else "")


def _terms(text: str) -> Iterator[Term]:
    loose, after = [], 0
    for found in _QUOTED.finditer(text):
        yield from _phrase(found[found.lastindex or 0])
        loose.append(text[after : found.start()])
        after = found.end()
    chunks = [*_chunks(" ".join(loose))]
    last = [*_chunks(text[after:])]
    for chunk in [*chunks, *last]:
        yield from _chunk(chunk, unfinished=bool(last) and chunk is last[-1])


def _chunks(text: str) -> Iterator[str]:
    """Yield what stands between spaces; a telephone number with spaces in it is one."""
    after = 0
    for number in numbers(text):
        yield from text[after : number.start()].split()
        yield number[0]
        after = number.end()
    yield from text[after:].split()


def _chunk(chunk: str, *, unfinished: bool) -> Iterator[Term]:
    """Read what stands between spaces. Of what is `unfinished`, only the beginning may have been typed."""
    folded = fold(chunk)
    found = [*pieces(folded)]
    if next(numbers(chunk), None):
        yield _number(chunk, found, unfinished=unfinished)
    elif len(found) > 1 and all(piece.kind is Kind.WORD for piece in found):
        one = _lexeme(squeezed(folded), unfinished=unfinished)
        yield Term(_any([_in_line([*cut(folded)], unfinished=unfinished), one]), _tied(found, unfinished=unfinished))
    else:
        spellings = [*spelt_out(chunk)] if len(found) == 1 else []
        for piece in found:
            yield _piece(piece, spellings, unfinished=unfinished and piece is found[-1])


def _piece(piece: Piece, spellings: Sequence[str], *, unfinished: bool) -> Term:
    kind, text = piece
    if kind is Kind.WORD:
        words = [text[:LONGEST_WORD], *spellings]
        look = "|".join(_word(word, unfinished=unfinished) for word in words)
        return Term(_any(_lexeme(word, unfinished=unfinished) for word in words), look)
    if kind is Kind.PAIRS and len(text) > 1:
        parts = [_lexeme(text[place : place + 2]) for place in range(len(text) - 1)]
    elif kind is Kind.GROUPS and len(text) > GROUP:
        parts = [_lexeme(text[place : place + GROUP]) for place in range(len(text) - GROUP + 1)]
    else:  # fewer characters than a group has are the beginning of one
        parts = [_lexeme(text) + (":*" if kind is Kind.GROUPS and len(text) < GROUP else "")]
    return Term(" & ".join(dict.fromkeys(parts)), re.escape(text))


def _number(written: str, found: Sequence[Piece], *, unfinished: bool) -> Term:
    """Read a number with many digits: a telephone number however it is written, or just this number."""
    key = phone_key(written)
    as_typed = _in_line([*cut(fold(written))], unfinished=unfinished)
    look = r"[+(]?\d?[\d ().\-/]{0,14}" + r"[ ().\-/]{0,2}".join(key.removeprefix(PHONE))
    return Term(_any([_lexeme(key), as_typed]), f"{look}|{_tied(found, unfinished=unfinished)}")


def _phrase(text: str) -> Iterator[Term]:
    """Read what stood in quotation marks: one thing after the other, all of it finished."""
    folded = fold(text)
    tokens = [*cut(folded)]
    if tokens:
        looks = [_word(piece.text) if piece.kind is Kind.WORD else re.escape(piece.text) for piece in pieces(folded)]
        yield Term(_in_line(tokens), r"[\W_]{0,9}".join(looks))


def _in_line(tokens: Iterable[Token], *, unfinished: bool = False) -> str:
    """Return an expression for tokens at the distances they stand; what is beside the line must only be there."""
    tokens = [*tokens]
    line = [(word, at) for word, at in tokens if at is not None]
    paired = {character for word, _ in line for character in word}
    parts = [_lexeme(word) for word, at in tokens if at is None and word not in paired]
    chain = ""
    for number, (word, at) in enumerate(line):
        lexeme = _lexeme(word, unfinished=unfinished and number == len(line) - 1)
        chain += f" <{at - line[number - 1][1]}> {lexeme}" if number else lexeme
    return "(" + " & ".join([*parts, *([f"({chain})"] if chain else [])]) + ")"


def _any(expressions: Iterable[str]) -> str:
    return "(" + " | ".join(dict.fromkeys(expressions)) + ")"


def _lexeme(word: str, *, unfinished: bool = False) -> str:
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'" + (":*" if unfinished and len(word) >= _SHORTEST_BEGINNING else "")


def _word(word: str, *, unfinished: bool = False) -> str:
    more = _MORE if unfinished and len(word) >= _SHORTEST_BEGINNING else _NO_MORE
    look = _SPELT_OUT.sub(r"\1e?", re.escape(word))
    return f"{_NOT_IN_WORD}{look}{more}"


def _tied(found: Sequence[Piece], *, unfinished: bool) -> str:
    words = _PERHAPS_BETWEEN.join(re.escape(piece.text) for piece in found)
    return f"{_NOT_IN_WORD}{words}{_MORE if unfinished else _NO_MORE}"
