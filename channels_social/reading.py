"""Reading what a platform sent, with suspicion: a wrong type is Unreadable, never a surprise further in."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from csplatform.common.text import without_nul
from csplatform.gateway.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object and where it stood. Every read raises Unreadable naming the place; texts come without NUL."""

    values: Mapping[str, Any]
    path: str = ""

    def has(self, name: str) -> bool:
        """Whether there is anything under `name`; null is nothing."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text that must be there, though it may be empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise self._unreadable(name, "a text")
        return without_nul(value)

    def optional_text(self, name: str) -> str:
        """Return a text, empty where there is none."""
        return self.text(name) if self.has(name) else ""

    def identifier(self, name: str) -> str:
        """Return an id, which platforms write as text or as a whole number."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip():
            return without_nul(value)
        raise self._unreadable(name, "an id")

    def number(self, name: str) -> float:
        """Return a finite number."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15 or math.isnan(value):
            raise self._unreadable(name, "a number")
        return value

    def moment(self, name: str) -> datetime:
        """Return a time given in Unix seconds, as number or text; it comes out in UTC."""
        return datetime.fromtimestamp(self._since_1970(name, 100_000_000_000, "a time in seconds"), UTC)

    def moment_ms(self, name: str) -> datetime:
        """Return a time given in Unix milliseconds, as number or text; it comes out in UTC."""
        milliseconds = self._since_1970(name, 100_000_000_000_000, "a time in milliseconds")
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)

    def written_moment(self, name: str) -> datetime:
        """Return a time written as in ISO 8601 with its zone, "2026-03-04T05:06:07Z"; it comes out in UTC."""
        try:
            written = datetime.fromisoformat(self.text(name))
            if written.tzinfo is not None:
                return written.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # the same answer as for a time without a zone
        raise self._unreadable(name, "a time with its zone")

    def child(self, name: str) -> "Node":
        """Return an object that must be there."""
        return node(self.values.get(name), f"{self.path}.{name}")

    def optional_child(self, name: str) -> "Node | None":
        """Return an object, None where there is none."""
        return self.child(name) if self.has(name) else None

    def children(self, name: str) -> list["Node"]:
        """Return the objects of a list, none where there is no list."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._unreadable(name, "a list")
        return [node(item, f"{self.path}.{name}[{index}]") for index, item in enumerate(value)]

    def _since_1970(self, name: str, end: int, what: str) -> int:
        value = self.values.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 15:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < end:
            raise self._unreadable(name, what)
        return value

    def _unreadable(self, name: str, wanted: str) -> Unreadable:
        return Unreadable(f"{self.path}.{name}".lstrip(".") + f" is not {wanted}")


def node(value: object, path: str) -> Node:
    """Return `value` as a Node. Raises Unreadable where it is no object."""
    if not isinstance(value, dict):
        raise Unreadable(f"{path.lstrip('.') or 'the body'} is not an object")
    return Node(value, path)


def read(body: bytes) -> Node:
    """Return the JSON object that is a request's body. Raises Unreadable."""
    try:
        return node(json.loads(body), "")
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the body is not JSON: {type(error).__name__}") from error
