"""PGP armour written right into a text (RFC 9580 6.2, 7): what was signed in the clear, and what is encrypted. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

_BEGIN = "-----BEGIN PGP "
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END_SIGNATURE = "-----END PGP SIGNATURE-----"
_MESSAGE = "-----BEGIN PGP MESSAGE-----"
_END_MESSAGE = "-----END PGP MESSAGE-----"


@dataclass(frozen=True, slots=True)
class Cleared:
    """The text without armour, whether a signature stood around it, and each encrypted block."""

    text: str
    is_signed: bool = False
    encrypted: tuple[str, ...] = ()


def clear(text: str) -> Cleared:
    """Take the armour off `text`; blocks of other kinds (keys) and quoted ones stay."""
    if _BEGIN not in text:
        return Cleared(text)
    said: list[str] = []
    blocks: list[str] = []
    is_signed = False
    lines = iter(text.split("\n"))
    for line in lines:
        match line.rstrip():
            case s if s == _SIGNED:
                is_signed = True
                _until(lines, "")  # the names of the digests
            case s if s == _SIGNATURE and is_signed:
                _until(lines, _END_SIGNATURE)
            case s if s == _MESSAGE:
                blocks.append("\n".join([line, *_until(lines, _END_MESSAGE)]) + "\n")
            case _:
                said.append(line.removeprefix("- ") if is_signed and line.startswith("- -") else line)
    return Cleared("\n".join(said), is_signed, tuple(blocks))


def _until(lines: Iterator[str], end: str) -> list[str]:
    """Take the lines up to `end`, and that one, too."""
    taken = []
    for line in lines:
        taken.append(line)
        if line.rstrip() == end:
            break
    return taken
