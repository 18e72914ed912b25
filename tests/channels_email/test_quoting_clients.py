"""What mail programs put below an answer, each in its own words and language. The mails are invented."""

import pytest

from channels_email.quoting import fold
from tests.channels_email.mail_programs.attributions import ATTRIBUTIONS
from tests.channels_email.mail_programs.devices import DEVICES
from tests.channels_email.mail_programs.headers import HEADERS, OUTLOOK
from tests.channels_email.mail_programs.tails import LANGUAGES
from tests.channels_email.mail_programs.tails_of_programs import PROGRAMS

TAILS = LANGUAGES | PROGRAMS


@pytest.mark.parametrize("program", ATTRIBUTIONS)
@pytest.mark.parametrize("quote", ["> the earlier mail\n>\n> in two lines", "\nthe earlier mail\n\nin two lines"])
def test_an_attribution_begins_the_earlier_mail(program: str, quote: str) -> None:
    folded = fold(f"Thanks, it works now.\n\nAda\n\n{ATTRIBUTIONS[program]}\n{quote}\n")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.\n\nAda", True)


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_an_attribution_right_below_takes_no_line_along(program: str) -> None:
    """Numbers in the line above are no part of the date below."""
    folded = fold(f"Thanks, 10:00 on 3 March suits us\n{ATTRIBUTIONS[program]}\n> the earlier mail")
    assert folded.text == "Thanks, 10:00 on 3 March suits us"


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_an_answer_below_the_quotation_is_the_answer(program: str) -> None:
    assert fold(f"{ATTRIBUTIONS[program]}\n> Which colour?\n\nBlue, please.").text == "Blue, please."


@pytest.mark.parametrize("program", HEADERS)
def test_a_header_begins_the_earlier_mail(program: str) -> None:
    folded = fold(f"Thanks, it works now.\n\n{HEADERS[program].strip()}\n\nthe earlier mail\n")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.", True)


@pytest.mark.parametrize("program", TAILS)
def test_whatever_a_program_leaves_below_is_folded(program: str) -> None:
    folded = fold(f"Thanks, it works now.\n\n{TAILS[program]}")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.", True)


@pytest.mark.parametrize("language", OUTLOOK)
def test_outlook_begins_the_earlier_mail_in_every_language(language: str) -> None:
    labels = OUTLOOK[language].split("|")
    values = ["Ada Lovelace", "2026/03/02 10:00", "Support", "RE: Order"]
    header = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    folded = fold(f"Thanks, it works now.\n\n{header}\n\nthe earlier mail\n")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.", True)


@pytest.mark.parametrize("line", DEVICES)
def test_what_a_device_adds_is_folded(line: str) -> None:
    folded = fold(f"Thanks, it works now.\n\n{line}\n")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.", True)


@pytest.mark.parametrize("line", DEVICES)
def test_what_a_device_adds_between_answer_and_quotation_is_folded(line: str) -> None:
    text = (
        f"Thanks, it works now.\n\n{line}\n\nOn 2 Mar 2026, at 10:00, Ada <ada@x.example> wrote:\n\n> the earlier mail"
    )
    assert fold(text).text == "Thanks, it works now."


@pytest.mark.parametrize(
    "text",
    [
        # sentences that look like what programs write
        "On Monday I wrote to you:\nplease cancel my order.",
        "On 3 March 2026 I wrote to you:\n\nPlease cancel my order.\n\nNothing happened.",
        "On 3 March 2026 at 10:00 I wrote:\nplease cancel.\nNothing happened.",
        "On 3 March 2026 your colleague wrote:\nWe will refund you.\nNothing came.",
        "Am 2. März 2026 um 10:00 schrieb ich Ihnen:\nbitte stornieren.\nEs kam nichts.",
        "Den 2 mars 2026 kl. 10:00 skrev jag till er:\nInget svar.",
        "2 марта 2026 в 10:00 я написал вам:\nответа нет.",
        "On 3 May at 10:00 the driver said that he wrote to me:\nno.",
        "Please send the invoice of 2 March 2026 to billing@x.example:\nwe need it.",
        "She wrote:\nthat it works.",
        "The error says:\n\n> connection refused",
        "You told me this:\n\n> it ships on Monday\n\nIt did not.",
        # fields that people name
        "I want to book.\n\nFrom: Berlin\nTo: Paris\nDate: 3 May 2026\n\nTwo seats, please.",
        "Here is the header:\nFrom: a@x.example\nTo: b@x.example\nSubject: hi\nWhy did I get it?",
        "Name: Ada\nOrder: 7\nDate: 3 May 2026\n\nWhere is it?",
        # what was sent, and how
        "I returned it.\nSent via DHL on Monday.",
        "Das Paket ist zurück.\nGesendet mit DHL am Montag.",
        "Le colis est parti.\nEnvoyé de Paris le 3 mars.",
        "El paquete salió.\nEnviado desde el almacén de Madrid.",
        "Посылка ушла.\nОтправлено из Москвы вчера.",
        "Paketti lähti.\nLähetetty eilen.",
        "Which app do I use?\nI write this from my phone and it works.",
        "From my phone I cannot log in",
        "Sent from my iPhone app, the form fails. Why?",
        "Mit meinem Handy geht es nicht",
        "包裹已经寄出。\n从上海发货。",
        # lines, tables, prompts
        "Order one: 3 lamps\n\n----\n\nOrder two: 4 lamps",
        "| SKU | Qty |\n| 17 | 3 |",
        "Two points:\n-- the first\n-- the second\nThanks",
        "====\nA heading\n====\n\nand text",
        "5 > 3\n3 < 5",
        "From: now on\nI read mails at 10:00 only",
    ],
)
def test_what_a_person_wrote_is_left_alone(text: str) -> None:
    folded = fold(text)
    assert (folded.text, folded.is_shorter) == (text, False)


