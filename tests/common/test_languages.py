"""Language tags: normalising, falling back, matching, direction."""

import pytest

from csplatform.common.languages import best_match, fallback_chain, is_rtl, normalise_tag


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("zh_CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("ZH-hans-cn", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("cmn-Hant-TW", "zh-Hant"),
        ("zh-Latn", "zh-Latn"),
        ("pt_BR", "pt-BR"),
        ("en-us", "en-US"),
        ("es-419", "es-419"),
        ("sr_latn_rs", "sr-Latn-RS"),
        ("de_DE.UTF-8@euro", "de-DE"),
        ("en-US-u-hc-h12", "en-US"),
        (" fr ", "fr"),
        ("iw", "he"),
        ("no-NO", "nb-NO"),
        ("", None),
        (None, None),
        ("C", None),
        ("english", None),
        ("xx", None),
        ("und", None),
        ("en US", None),
        ("en--US", None),
    ],
)
def test_one_spelling_for_a_tag(given: str | None, expected: str | None) -> None:
    assert normalise_tag(given) == expected


@pytest.mark.parametrize(
    ("tag", "default", "expected"),
    [
        ("pt-BR", "es", ["pt-BR", "pt", "es", "en"]),
        ("zh-HK", "es", ["zh-Hant", "zh-Hans", "es", "en"]),
        ("zh-CN", "en", ["zh-Hans", "zh-Hant", "en"]),
        ("sr-Latn-RS", "de", ["sr-Latn-RS", "sr-Latn", "sr", "de", "en"]),
        ("nn-NO", "en", ["nn-NO", "nn", "nb", "en"]),
        ("nonsense!", "fr-CA", ["fr-CA", "fr", "en"]),
        (None, "??", ["en"]),
        ("en-GB", "en", ["en-GB", "en"]),
    ],
)
def test_the_way_down_from_a_tag(tag: str | None, default: str, expected: list[str]) -> None:
    assert fallback_chain(tag, default) == expected


@pytest.mark.parametrize(
    ("wanted", "available", "expected"),
    [
        ("zh-TW", ["en", "zh-hans", "zh-hant"], "zh-hant"),
        ("zh-TW", ["en", "zh_CN"], "zh_CN"),
        ("pt", ["en", "pt_BR"], "pt_BR"),
        ("pt-PT", ["en", "pt-BR", "pt"], "pt"),
        ("ja", ["es", "en"], "en"),
        (None, ["es", "en"], "en"),
        ("ja", ["es"], None),
        ("ja", [], None),
    ],
)
def test_the_best_of_what_exists(wanted: str | None, available: list[str], expected: str | None) -> None:
    assert best_match(wanted, available) == expected


def test_the_default_comes_before_english() -> None:
    assert best_match("ja", ["en", "es"], default="es-MX") == "es"


@pytest.mark.parametrize("tag", ["ar", "ar-EG", "he", "iw", "fa", "ur", "az-Arab", "ckb"])
def test_right_to_left(tag: str) -> None:
    assert is_rtl(tag) is True


@pytest.mark.parametrize("tag", ["en", "zh-Hant", "az", "ar-Latn", "nonsense!", None])
def test_left_to_right(tag: str | None) -> None:
    assert is_rtl(tag) is False
