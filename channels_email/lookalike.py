"""Names that are made to be taken for somebody else's. Pure.

Two names look alike where their skeletons are equal: both are brought to plain letters in which signs that are drawn
alike are one (the idea of Unicode's UTS 39; the table here holds those that are used against Latin names).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from csplatform.common.domains import domain_of, is_shared, readable, registrable

_DRAWN_ALIKE = {
    "a": "аαɑạąа",
    "b": "ьƅ",
    "c": "сϲᴄ",
    "d": "ԁɗ",
    "e": "еєҽ",
    "g": "ɡց",
    "h": "һհ",
    "i": "іıιɩⅰ",
    "j": "јϳ",
    "k": "кκ",
    "l": "ӏⅼǀ|",
    "m": "мⅿ",
    "n": "пոռη",
    "o": "оοօσ०੦௦๐໐0",
    "p": "рρ",
    "q": "ԛգ",
    "r": "гⲅ",
    "s": "ѕꜱ5",
    "t": "тτ",
    "u": "υսцμ",
    "v": "ѵνⅴ",
    "w": "ԝաѡ",
    "x": "хχⅹ",
    "y": "уγү",
    "z": "ᴢʐ",
}
_LETTERS = {ord(sign): letter for letter, signs in _DRAWN_ALIKE.items() for sign in signs}
# One of l, 1, I and i stands for all of them; pairs that run together follow.
_LETTERS |= {ord(sign): "l" for sign in "1iіıιɩⅰ!"}
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@]+@[^\s<>()\[\],;:\"'@]+\.[^\s<>()\[\],;:\"'@]+")
_SCRIPTS_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
# What offices call themselves beside the company's name.
_ROLES = frozenset(
    """
    support service services team help helpdesk desk customer care client info billing invoice accounts account sales
    admin administrator security it hr payroll office noreply no reply mail the from kundenservice kundendienst soporte
    servicio atencion cliente assistenza servizio clienti equipe assistance suporte atendimento
    """.split()  # noqa: SIM905 - words are read more easily than a list of them
)
# Shorter names are too easily like others by chance.
_SHORTEST_NAME = 4
_SHORTEST_MISSPELT = 5


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity, so that answers about it can be remembered
class Protected:
    """The names that others must not be taken for.

    `domains` are those that may use the names; `names` map each name's skeleton to how it is written; `phrases` are
    skeletons of whole display names. `listed` are the names that an administrator entered.
    """

    domains: frozenset[str]
    names: dict[str, str]
    listed: frozenset[str]
    phrases: frozenset[str]

    def is_genuine(self, domain: str) -> bool:
        """Tell whether `domain` is one of those protected, or below one."""
        return any(domain == own or domain.endswith(f".{own}") for own in self.domains)


@lru_cache(256)
def protect(address: str, account: str, listed: tuple[str, ...]) -> Protected:
    """Return what is to be protected for the account `account` with `address`, and `listed` domains.

    A large mail provider's domain is nobody's own.
    """
    own = domain_of(address)
    own = "" if is_shared(own) else registrable(own) or own
    domains = [*filter(None, [own, *(domain.strip().lower().rstrip(".") for domain in listed)])]
    names: dict[str, str] = {}
    for domain in domains:
        name = readable(registrable(domain) or domain).partition(".")[0]
        if len(name) >= _SHORTEST_NAME:
            names.setdefault(skeleton(name), name)
    explicit = {skeleton(readable(registrable(domain)).partition(".")[0]) for domain in listed}
    phrases = {joined(account)} if own and len(joined(account)) > _SHORTEST_NAME else set()
    return Protected(frozenset(domains), names, frozenset(explicit), frozenset(phrases))


@lru_cache(4096)
def skeleton(text: str) -> str:
    """Return `text` in plain letters, equal for what is drawn alike."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(_LETTERS)
    for pair, letter in _PAIRS:
        plain = plain.replace(pair, letter)
    return plain


def joined(text: str) -> str:
    """Return the skeletons of the words in `text` without anything between them."""
    return "".join(map(skeleton, words(text)))


def words(text: str) -> list[str]:
    """Return the words in `text`, in the order they stand."""
    return _WORD.findall(text)


def imitates(domain: str, name: str, protected: Protected) -> bool:
    """Tell whether a sender's domain or display name is made to look like one of `protected`."""
    if not protected.domains or protected.is_genuine(domain):
        return False
    return _domain_imitates(domain, protected) or (bool(name) and _name_imitates(name, protected))


@lru_cache(4096)
def _domain_imitates(domain: str, protected: Protected) -> bool:
    owned = registrable(domain)
    label = readable(owned).partition(".")[0]
    below = readable(domain[: -len(owned)].rstrip(".")) if owned else ""
    if any(_holds_labels(below, own) for own in protected.domains):
        return True
    parts = {skeleton(part) for part in [*below.split("."), *label.split("-")] if part}
    whole = skeleton(label.replace("-", ""))
    return any(
        name in parts or whole == name or (len(name) >= _SHORTEST_MISSPELT and is_one_slip(label, written))
        for name, written in protected.names.items()
    )


def _holds_labels(labels: str, domain: str) -> bool:
    return f".{domain}." in f".{labels}."


def _name_imitates(name: str, protected: Protected) -> bool:
    lower = name.casefold()
    if any(_says_domain(lower, domain) for domain in protected.domains):
        return True
    if protected.phrases and joined(name) in protected.phrases:
        return True
    written = words(lower)
    for word in written:
        shape = skeleton(word)
        if shape in protected.names:
            meant = protected.names[shape]
            others = [other for other in written if other != word]
            if word != meant or shape in protected.listed or all(other in _ROLES for other in others):
                return True
    return False


def _says_domain(name: str, domain: str) -> bool:
    """Tell whether a display name shows `domain` as such, not as the end of a longer one."""
    at = name.find(domain)
    if at < 0:
        return False
    around = name[at - 1 : at] + name[at + len(domain) :][:1]
    return not any(sign.isalnum() or sign in "-." for sign in around)


def is_one_slip(one: str, other: str) -> bool:
    """Tell whether the two differ by one letter more, less, other, or by two that changed places."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    swapped = len(a) == len(b) >= 2 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]


def shows_other_address(name: str, domain: str) -> bool:
    """Tell whether a display name shows a mail address whose domain is not whose who sent it."""
    if "@" not in name:
        return False
    shown = {registrable(domain_of(address.rstrip("."))) for address in _ADDRESS.findall(name)}
    return bool(shown - {"", registrable(domain)})


@lru_cache(4096)
def mixes_scripts(domain: str) -> bool:
    """Tell whether a label of `domain` is written in scripts that no language writes together (UTS 39 5.2)."""
    if domain.isascii() and "xn--" not in domain:
        return False
    return any(_is_mixed(scripts(label)) for label in readable(domain).split("."))


def scripts(text: str) -> set[str]:
    """Return the scripts of the letters in `text`, by the first word of each letter's name in Unicode."""
    return {unicodedata.name(sign, "UNKNOWN").split()[0].split("-")[0] for sign in text if sign.isalpha()}


def _is_mixed(found: Iterable[str]) -> bool:
    found = set(found)
    return len(found) > 1 and not any(found <= together for together in _SCRIPTS_TOGETHER)
