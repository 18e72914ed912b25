"""Paragraphs that were broken into lines for the journey (RFC 3676, `format=flowed`). Pure."""

import re

_LINE = re.compile(r"(>*)( ?)(.*)", re.DOTALL)


def unfold(text: str, *, delete_space: bool = False) -> str:
    """Return `text` with its soft line breaks undone; `delete_space` is the parameter DelSp."""
    paragraphs: list[list[str]] = []
    open_depth = -1  # how deep the paragraph is quoted that goes on, -1 where none does
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        assert match is not None
        depth, content = len(match[1]), match[3]
        if open_depth == depth and content != "-- ":
            paragraphs[-1].append(content)
        else:
            paragraphs.append([f"{'>' * depth} {content}" if depth else content])
        open_depth = -1
        if content.endswith(" ") and content != "-- ":
            open_depth = depth
            paragraphs[-1][-1] = paragraphs[-1][-1][:-1] if delete_space else paragraphs[-1][-1]
    lines = ["".join(pieces) for pieces in paragraphs]
    return "\n".join(line.rstrip() if line != "-- " else line for line in lines)
