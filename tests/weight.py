"""What a page weighs: everything that a browser fetches to show it first, each part as gzip sends it."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client

# What a page names in its mark-up: scripts, style sheets, preloads, pictures, sprites.
_NAMED = re.compile(r"""(?:src|href|action)=["'](/[^"'#?]+\.(?:js|css|svg|png|ico|woff2)(?:\?[^"'#]*)?)""")
_IMPORTED = re.compile(r"""(?:^|[;\s}])(?:import|from)\s*["']([^"']+\.js)["']""")
_STYLED = re.compile(r"""(?:@import\s+|url\()\s*["']?([^"')\s]+\.(?:css|svg|png|woff2))""")


def weigh(client: Client, page: str) -> dict[str, int]:
    """Return the compressed bytes (gzip, level 9) of a page and all it loads before anybody does anything, by address.

    Follows static imports of modules and style sheets; what a script asks for later counts when it is asked for.
    """
    answer = client.get(page, headers={"accept-encoding": "identity"})
    assert answer.status_code == 200, (page, answer.status_code)
    weights = {page: _compressed(answer.content)}
    waiting = _NAMED.findall(answer.content.decode())
    while waiting:
        address = waiting.pop()
        if address in weights:
            continue
        body = fetch(client, address)
        weights[address] = _compressed(body)
        waiting += _parts(address, body)
    return weights


def fetch(client: Client, address: str) -> bytes:
    """Return what is served at `address`, be it a view's answer or a static file."""
    if not address.startswith("/static/"):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.content
    found = finders.find(address.removeprefix("/static/").split("?")[0])
    assert isinstance(found, str), address
    return Path(found).read_bytes()


def told(weights: dict[str, int]) -> str:
    """Return the weights for a person to read, the heaviest first."""
    lines = [f"{weight:7} {address}" for address, weight in sorted(weights.items(), key=lambda pair: -pair[1])]
    return "\n".join([*lines, f"{sum(weights.values()):7} in all"])


def _parts(address: str, body: bytes) -> Iterator[str]:
    kinds = {".js": _IMPORTED, ".css": _STYLED}
    pattern = next((pattern for ending, pattern in kinds.items() if address.split("?")[0].endswith(ending)), None)
    folder = address.rpartition("/")[0]
    for name in pattern.findall(body.decode()) if pattern else ():
        yield name if name.startswith("/") else _joined(folder, name)


def _joined(folder: str, name: str) -> str:
    parts = folder.split("/")
    for part in name.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _compressed(body: bytes) -> int:
    return len(gzip.compress(body, 9))
