"""Who registered a domain, and how it reads."""

import pytest

from csplatform.common.domains import domain_of, is_shared, readable, registrable


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("example.com", "example.com"),
        ("A.B.Example.COM.", "example.com"),
        ("mail.shop.co.uk", "shop.co.uk"),
        ("co.uk", ""),
        ("com", ""),
        ("", ""),
        ("192.168.0.1", ""),
        ("[192.168.0.1]", ""),
        ("one.github.io", "one.github.io"),
        ("www.例子.中国", "例子.中国"),
        ("www.xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s"),
        ("a..b", ""),
        ("a." * 200 + "example", ""),
        ("a b.example", ""),
        ("x.unheard-of", "x.unheard-of"),
    ],
)
def test_somebody_registered_a_part(domain: str, registered: str) -> None:
    assert registrable(domain) == registered


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("Ada@Shop.Example.", "shop.example"),
        ('"a@b"@c.d', "c.d"),
        ("nobody", ""),
        ("x" * 400 + "@shop.example", ""),
        ("", ""),
        ("a@b\u00fccher.example", "xn--bcher-kva.example"),
        ("a@" + "\u00fc" * 99, "\u00fc" * 99),
    ],
)
def test_an_address_has_a_domain(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        ("xn--pypal-4ve.com", "p\u0430ypal.com"),
        ("WWW.Example.com", "www.example.com"),
        ("xn--.com", ".com"),
        ("xn--\u00e9.com", "xn--\u00e9.com"),
        ("xn--99999999999.com", "xn--99999999999.com"),
    ],
)
def test_a_domain_is_read_in_its_own_script(domain: str, shown: str) -> None:
    assert readable(domain) == shown


def test_anybody_has_an_address_at_a_large_provider() -> None:
    assert is_shared("Gmail.com")
    assert not is_shared("shop.example")
