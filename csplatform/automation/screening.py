"""Rules as they are applied: compiled once, and asked for every message. Pure.

Rules that name a sender exactly are looked up, so that thousands of blocked addresses cost no more than one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import structlog

from csplatform.automation import patterns
from csplatform.automation.models import Action, Field, Operator, ScreeningRule
from csplatform.common.text import fold
from csplatform.gateway.contract import HandleKind, InboundMessage

log = structlog.get_logger(__name__)

# Characters of a text or subject that rules look at.
LONGEST_TEXT = 20_000
_LOOKED_UP = frozenset({Field.ADDRESS, Field.DOMAIN})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a message is spam, and why.

    `rule_id` is the rule that decided, None where it was the word of whoever carried the message here, or nobody's.
    `reason` is what the history should say of a message that is spam, as plain values; empty for others.
    """

    spam: bool
    rule_id: int | None
    reason: Mapping[str, Any]


class Seen:
    """What of a message rules look at, folded when first asked for."""

    def __init__(self, event: InboundMessage) -> None:
        self.event = event

    @cached_property
    def address(self) -> str:
        """The sender's address or id."""
        return fold(self.event.sender.external_id)

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """The domain of a mail address and those above it; none for other handles."""
        if self.event.sender.kind != HandleKind.EMAIL:
            return ()
        labels = self.address.rpartition("@")[2].split(".")
        return tuple(".".join(labels[start:]) for start in range(len(labels)))

    @cached_property
    def folded(self) -> dict[Field, str]:
        """The values that were asked for so far."""
        return {}

    def written(self, field: Field) -> str:
        """Return a field as it was written."""
        event = self.event
        match field:
            case Field.ADDRESS:
                return event.sender.external_id
            case Field.DOMAIN:
                return self.domains[0] if self.domains else ""
            case Field.NAME:
                return event.sender.name
            case Field.SUBJECT:
                return event.subject[:LONGEST_TEXT]
            case Field.TEXT:
                return (event.full_text or event.text)[:LONGEST_TEXT]
            case Field.KIND:
                return str(event.metadata.get("kind", ""))
            case Field.WARNING:
                return "\n".join(self.warnings)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """The flags that the channel raised."""
        return tuple(map(str, _trust(self.event).get("flags", ())))

    @property
    def is_forged(self) -> bool:
        """Whether the channel knows that the sender is not who they claim to be."""
        return _trust(self.event).get("verdict") == "fail"

    def as_compared(self, field: Field) -> str:
        """Return a field folded as rules' values are."""
        if field not in self.folded:
            self.folded[field] = fold(self.written(field))
        return self.folded[field]


def _trust(event: InboundMessage) -> Mapping[str, Any]:
    trust = event.metadata.get("trust")
    return trust if isinstance(trust, Mapping) else {}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A rule ready to be asked; `place` is its place in the order."""

    place: int
    pk: int
    name: str
    account_id: int | None
    action: Action
    by_sender: bool
    fits: Callable[[Seen], bool]

    def applies(self, seen: Seen, account_id: int) -> bool:
        """Tell whether it decides about `seen`. Whoever forges a sender is not let in on that sender's account."""
        if self.account_id not in (None, account_id) or not self.fits(seen):
            return False
        return not (self.action == Action.ALLOW and self.by_sender and seen.is_forged)


class Rules:
    """A set of rules in order."""

    def __init__(self, rules: Iterable[ScreeningRule]) -> None:
        self._looked_up: dict[tuple[Field, str], list[_Compiled]] = {}
        self._asked: list[_Compiled] = []
        for place, rule in enumerate(rules):
            field, value = Field(rule.field), fold(rule.value)
            compiled = _compiled(rule, place)
            if compiled is None:
                continue
            if rule.operator == Operator.IS and field in _LOOKED_UP:
                self._looked_up.setdefault((field, value.lstrip("@")), []).append(compiled)
            else:
                self._asked.append(compiled)

    def judge(self, account_id: int, event: InboundMessage) -> Verdict:
        """Return the first rule's word on `event`, else the word of whoever carried it here."""
        first = self._first(account_id, Seen(event))
        if first is None:
            return Verdict(event.spam, None, _carriers_reason(event) if event.spam else {})
        if first.action == Action.ALLOW:
            return Verdict(False, first.pk, {})
        return Verdict(True, first.pk, {"reason": "rule", "rule": first.name, "rule_id": first.pk})

    def _first(self, account_id: int, seen: Seen) -> _Compiled | None:
        named = [rule for key in self._keys(seen) for rule in self._looked_up.get(key, ())]
        first = min((rule for rule in named if rule.applies(seen, account_id)), key=_place, default=None)
        for rule in self._asked:
            if first is not None and first.place < rule.place:
                break
            if rule.applies(seen, account_id):
                return rule
        return first

    def _keys(self, seen: Seen) -> Sequence[tuple[Field, str]]:
        if not self._looked_up:
            return ()
        return [(Field.ADDRESS, seen.address), *((Field.DOMAIN, domain) for domain in seen.domains)]


def _place(rule: _Compiled) -> int:
    return rule.place


def _carriers_reason(event: InboundMessage) -> dict[str, Any]:
    score = event.metadata.get("spam_score")
    return {"reason": "score"} | ({"score": score} if isinstance(score, int | float) else {})


def _compiled(rule: ScreeningRule, place: int) -> _Compiled | None:
    try:
        fits = _test(rule)
    except patterns.BadPattern as error:  # it passed when it was entered: RE2 has changed its mind since
        log.warning("rule_unusable", rule=rule.pk, reason=str(error))
        return None
    by_sender = rule.field in {Field.ADDRESS, Field.DOMAIN, Field.NAME}
    return _Compiled(place, rule.pk, rule.name, rule.account_id, Action(rule.action), by_sender, fits)


def _test(rule: ScreeningRule) -> Callable[[Seen], bool]:
    field, value = Field(rule.field), fold(rule.value)
    if rule.operator == Operator.MATCHES:
        pattern = patterns.compiled(rule.value)
        return lambda seen: pattern.fits(seen.written(field))
    if rule.operator == Operator.CONTAINS:
        return lambda seen: value in seen.as_compared(field)
    if field == Field.WARNING:
        return lambda seen: value in seen.warnings
    if field in _LOOKED_UP:
        return lambda _seen: True  # it was found by this very value
    return lambda seen: seen.as_compared(field) == value
