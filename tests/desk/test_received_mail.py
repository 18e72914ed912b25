"""Mails in the timeline: who got them, which machine wrote them, how far to trust them, and what was kept from us."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from csplatform.conversations.models import Conversation, Message
from csplatform.desk.letters import letter_of
from csplatform.desk.trust import trust_of
from csplatform.flows import reply as replies
from csplatform.flows.recipients import Recipients
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.desk.conftest import HTMX, text_of
from tests.factories import make_account, say

pytestmark = pytest.mark.django_db

ADA, BOB = "ada@customer.example", "bob@customer.example"
OURS = "help@shop.example"


@pytest.fixture
def mailbox(team: Team) -> ChannelAccount:
    return make_account("copying", address=OURS, team=team)


def mail(mailbox: ChannelAccount, text: str = "Hi", **fields: Any) -> Message:
    fields = {"sender": ADA, "name": "Ada"} | fields
    return Message.objects.select_related("handle").get(pk=say(mailbox, text, **fields).pk)


def addressed(message: Message) -> list[str]:
    with translation.override("en"):
        return [str(line) for line in letter_of(message, message.conversation).everybody]


@pytest.mark.parametrize(
    ("metadata", "lines"),
    [
        ({}, []),
        ({"to": [OURS]}, []),
        ({"to": ["Help@Shop.example"]}, []),
        ({"to": [OURS, BOB]}, [f"To {OURS}, {BOB}"]),
        ({"to": [OURS], "cc": [BOB]}, [f"To {OURS}", f"Cc {BOB}"]),
        ({"to": ["list@elsewhere.example"]}, ["To list@elsewhere.example"]),
        ({"to": "nonsense", "cc": None}, []),
    ],
)
def test_addresses_stand_there_where_they_say_something(
    mailbox: ChannelAccount, metadata: dict[str, Any], lines: list[str]
) -> None:
    assert addressed(mail(mailbox, metadata=metadata)) == lines


def test_a_reply_to_the_customer_alone_needs_no_line(mailbox: ChannelAccount, ana: User) -> None:
    thread = mail(mailbox).conversation
    plain = replies.reply(thread.pk, by=ana, text="Hello", key=uuid4())
    wanted = Recipients(to=(ADA,), bcc=("audit@shop.example",))
    copied = replies.reply(thread.pk, by=ana, text="Hello", key=uuid4(), recipients=wanted)
    assert (addressed(plain), addressed(copied)) == ([], [f"To {ADA}", "Bcc audit@shop.example"])


def test_many_addresses_are_folded(desk: Client, mailbox: ChannelAccount) -> None:
    everybody = [f"p{number}@customer.example" for number in range(9)]
    message = mail(mailbox, metadata={"to": [OURS], "cc": everybody})
    page = text_of(desk.get(f"/inbox/c/{message.conversation_id}/", headers=HTMX))
    summary = page.split('class="addressed"')[1].split("</summary>")[0]
    assert ("p1@customer.example" in summary, "p2@" in summary, "and 7 more" in summary) == (True, False, True)
    assert "p8@customer.example" in page.split('class="addressed"')[1].split("</details>")[0]


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("auto-reply", "Automatic reply"),
        ("bounce", "Mail came back"),
        ("delay", "Not delivered yet"),
        ("delivered", "Was delivered"),
        ("read-receipt", "Read receipt"),
        ("complaint", "Spam complaint"),
        ("report", "Report"),
        ("something new", "Automatic mail"),
    ],
)
def test_machines_are_called_what_they_are(desk: Client, mailbox: ChannelAccount, kind: str, label: str) -> None:
    message = mail(mailbox, metadata={"kind": kind}, automatic=True)
    assert f"{label}</span>" in text_of(desk.get(f"/inbox/c/{message.conversation_id}/", headers=HTMX))


def test_a_list_is_no_machine(desk: Client, mailbox: ChannelAccount) -> None:
    page = text_of(desk.get(f"/inbox/c/{mail(mailbox, metadata={'list': True}).conversation_id}/", headers=HTMX))
    assert ("Mailing list</span>" in page, "Automatic mail" in page) == (True, False)


def test_a_bounce_says_who_got_nothing_and_why(desk: Client, mailbox: ChannelAccount) -> None:
    failures = [
        {"recipient": BOB, "reason": "no <such> user", "words": "550 5.1.1 who?", "permanent": True},
        {"recipient": ADA, "words": "452 full"},
        "nonsense",
    ]
    message = mail(mailbox, "long report", metadata={"kind": "bounce", "failures": failures}, automatic=True)
    page = text_of(desk.get(f"/inbox/c/{message.conversation_id}/", headers=HTMX))
    said = page.split('class="failures"')[1].split("</ul>")[0]
    for part in (BOB, "no &lt;such&gt; user", "550 5.1.1 who?", ADA, "452 full"):
        assert part in said
    assert said.count("No such address") == 1
    assert '<details class="fold report">' in page


def test_a_mail_that_was_cut_or_protected_says_so(desk: Client, mailbox: ChannelAccount) -> None:
    message = mail(mailbox, metadata={"truncated": True, "shortened": True, "signature": "smime"})
    mail(
        mailbox,
        metadata={"signature": "pgp", "encrypted": "pgp"},
        thread_names=(str(message.conversation_id),),
    )
    page = text_of(desk.get(f"/inbox/c/{message.conversation_id}/", headers=HTMX))
    assert "only its beginning was fetched" in page
    assert "Only the beginning of this long text is shown." in page
    assert "Carries a signature (S/MIME), which was not checked." in page
    assert "Encrypted with PGP" in page


def test_our_own_signature_is_no_secret(mailbox: ChannelAccount, ana: User) -> None:
    thread = mail(mailbox).conversation
    answer = replies.reply(thread.pk, by=ana, text="Hello", key=uuid4())
    answer.metadata["signature"] = "Ana, Shop"
    assert letter_of(answer, thread).protection == ""


TRUST = {
    "spf": "pass",
    "dkim": "pass",
    "dmarc": "pass",
    "dkim_domains": ["customer.example"],
    "source": "mx.shop.example",
}


@pytest.mark.parametrize(
    ("changes", "level", "said"),
    [
        ({"verdict": "pass"}, "good", "It is proved that this mail comes from customer.example."),
        ({"verdict": "unknown"}, "none", "Nothing proves that this mail comes from customer.example"),
        ({"verdict": "fail"}, "bad", "Somebody may have forged the sender."),
        ({"verdict": "fail", "flags": ["lookalike"]}, "bad", "looks like one of ours"),
        ({"verdict": "pass", "flags": ["reply_to_elsewhere"]}, "careful", "An answer would go to another organisation"),
        ({"verdict": "unknown", "flags": ["name_is_address"]}, "careful", "shows another address"),
        ({"verdict": "unknown", "flags": ["several_from"]}, "careful", "names several senders"),
        ({"verdict": "unknown", "flags": ["mixed_scripts"]}, "careful", "letters of several scripts"),
        ({"verdict": "unknown", "flags": ["own_domain_unauthenticated"]}, "careful", "our own domain"),
        ({"verdict": "unknown", "flags": ["dangerous_attachment"]}, "careful", "can run a program"),
        ({"verdict": "unknown", "flags": ["bidi_name"]}, "careful", "Hidden characters"),
        ({"verdict": "pass", "flags": ["of_tomorrow"]}, "careful", "of_tomorrow"),
    ],
)
def test_trust_is_told_in_plain_words(
    desk: Client, mailbox: ChannelAccount, changes: dict[str, Any], level: str, said: str
) -> None:
    message = mail(mailbox, metadata={"trust": TRUST | changes})
    with translation.override("en"):
        trust = trust_of(message)
    assert trust is not None
    assert trust.level == level
    assert any(said in reason for reason in trust.reasons)
    assert ("DKIM", "pass (customer.example)") in trust.facts
    page = text_of(desk.get(f"/inbox/c/{message.conversation_id}/", headers=HTMX))
    assert f"trust-{level}" in page
    assert trust.label in page


def test_every_flag_of_the_mail_channel_has_words() -> None:
    from channels_email.trust import Flag
    from csplatform.desk.trust import _FLAGS

    assert set(_FLAGS) == {str(flag) for flag in Flag}


def test_every_kind_of_the_mail_channel_has_a_name() -> None:
    from channels_email.automatic import Kind
    from csplatform.desk.letters import _KINDS

    assert {str(kind) for kind in Kind if kind} | {"list"} == set(_KINDS)


def test_nobody_looked(mailbox: ChannelAccount) -> None:
    assert trust_of(mail(mailbox)) is None
    assert trust_of(mail(mailbox, metadata={"trust": "nonsense"})) is None


def test_many_lines_take_no_more_queries(desk: Client, mailbox: ChannelAccount) -> None:
    metadata = {"to": [OURS], "cc": [BOB], "trust": TRUST | {"verdict": "pass"}}
    first = mail(mailbox, metadata=metadata)
    counted = []
    for number in (1, 12):
        for _ in range(number):
            mail(mailbox, metadata=metadata, thread_names=(str(first.conversation_id),))
        with CaptureQueriesContext(connection) as queries:
            desk.get(f"/inbox/c/{first.conversation_id}/", headers=HTMX)
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert Conversation.objects.count() == 1


def test_nobodys_words_are_put_into_anothers_mouth(desk: Client, mailbox: ChannelAccount) -> None:
    thread = mail(mailbox, "Where is it?", external_id="a", addressees=(BOB,)).conversation
    other = mail(mailbox, "I am her husband", sender=BOB, name="Bob", thread_refs=("a",))
    daemon = mail(mailbox, "Undelivered", sender="daemon@mx.example", name="", automatic=True, thread_refs=("a",))
    page = text_of(desk.get(f"/inbox/c/{thread.pk}/", headers=HTMX))

    def writer(message: Message) -> str:
        return page.split(f'id="m-{message.pk}"')[1].split('class="who" dir="auto">')[1].split("</span>")[0]

    assert other.conversation == thread
    assert writer(other) == "Bob"
    assert f'class="from" dir="auto">{BOB}</span>' in page
    assert daemon.conversation != thread
    assert writer(Message.objects.get(text="Where is it?")) == "Ada"
