"""Slack's way to write text: three escaped characters, links and names in angle brackets, emoji by name. Pure."""

import re
import unicodedata

_BRACKETED = re.compile(r"<([^<>]+)>")
_SHORT_NAME = re.compile(r"(?<!:):([a-z0-9_+'-]+)(?:::skin-tone-([2-6]))?:(?!:)")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
# No character of this kind stands before it: letters and punctuation have names, too.
_FIRST_SYMBOL = 0x2300
# Names that differ from Unicode's; those that agree are looked up there.
_OWN_NAMES = {
    "+1": "👍",
    "-1": "👎",
    "100": "💯",
    "angry": "😠",
    "blush": "😊",
    "clap": "👏",
    "confused": "😕",
    "cry": "😢",
    "disappointed": "😞",
    "exclamation": "❗",
    "eyes": "👀",
    "grin": "😁",
    "grinning": "😀",
    "heart": "❤️",
    "heart_eyes": "😍",
    "heavy_check_mark": "✔️",
    "joy": "😂",
    "laughing": "😆",
    "muscle": "💪",
    "ok_hand": "👌",
    "open_mouth": "😮",
    "point_up": "☝️",
    "pray": "🙏",
    "question": "❓",
    "rage": "😡",
    "raised_hands": "🙌",
    "relaxed": "☺️",
    "scream": "😱",
    "slightly_smiling_face": "🙂",
    "smile": "😄",
    "smiley": "😃",
    "sob": "😭",
    "star": "⭐",
    "sunglasses": "😎",
    "sweat_smile": "😅",
    "tada": "🎉",
    "thinking_face": "🤔",
    "thumbsdown": "👎",
    "thumbsup": "👍",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
    "wink": "😉",
    "x": "❌",
}


def plain(text: str) -> str:
    """Return what a person reads where Slack says `text`."""
    text = _BRACKETED.sub(lambda found: _shown(found[1]), text)
    for escaped, character in _ESCAPES:
        text = text.replace(escaped, character)
    return _SHORT_NAME.sub(lambda found: _character(found[1], found[2]) or found[0], text)


def escaped(text: str) -> str:
    """Return `text` so that Slack shows exactly it, where its markup is switched off."""
    for escape, character in reversed(_ESCAPES):
        text = text.replace(character, escape)
    return text


def emoji(name: str) -> str:
    """Return the emoji that Slack calls `name`; a workspace's own ones stay a name between colons."""
    name, _colons, tone = name.partition("::skin-tone-")
    return _character(name, tone) or f":{name}:"


def _shown(inside: str) -> str:
    """Return what stands for a name, a command or a link; source: docs.slack.dev/messaging/formatting-message-text."""
    target, bar, label = inside.partition("|")
    if target.startswith("!"):
        return label or f"@{target[1:]}"
    if target[:1] in {"@", "#"}:
        return f"{target[0]}{label or target[1:]}"
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not bar or label in {target, address} or target.removeprefix("https://").removeprefix("http://") == label:
        return address
    return f"{label} ({address})"


def _character(name: str, tone: str | None) -> str:
    """Return an emoji, empty where Slack and Unicode know none of this name; `tone` is 2 to 6, as Slack counts."""
    found = _OWN_NAMES.get(name, "")
    if not found:
        try:
            found = unicodedata.lookup(name.replace("_", " ").upper())
        except KeyError:
            return ""
        if ord(found[0]) < _FIRST_SYMBOL:
            return ""
    return found + (unicodedata.lookup(f"EMOJI MODIFIER FITZPATRICK TYPE-{_TONES[tone]}") if tone in _TONES else "")


_TONES: dict[str | None, str] = {"2": "1-2", "3": "3", "4": "4", "5": "5", "6": "6"}
