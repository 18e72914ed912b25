"""Names that are made to be taken for somebody else's."""

import pytest

from channels_email.lookalike import imitates, is_one_slip, mixes_scripts, protect, shows_other_address, skeleton
from csplatform.common.domains import domain_of

PROTECTED = protect("support@acmebank.com", "Acme Helpdesk", ("paypal.com", "post.de", "service.gov.uk"))


def is_imitation(domain: str, name: str = "") -> bool:
    return imitates(domain_of(f"x@{domain}"), name, PROTECTED)


@pytest.mark.parametrize(
    "domain",
    [
        "p\u0430ypal.com",  # Cyrillic a
        "xn--pypal-4ve.com",
        "\u0440\u0430ura\u04cf.com",  # nearly all Cyrillic, one letter more off
        "paypa1.com",
        "paypaI.com",
        "p\u00e0ypal.com",
        "acrnebank.com",
        "acmeb4nk.com",
        "acmebanc.com",
        "acmebnak.com",
        "acmebankk.com",
        "acme-bank.com",
        "acmebank.co",
        "acmebank.com.evil.io",
        "paypal.com-login.evil.io",
        "paypal.evil.io",
        "secure-paypal.com",
        "login.paypal.verify.example",
        "p0st.de",
        "post.net",
    ],
)
def test_a_domain_imitates(domain: str) -> None:
    assert is_imitation(domain) == (domain != "\u0440\u0430ura\u04cf.com")


@pytest.mark.parametrize(
    "domain",
    [
        "acmebank.com",
        "mail.acmebank.com",
        "paypal.com",
        "e.paypal.com",
        "service.gov.uk",
        "tax.service.gov.uk",
        "customer.example",
        "gmail.com",
        "poste.it",  # short names are like others by chance
        "most.de",
        "composting.org",
        "outpost.example",
        "bankacme.example",
        "",
    ],
)
def test_a_domain_imitates_nobody(domain: str) -> None:
    assert not is_imitation(domain)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PayPal", True),
        ("PayPal Security Centre", True),
        ("P\u0430yPal", True),
        ("PayPa1 Service", True),
        ("service@paypal.com", True),
        ("paypal.com Support", True),
        ("Acmebank", True),
        ("Acmebank Support Team", True),
        ("ACME  Helpdesk", True),
        ("Ada of Acmebank", False),  # whoever works with us may say so
        ("Ada Lovelace", False),
        ("mypaypal.com.au", False),
        ("\u67e5\u5c14\u65af", False),
        ("", False),
    ],
)
def test_a_display_name_imitates(name: str, expected: bool) -> None:
    assert is_imitation("customer.example", name) is expected
    assert not is_imitation("paypal.com", name)


def test_a_large_providers_domain_is_nobodys_own() -> None:
    ours = protect("acme@gmail.com", "Acme Helpdesk", ())
    assert not imitates("gmial.com", "Gmail", ours)
    assert not imitates("customer.example", "Acme Helpdesk", ours)


def test_what_is_drawn_alike_has_one_skeleton() -> None:
    assert skeleton("rnicr0s0ft") == skeleton("Microsoft") == skeleton("\uff4d\u0456\u0441r\u043esoft")
    assert skeleton("amazon") != skeleton("amazing")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("acme", "acme", False),
        ("acme", "acne", True),
        ("acme", "acm", True),
        ("acme", "aacme", True),
        ("acme", "acmee", True),
        ("acme", "amce", True),
        ("acme", "caem", False),
        ("acme", "ac", False),
        ("", "a", True),
        ("acme", "acmexy", False),
    ],
)
def test_one_slip_of_the_finger(one: str, other: str, expected: bool) -> None:
    assert is_one_slip(one, other) is expected
    assert is_one_slip(other, one) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ceo@acmebank.com", True),
        ("Ada <ada@customer.example.>", False),
        ("ada@mail.customer.example", False),
        ("Ada (ceo@acmebank.com)", True),
        ("Ada @ home", False),
        ("ada@localhost", False),
    ],
)
def test_a_name_shows_another_address(name: str, expected: bool) -> None:
    assert shows_other_address(name, "customer.example") is expected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("p\u0430ypal.com", True),
        ("xn--pypal-4ve.com", True),
        ("\u03b1lpha.example", True),
        ("b\u00fccher.example", False),
        ("\u043f\u043e\u0447\u0442\u0430.\u0440\u0444", False),
        ("\u043f\u043e\u0447\u0442\u0430.com", False),  # one script in each label
        ("sony\u30bd\u30cb\u30fc\u682a\u5f0f.jp", False),
        ("\uc0bc\uc131sdi.kr", False),
        ("shop24.example", False),
    ],
)
def test_scripts_that_no_language_writes_together(domain: str, expected: bool) -> None:
    assert mixes_scripts(domain) is expected
