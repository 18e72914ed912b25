"""Language tags: one spelling, the way down from a tag to a text that exists, and the direction of writing.

Tags are BCP 47 (RFC 5646), written as the settings write them: `en`, `pt-BR`, `zh-Hans`. Chinese is told
apart by script and never by region, because a translation is made for a script. Pure functions, no
Django.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby

from babel.core import Locale, get_global

# What a customer service hears most; between two equally likely languages, one of these is meant.
# fmt: off
COMMON_LANGUAGES = frozenset({
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id",
    "it", "ja", "ko", "nb", "nl", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh",
})
# fmt: on
LAST_RESORT = "en"

_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?(?:-.*)?", re.IGNORECASE)
_WELL_FORMED = re.compile(r"[a-z0-9]{1,8}(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
# Withdrawn or collective codes that platforms still send, and the code the settings use.
_MODERN = {"cmn": "zh", "in": "id", "iw": "he", "ji": "yi", "mo": "ro", "no": "nb"}
_TRADITIONAL_REGIONS = frozenset({"HK", "MO", "TW"})
# A reader of the left can read the right, and would rather do so than read the account's default.
_READABLE = {"nn": "nb", "zh-Hans": "zh-Hant", "zh-Hant": "zh-Hans"}
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"})


@lru_cache(maxsize=512)
def normalise_tag(tag: str | None) -> str | None:
    """The tag as this project writes it, or None where it names no language.

    Reads BCP 47 and POSIX spellings (`zh_CN.UTF-8`), in any case. Extensions and variants are dropped,
    Chinese becomes `zh-Hans` or `zh-Hant` (bare `zh` is `zh-Hans`), withdrawn codes become today's (`iw`
    is `he`).
    """
    bare = (tag or "").strip().split(".")[0].split("@")[0].replace("_", "-")
    match = _TAG.fullmatch(bare) if _WELL_FORMED.fullmatch(bare) else None
    if match is None:
        return None
    language = _MODERN.get(match[1].lower(), match[1].lower())
    if language not in _known_languages():
        return None
    script, region = (match[2] or "").title(), (match[3] or "").upper()
    if language == "zh" and script in {"", "Hans", "Hant"}:
        script = script or ("Hant" if region in _TRADITIONAL_REGIONS else "Hans")
        region = ""
    return "-".join(part for part in (language, script, region) if part)


def fallback_chain(tag: str | None, default: str = LAST_RESORT) -> list[str]:
    """The languages to try for a reader of `tag`, best first, each once.

    In this order: the tag itself, its script and its base language (`sr-Latn-RS`, `sr-Latn`, `sr`), the
    language its readers also read (`zh-Hant` then `zh-Hans` and the reverse, `nn` then `nb`), the same
    for `default`, and at last `en`. A tag that names no language counts as absent.
    """
    steps = [step for start in (tag, default, LAST_RESORT) for step in _widen(normalise_tag(start))]
    return list(dict.fromkeys(steps))


def best_match(wanted: str | None, available: Iterable[str], default: str = LAST_RESORT) -> str | None:
    """The member of `available`, in its own spelling, that serves a reader of `wanted` best; None if none does.

    Follows `fallback_chain`; before it gives up a language, another region of it is taken: `pt` is served by
    `pt-BR` where only that exists.
    """
    by_tag: dict[str, str] = {}
    for spelling in available:
        if tag := normalise_tag(spelling):
            by_tag.setdefault(tag, spelling)
    for _, group in groupby(fallback_chain(wanted, default), key=base_language):
        steps = list(group)
        siblings = (tag for tag in by_tag if any(_same_writing(tag, step) for step in steps))
        found = next((step for step in steps if step in by_tag), None) or next(siblings, None)
        if found:
            return by_tag[found]
    return None


def is_rtl(tag: str | None) -> bool:
    """Whether text in this language runs from right to left; False for what names no language."""
    normal = normalise_tag(tag)
    return normal is not None and _script(normal) in _RIGHT_TO_LEFT_SCRIPTS


def base_language(tag: str) -> str:
    """The language subtag alone: `pt` for `pt-BR`, `zh` for `zh-Hant`."""
    return tag.split("-")[0]


def _widen(tag: str | None) -> Iterator[str]:
    while tag:
        yield tag
        if tag in _READABLE:
            yield _READABLE[tag]
            return
        tag = normalise_tag(tag.rpartition("-")[0])


def _same_writing(one: str, other: str) -> bool:
    return base_language(one) == base_language(other) and _script(one) == _script(other)


def _script(tag: str) -> str:
    subtags = tag.split("-")
    if len(subtags) > 1 and len(subtags[1]) == 4:
        return subtags[1]
    likely = get_global("likely_subtags")
    full = likely.get(tag.replace("-", "_")) or likely.get(subtags[0], "")
    parts = full.split("_")
    return parts[1] if len(parts) > 1 else "Latn"


@lru_cache(maxsize=1)
def _known_languages() -> frozenset[str]:
    return frozenset(str(code) for code in Locale("en").languages if "_" not in str(code)) - {"mul", "und", "zxx"}
