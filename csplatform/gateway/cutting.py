"""Cutting a reply into calls that a channel can take. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from csplatform.gateway.contract import Abilities


@dataclass(frozen=True, slots=True)
class Part:
    """One call: its text and the ids of the attachments that go with it."""

    text: str
    attachments: tuple[int, ...] = ()


def cut(text: str, attachments: Sequence[int], abilities: Abilities) -> list[Part]:
    """Return the calls that carry `text` and `attachments` in order; at least one where there is either.

    A lone attachment takes a short text along as its caption, where the platform has captions.
    """
    if abilities.attachments_per_message is None:
        first, *rest = split_text(text, abilities.max_text, abilities.measure) or [""]
        return [Part(first, tuple(attachments)), *(Part(piece) for piece in rest)]
    if len(attachments) == 1 and 0 < abilities.measure(text) <= abilities.max_caption:
        return [Part(text, tuple(attachments))]
    parts = [Part(piece) for piece in split_text(text, abilities.max_text, abilities.measure)]
    return parts + [Part("", (attachment,)) for attachment in attachments]


def split_text(text: str, limit: int | None, measure: Callable[[str], int] = len) -> list[str]:
    """Split `text` into pieces that measure at most `limit`, between lines or words where there are any."""
    text = text.strip()
    if not text:
        return []
    if limit is None or measure(text) <= limit:
        return [text]
    most = max(1, bisect_right(range(len(text)), limit, key=lambda end: measure(text[:end])) - 1)
    head = text[: most + 1]
    at = max(head.rfind("\n"), head.rfind(" "))
    at = at if at > most // 2 else most
    return [text[:at].rstrip(), *split_text(text[at:], limit, measure)]
