"""A brand's colour, bent as far as it takes to be readable (WCAG 2 contrast). Pure."""

import re

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_WHITE, _BLACK = "#ffffff", "#000000"
READABLE = 4.5
"""The contrast that WCAG 2 AA asks of text."""

Rgb = tuple[int, int, int]


def is_color(text: str) -> bool:
    """Whether `text` is a colour as `#rrggbb`."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(color: str) -> str:
    """Return white or black, whichever reads better on `color`; white wins where both read well."""
    return _WHITE if contrast(color, _WHITE) >= READABLE else _better(color)


def readable_on(color: str, ground: str) -> str:
    """Return `color`, mixed with black or white until it can be read on `ground`."""
    towards = (0, 0, 0) if _luminance(_rgb(ground)) > 0.2 else (255, 255, 255)
    mixed = color
    for step in range(1, 21):
        if contrast(mixed, ground) >= READABLE:
            break
        mixed = _mix(_rgb(color), towards, step / 20)
    return mixed


def shade(color: str, share: float) -> str:
    """Return `color` with a share (0 to 1) of black in it."""
    return _mix(_rgb(color), (0, 0, 0), share)


def _better(color: str) -> str:
    return max((_WHITE, _BLACK), key=lambda text: contrast(color, text))


def _rgb(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _mix(one: Rgb, other: Rgb, share: float) -> str:
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(one, other, strict=True))


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
