"""A conversation's name in addresses and subjects: given out, read again, and not to be forged."""

from dataclasses import replace

import pytest
from pytest_django import Settings

from channels_email.names import named_address, tagged_subject
from tests.channels_email.mails import ACCOUNT, mail, parsed

NAMED = "support+c1234."


def test_an_answer_to_the_named_address_names_the_conversation() -> None:
    address = named_address(ACCOUNT, "1234")
    assert address.startswith(NAMED)
    assert address == address.lower()
    assert parsed(mail(f"To: Support <{address}>")).thread_names == ("1234",)


@pytest.mark.parametrize("field", ["Delivered-To", "X-Original-To", "X-Envelope-To", "To", "Cc"])
def test_the_name_is_found_wherever_an_address_stands_and_in_any_case(field: str) -> None:
    data = mail("To: someone@else.example", f"{field}: {named_address(ACCOUNT, '77').upper()}")
    assert parsed(data).thread_names == ("77",)


def test_the_name_is_found_in_the_envelope_first() -> None:
    data = mail(f"To: {named_address(ACCOUNT, '2')}", "Subject: Re: Order [#3]")
    assert parsed(data, x_envelope_to=named_address(ACCOUNT, "1")).thread_names == ("1", "2", "3")


def test_a_wrong_mac_names_nothing() -> None:
    mac = named_address(ACCOUNT, "1234").partition(".")[2].partition("@")[0]
    other = replace(ACCOUNT, address="sales@shop.example")
    for forged in (
        f"support+c1235.{mac}@shop.example",
        f"support+c1234.{'a' * 16}@shop.example",
        f"support+c1234.{mac[:-1]}@shop.example",
        f"support+c1234.{mac}@else.example",
        "support+c1234@shop.example",
        "support+c1234.@shop.example",
        named_address(other, "1234").replace("sales", "support"),
    ):
        assert parsed(mail(f"To: {forged}")).thread_names == ()


def test_names_given_out_under_an_older_secret_still_count(settings: Settings) -> None:
    address = named_address(ACCOUNT, "1234")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new secret for today", [settings.SECRET_KEY]
    assert parsed(mail(f"To: {address}")).thread_names == ("1234",)
    assert named_address(ACCOUNT, "1234") != address
    settings.SECRET_KEY_FALLBACKS = []
    assert parsed(mail(f"To: {address}")).thread_names == ()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("support@shop.example", ""),
        ("support@shop.example", "A1"),
        ("support@shop.example", "1.2"),
        ("support@shop.example", "1" * 40),
        ("support+eu@shop.example", "1"),
        (f"{'s' * 50}@shop.example", "1"),
    ],
)
def test_what_fits_no_address_is_not_named(address: str, name: str) -> None:
    assert named_address(replace(ACCOUNT, address=address), name) == ""


def test_plus_addressing_can_be_turned_off() -> None:
    assert named_address(replace(ACCOUNT, settings={"plus_addressing": False}), "1") == ""


def test_a_domain_of_any_script_is_the_same_in_ascii() -> None:
    account = replace(ACCOUNT, address="support@bücher.example")
    in_ascii = named_address(account, "5").replace("bücher", "xn--bcher-kva")
    with_account = replace(account, address="support@bücher.example")
    assert parsed(mail(f"To: {in_ascii}"), account=with_account).thread_names == ("5",)


def test_the_subject_is_tagged_only_where_it_is_asked_for() -> None:
    asked = replace(ACCOUNT, settings={"subject_tag": True})
    assert tagged_subject(ACCOUNT, "Order", "12") == "Order"
    assert tagged_subject(asked, "Order", "12") == "Order [#12]"
    assert tagged_subject(asked, "Re: Order [#12]", "12") == "Re: Order [#12]"
    assert tagged_subject(asked, "", "12") == "[#12]"
    assert tagged_subject(asked, "Order", "") == "Order"


def test_a_tag_is_always_read() -> None:
    assert parsed(mail("Subject: AW: Order [#AB-12] [#7] [#]")).thread_names == ("ab-12", "7")


def test_addressees_are_the_others() -> None:
    data = mail(
        f"To: Support <Support@Shop.example>, Bob <BOB@x.example>, {named_address(ACCOUNT, '1')}",
        "Cc: bob@x.example, carol@x.example, support+vip@shop.example, support@else.example",
        "Bcc: dave@x.example",
    )
    assert parsed(data).addressees == ("bob@x.example", "carol@x.example", "support@else.example")


def test_a_mail_to_thousands_names_fifty() -> None:
    crowd = ", ".join(f"a{number}@x.example" for number in range(2000))
    assert parsed(mail(f"To: {crowd}")).addressees == tuple(f"a{number}@x.example" for number in range(50))
