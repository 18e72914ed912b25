"""Long lists of alternatives, written one below the other.

Each line holds one or more alternatives of a regular expression; a line that begins with blanks goes on where the one
above ended. Outer blanks do not count: `[ ]` stands for one.
"""

import re


def any_of(text: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the alternatives in `text`."""
    return re.compile("|".join(_joined(text)))


def sections(text: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the sections of `text`, each begun by its name in brackets on a line of its own, in order."""
    found: list[tuple[str, list[str]]] = []
    for line in _joined(text):
        if name := re.fullmatch(r"\[([a-z]{3,})\]", line):
            found.append((name[1], []))
        else:
            found[-1][1].append(line)
    return tuple((name, re.compile("|".join(lines))) for name, lines in found)


def _joined(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.strip("\n").split("\n"):
        if line.startswith(" ") and lines:
            lines[-1] += line.strip()
        else:
            lines.append(line.strip())
    return lines
