"""Texts as some platforms count them: in UTF-16 units, of which an emoji and some Chinese characters take two."""


def length(text: str) -> int:
    """Return how many units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """Return the text, or its beginning and an ellipsis where it is longer than `limit`."""
    if length(text) <= limit:
        return text
    while length(text) >= limit:
        text = text[:-1]
    return f"{text}…"
