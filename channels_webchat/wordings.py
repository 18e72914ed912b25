"""Short texts of an account's settings, in one language or several: `Billing | zh-Hans: 账单 | es: Facturación`."""

from dataclasses import dataclass, field

from csplatform.common.languages import best_match, normalise_tag

LONGEST = 300
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Wording:
    """A text; `default` is what stands first, and what agents read. `others` are by language (BCP 47)."""

    default: str
    others: dict[str, str] = field(default_factory=dict)

    def in_language(self, tag: str) -> str:
        """Return the text for a reader of `tag`, the default where there is none in their language."""
        found = best_match(tag, self.others, default=tag)
        return self.others[found] if found and _same(found, tag) else self.default


def wording(value: object) -> Wording | None:
    """Read a setting; None where it is empty or no text. A part whose language is none belongs to the text before."""
    if not isinstance(value, str):
        return None
    default, *parts = value.split("|")
    said: dict[str, str] = {_DEFAULT: default}
    last = _DEFAULT
    for part in parts:
        name, colon, text = part.partition(":")
        tag = normalise_tag(name) if colon else None
        if tag:
            said[last := tag] = text
        else:
            said[last] += f"|{part}"
    texts = {tag: " ".join(text.split())[:LONGEST] for tag, text in said.items()}
    default = texts.pop(_DEFAULT)
    return Wording(default, {tag: text for tag, text in texts.items() if text}) if default else None


def _same(one: str, other: str) -> bool:
    """Whether two tags name one language: English is no answer to who asked for Japanese."""
    return one.split("-")[0] == (normalise_tag(other) or other).split("-")[0]
