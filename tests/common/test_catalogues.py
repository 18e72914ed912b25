"""The catalogues: extracted from Python and templates, checked, compiled, without gettext's programs."""

import gettext
from pathlib import Path

import pytest
from pytest_django import Settings

from csplatform.common import catalogues

MODULE = """
from django.utils.translation import gettext as _, ngettext, pgettext
one = _("Hello %(name)s")
many = ngettext("%(count)d mail", "%(count)d mails", 2)
verb = pgettext("verb", "Open")
"""
TEMPLATE = """{% load i18n %}
  <p title="{% trans 'Close (the window)' %}">
  {% blocktrans count n=n %}one line{% plural %}{{ n }} lines{% endblocktrans %}</p>
      {% if x %}"unbalanced ( ' {% translate "Deep" %}{% endif %}
"""


@pytest.fixture
def project(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "csplatform/templates").mkdir(parents=True)
    (tmp_path / "csplatform/words.py").write_text(MODULE)
    (tmp_path / "csplatform/templates/page.html").write_text(TEMPLATE)
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    monkeypatch.setattr(catalogues, "LIBRARIES", ())
    return tmp_path


def test_messages_are_found_in_python_and_templates(project: Path) -> None:
    found = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogues.template()}
    assert found == {"", "Hello %(name)s", "%(count)d mail", "Open", "Close (the window)", "one line", "Deep"}


def test_fresh_catalogue_needs_a_translator(project: Path) -> None:
    assert len(catalogues.complaints("es")) == 6
    catalogues.update("es")
    assert set(catalogues.complaints("es")) == {
        "es: not translated: 'Close (the window)'",
        "es: not translated: 'Deep'",
        "es: not translated: 'Hello %(name)s'",
        "es: not translated: 'Open'",
        "es: not translated: ('%(count)d mail', '%(count)d mails')",
        "es: not translated: ('one line', '%(n)s lines')",
    }


def translate(project: Path, source: str, text: str) -> None:
    path = catalogues.po_path("es")
    path.write_text(path.read_text().replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{text}"'))


@pytest.mark.parametrize(
    ("text", "fault"),
    [("Hola %(nombre)s", "other placeholders than the source"), ("Hola", "other placeholders than the source")],
)
def test_broken_placeholder_is_found(project: Path, text: str, fault: str) -> None:
    catalogues.update("es")
    translate(project, "Hello %(name)s", text)
    assert f"es: {fault}: 'Hello %(name)s'" in catalogues.complaints("es")


def test_translation_survives_an_update_and_is_compiled_once(project: Path) -> None:
    catalogues.update("es")
    translate(project, "Deep", "Profundo")
    catalogues.update("es")
    assert catalogues.compile_stale() == ["es"]
    assert catalogues.compile_stale() == []
    with catalogues.po_path("es").with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Deep") == "Profundo"


def test_message_that_left_the_sources_leaves_the_catalogue(project: Path) -> None:
    catalogues.update("es")
    (project / "csplatform/words.py").write_text("")
    assert "es: no longer in the sources: 'Hello %(name)s'" in catalogues.complaints("es")
    catalogues.update("es")
    assert "Hello" not in catalogues.po_path("es").read_text()
