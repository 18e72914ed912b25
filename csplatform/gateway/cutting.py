"""Cutting a reply into calls that a channel can take. Pure."""

from collections.abc import Sequence
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
        first, *rest = split_text(text, abilities.max_text) or [""]
        return [Part(first, tuple(attachments)), *(Part(piece) for piece in rest)]
    if len(attachments) == 1 and 0 < len(text) <= abilities.max_caption:
        return [Part(text, tuple(attachments))]
    parts = [Part(piece) for piece in split_text(text, abilities.max_text)]
    return parts + [Part("", (attachment,)) for attachment in attachments]


def split_text(text: str, limit: int | None) -> list[str]:
    """Split `text` into pieces of at most `limit` characters, between lines or words where there are any."""
    text = text.strip()
    if not text:
        return []
    if limit is None or len(text) <= limit:
        return [text]
    head = text[: limit + 1]
    at = max(head.rfind("\n"), head.rfind(" "))
    at = at if at > limit // 2 else limit
    return [text[:at].rstrip(), *split_text(text[at:], limit)]
