"""Texts as LINE counts them: in UTF-16 units, of which an emoji and some Chinese characters take two."""


def length(text: str) -> int:
    """Return how long LINE takes a text to be."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """Return the text, or its beginning and an ellipsis where it is longer than `limit`."""
    if length(text) <= limit:
        return text
    while length(text) >= limit:
        text = text[:-1]
    return f"{text}…"
