"""Translations without gettext's programs: Babel reads the sources, keeps the catalogues, and compiles them."""

import io
import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PACKAGES = ("csplatform", "channels_email", "channels_social", "channels_webchat")
# What our users see of libraries that bring no translations of their own.
LIBRARIES = ("unfold/templates", "unfold/contrib/filters", "unfold/contrib/forms")
_HEADER = {
    "header_comment": "# Translations for csplatform. Kept in step with the sources by `manage.py catalogues`.",
    "project": "csplatform",
    "version": "1",
    "last_translator": "csplatform",
    "language_team": "csplatform",
    "msgid_bugs_address": "",
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def languages() -> list[str]:
    """Return the locale names of the catalogues: every language of the desk but English, which is the source."""
    return [to_locale(code) for code, _name in settings.LANGUAGES if code != "en"]


def template() -> Catalog:
    """Return every message of the sources, untranslated, sorted."""
    catalog = Catalog(project="csplatform", charset="utf-8")
    for root, path in _sources():
        for _line, ids, comments, context in _extract(path):
            place = str(path.relative_to(root))
            catalog.add(ids, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalog


def _sources() -> Iterator[tuple[Path, Path]]:
    """Yield each file with words in it, after the folder that it is named from."""
    roots = [(Path(settings.BASE_DIR), package) for package in PACKAGES]
    for root, package in roots + [(_home(folder), folder) for folder in LIBRARIES]:
        words = [path for path in (root / package).rglob("*.py") if "migrations" not in path.parts]
        words += [path for path in (root / package).rglob("*") if path.suffix in {".html", ".txt"}]
        yield from ((root, path) for path in sorted(words))


def _home(folder: str) -> Path:
    """Return the folder that holds the library."""
    spec = find_spec(folder.split("/")[0])
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.parent


def _extract(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    source = path.read_text()
    if path.suffix != ".py":
        # Inside brackets Python's tokenizer does not care for the indentation of what was HTML.
        source = f"({templatize(source)})"
    yield from extract("python", io.BytesIO(source.encode()), KEYWORDS, ["Translators:"], {})


def po_path(locale: str) -> Path:
    """Return where the catalogue of `locale` is kept."""
    return Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "django.po"


def read(locale: str) -> Catalog:
    """Return the catalogue of `locale`; an empty one where there is none yet."""
    path = po_path(locale)
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8", fuzzy=False, **_HEADER)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update(locale: str) -> Catalog:
    """Bring the catalogue of `locale` up to the sources: new messages empty, gone ones dropped, nothing guessed."""
    catalog = read(locale)
    catalog.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    path = po_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, include_lineno=False, sort_output=True, ignore_obsolete=True, omit_header=False)
    return catalog


def complaints(locale: str) -> list[str]:
    """Return what is wrong with the catalogue of `locale`, a line each; empty where all is well."""
    catalog, wanted = read(locale), {_identity(message) for message in template() if message.id}
    present = {_identity(message): message for message in catalog if message.id}
    found = [f"{locale}: not in the catalogue: {key[1]!r}" for key in sorted(wanted - present.keys())]
    found += [f"{locale}: no longer in the sources: {key[1]!r}" for key in sorted(present.keys() - wanted)]
    for message in present.values():
        found += [f"{locale}: {fault}: {message.id!r}" for fault in _faults(message, catalog.num_plurals)]
    return found


def _identity(message: Message) -> tuple[str, str]:
    first = message.id if isinstance(message.id, str) else message.id[0]
    return (message.context or "", first)


def _faults(message: Message, plurals: int) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if not all(texts) or (message.pluralizable and len(texts) != plurals):
        yield "not translated"
        return
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    allowed = {mark for source in ids for mark in PLACEHOLDER.findall(source)}
    for text in texts:
        marks = set(PLACEHOLDER.findall(text))
        if marks - allowed or (not message.pluralizable and marks != allowed):
            yield "other placeholders than the source"


def compile_stale() -> list[str]:
    """Compile each catalogue that is newer than its .mo file; returns the locales compiled."""
    compiled = []
    for locale in languages():
        source, target = po_path(locale), po_path(locale).with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        draft = target.with_suffix(f".{os.getpid()}.part")  # several processes may start at once
        with draft.open("wb") as file:
            write_mo(file, read(locale))
        draft.replace(target)
        compiled.append(locale)
    return compiled
