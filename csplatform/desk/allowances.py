"""What the composer says of each way to answer: how long and how often it still may be used, and what else there is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from csplatform.common import clock
from csplatform.common.languages import base_language
from csplatform.flows.routes import Way
from csplatform.flows.window import Freedom
from csplatform.gateway.contract import Template
from csplatform.gateway.selectors import abilities_of

# So many messages left are few.
FEW = 1
# So many other ways are offered at once; the field above has them all.
MOST_OFFERED = 2


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one way allows at this moment; `others` are ways that are open while this one may not be.

    `value` is what the composer's field holds where this way is chosen.
    """

    way: Way
    freedom: Freedom
    has_templates: bool
    others: tuple[Way, ...]

    @property
    def value(self) -> str:
        return "" if self.way.is_usual else self.way.value

    @property
    def is_limited(self) -> bool:
        """Whether its platform limits answers at all."""
        return self.way.window.closes_at is not None or self.way.window.left is not None

    @property
    def is_used_up(self) -> bool:
        """Whether the number of answers, and not the time, is what stands in the way."""
        return self.way.window.left == 0

    @property
    def is_few(self) -> bool:
        """Whether the last answer that the platform takes is the next one."""
        return self.way.window.left is not None and self.way.window.left <= FEW

    @property
    def ends_at(self) -> datetime | None:
        """When an answer written now must be gone."""
        return self.way.window.late_until if self.freedom is Freedom.LATE else self.way.window.closes_at


def allowances(ways: Sequence[Way]) -> list[Allowance]:
    """Return what there is to say of `ways`, without a query; nothing of those that simply take everything."""
    found = [_allowance(way, ways) for way in ways if way.is_usual or way.is_shut or not way.refusal]
    return [one for one in found if one.is_limited or one.has_templates]


def _allowance(way: Way, ways: Sequence[Way]) -> Allowance:
    return Allowance(
        way=way,
        freedom=way.window.freedom(clock.now()),
        has_templates=abilities_of(way.account).templates is not None and (way.is_shut or not way.refusal),
        others=tuple(other for other in ways if other.value != way.value and not other.refusal)[:MOST_OFFERED],
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a template's text: its own words, or a place to be filled, by its number from 0."""

    text: str
    place: int | None = None


def pieces(template: Template) -> list[Piece]:
    """Return a template's text in pieces, as the chooser shows it while it is filled in."""
    numbers = {place: number for number, place in enumerate(template.parameters)}
    if not numbers:
        return [Piece(template.text)]
    parts = re.split("(" + "|".join(map(re.escape, numbers)) + ")", template.text)
    return [Piece(part, numbers.get(part)) for part in parts if part]


def sorted_for(language: str, templates: Sequence[Template]) -> list[Template]:
    """Return templates by name, those in the conversation's language first."""
    wanted = base_language(language) if language else ""
    return sorted(templates, key=lambda one: (_base(one.language) != wanted, one.name.casefold(), one.language))


def _base(language: str) -> str:
    """Return the language alone; platforms write `zh_CN` where the web writes `zh-CN`."""
    return base_language(language.replace("_", "-")) if language else ""
