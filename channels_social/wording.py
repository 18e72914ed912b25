"""What is not text, said without words of any language: agents read it, and no language is guessed from it."""

from channels_social.reading import Node


def link(title: str, address: str) -> str:
    """Return something on the web as lines, empty where there is nothing to show."""
    lines = "\n".join(part for part in (title, address) if part)
    return f"🔗 {lines}" if lines else ""


def file(name: str, address: str) -> str:
    """Return a file that the customer opens by its address as two lines."""
    return f"📎 {name}\n{address}"


def place(location: Node, *titles: str) -> str:
    """Return a location as lines: its titles, where it has any, and a geo: address (RFC 5870)."""
    coordinates = f"geo:{location.number('latitude')},{location.number('longitude')}"
    return "📍 " + "\n".join([*(title for title in titles if title), coordinates])


def person(name: str, numbers: list[str]) -> str:
    """Return a shared address book entry as one line."""
    return " ".join(["👤", *(part for part in (name, *numbers) if part)])


def unsupported(kind: str) -> str:
    """Return the place-holder for something that the platform or we cannot show; `kind` is the platform's word."""
    return f"❔ {kind}".strip()
