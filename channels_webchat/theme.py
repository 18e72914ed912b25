"""The colours of the chat page: a light and a dark palette, and a brand's colour bent to both."""

from collections.abc import Mapping

from channels_webchat.colors import readable_on, shade, text_on
from channels_webchat.look import Theme

LIGHT = {
    "--ground": "#ffffff",
    "--ink": "#16181d",
    "--ink-soft": "#5a6270",
    "--their-ground": "#f0f2f5",
    "--edge": "#e2e5ea",
    "--field": "#ffffff",
    "--danger": "#b3261e",
    "--shadow": "0 1px 2px rgb(16 24 40/.05),0 6px 20px rgb(16 24 40/.08)",
}
DARK = {
    "--ground": "#17191e",
    "--ink": "#eef0f4",
    "--ink-soft": "#a3abb9",
    "--their-ground": "#262a32",
    "--edge": "#333843",
    "--field": "#1f2229",
    "--danger": "#ff9d94",
    "--shadow": "0 1px 2px rgb(0 0 0/.3),0 8px 24px rgb(0 0 0/.35)",
}


def theme_css(color: str, theme: Theme) -> str:
    """Return the style sheet of a brand's colour in a theme. AUTO follows the visitor's device."""
    brand = {"--brand": color, "--brand-deep": shade(color, 0.28), "--on-brand": text_on(color)}
    light, dark = (palette | {"--brand-ink": _readable(color, palette)} for palette in (LIGHT, DARK))
    if theme is Theme.AUTO:
        both = _rule({"color-scheme": "light dark", **brand, **light})
        return f"{both}@media (prefers-color-scheme:dark){{{_rule(dark)}}}"
    return _rule({"color-scheme": theme.value, **brand, **(dark if theme is Theme.DARK else light)})


def _readable(color: str, palette: Mapping[str, str]) -> str:
    """Links stand on the bubbles of the other side, which is harder to read on than the page itself."""
    return readable_on(color, palette["--their-ground"])


def _rule(values: Mapping[str, str]) -> str:
    return ":root{" + ";".join(f"{name}:{value}" for name, value in values.items()) + "}"
