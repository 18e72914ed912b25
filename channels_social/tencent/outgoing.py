"""What WeChat and WeCom both send: texts, files by their kind, and questions with buttons."""

from collections.abc import Mapping, Sequence
from typing import Any

from csplatform.gateway.contract import OutboundAttachment


def kind_of(attachment: OutboundAttachment, kinds: Mapping[str, tuple[frozenset[str], int]]) -> str:
    """Return as what a file goes: the first kind that takes its type and its size, empty where none does."""
    return next(
        (kind for kind, (types, most) in kinds.items() if attachment.content_type in types and attachment.size <= most),
        "",
    )


def fitting(text: str, most: int) -> str:
    """Return as much of a button's `text` as has room in `most` bytes."""
    return text.encode()[:most].decode("utf-8", "ignore")


def numbered(choices: Sequence[str], most: int) -> list[dict[str, Any]]:
    """Return buttons, each with its number for an id, their words within `most` bytes."""
    return [{"id": str(number), "content": fitting(choice, most)} for number, choice in enumerate(choices, start=1)]
