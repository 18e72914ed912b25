"""Which sites may embed a chat."""

import re

# A host as Content-Security-Policy writes it; anything else could smuggle in a directive.
_ORIGIN = re.compile(r"(?:https?://)?(?:\*\.)?[a-z0-9.-]+(?::\d{1,5})?", re.IGNORECASE)


def is_origin(text: str) -> bool:
    """Whether `text` names a site: `https://shop.example`, a bare host, or `*.` before one."""
    return _ORIGIN.fullmatch(text.rstrip("/")) is not None
