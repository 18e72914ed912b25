"""How long a text is for a platform that does not count characters."""


def utf8_bytes(text: str) -> int:
    """Return the length in bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def utf16_units(text: str) -> int:
    """Return the length as JavaScript, Java and Windows count: an emoji or a rare character is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """Return the text, or its beginning and an ellipsis where it has more than `limit` UTF-16 units."""
    if utf16_units(text) <= limit:
        return text
    while utf16_units(text) >= limit:
        text = text[:-1]
    return f"{text}…"