def test_answers_between_the_quoted_lines_keep_them() -> None:
    text = "On 2 Mar 2026 at 10:00, Ada wrote:\n> Which colour?\n\nBlue.\n\n> Which size?\n\nBig."
    assert fold(text).text == text
    assert fold(f"{text}\n\n> And the address?\n> The old one?").text == text
    assert fold(f"{text}\n\n-- \nTom").text == text
    assert fold(f"Hi\n\n{text}\n\n> And the address?").text == f"Hi\n\n{text}"
    tight = "On 2 Mar 2026 at 10:00, Ada wrote:\n> Which colour?\nBlue.\n> Which size?\nBig."
    assert fold(f"Hi\n\n{tight}").text == f"Hi\n\n{tight}"
    assert fold(f"See my answers below.\n\n{text}").text == f"See my answers below.\n\n{text}"


def test_a_divider_within_the_quotation_does_not_hide_the_answer_below_it() -> None:
    quote = "On 2 Mar 2026 at 10:00, Ada wrote:\n> Which?\n> -----Original Message-----\n> From: Tom"
    text = f"See below.\n\n{quote}\n\nThe blue one, as always."
    assert fold(text).text == text


def test_a_quotation_that_quotes_in_turn_is_folded() -> None:
    older = "On 1 Mar 2026, at 9:00, Tom <tom@x.example> wrote:\n> older"
    text = f"Blue.\n\nOn 2 Mar 2026, at 10:00, Ada <ada@x.example> wrote:\n> old\n\n{older}"
    assert fold(text).text == "Blue."
    assert fold(f"{text}\n\n-- \nTom").text == "Blue."
    header = "From: Tom\nSent: Monday\nTo: Ada\nSubject: Order"
    assert fold(f"{text}\n\n{header}\n\nthe oldest").text == "Blue."


@pytest.mark.parametrize("divider", ["----- Original Message -----", "--- begin forwarded text", "-----Ubutumwa-----"])
def test_a_mail_that_is_all_forwarded_is_shown(divider: str) -> None:
    header = "From: Tom\nTo: Ada\nSent: Monday\nSubject: Order"
    assert "the order" in fold(f"{divider}\n{header}\nthe order\nin two lines").text
    assert "the order" in fold(f"{divider}\n{header}\n\nthe order\nin two lines").text


def test_only_the_lines_that_programs_wrap_are_taken_for_an_overhang() -> None:
    attribution = "On 2 Mar 2026, at 10:00, Ada <ada@x.example> wrote:"
    quote = f"{attribution}\n> Please tell me which of the two colours you would like to\nhave\n> and when."
    assert fold(f"Blue.\n\n{quote}").text == "Blue."


def test_footers_below_a_signature_are_folded_with_it() -> None:
    footer = "__________________\nDo you like our mailboxes?\nhttps://mail.example\n\n-- \nThe list\nlist@x.example"
    assert fold(f"Thanks, it works now.\n\n-- \nAda\n\n{footer}").text == "Thanks, it works now."
    assert fold(f"Thanks, it works now.\n\n{footer}").text == "Thanks, it works now."


@pytest.mark.parametrize(
    ("signature", "is_folded"),
    [
        ("-- \nAda Lovelace\nAnalyst\n+44 20 7946 0000", True),
        ("--\nAda Lovelace", True),
        ("\u2014\nAda", True),
        ("\u2014\u2014\u2014\nAda", True),
        ("_______________\nlist mailing list\nlist@x.example", True),
        ("--\n" + "\n".join(f"Point {number}: this has to be done" for number in range(30)), False),
        ("____________\n" + "\n".join(f"Point {number}" for number in range(30)), False),
        ("Best regards\nAda Lovelace", False),
    ],
)
def test_signatures(signature: str, is_folded: bool) -> None:
    written = "Thanks, it works now."
    assert fold(f"{written}\n\n{signature}").text == (written if is_folded else f"{written}\n\n{signature}")
