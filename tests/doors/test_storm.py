"""Calls of every social platform, shuffled, every fifth twice, changes before what they change.

STORM_DELIVERIES says how many calls; the usual number takes seconds, `STORM_DELIVERIES=10000` is the storm in earnest.
"""

import importlib
import os
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest

import tests.contract
from csplatform.common import clock
from csplatform.conversations.models import Conversation, Message
from csplatform.doors.unpack import PATIENCE, unpack
from csplatform.gateway import registry
from csplatform.gateway.contract import RawDelivery
from csplatform.gateway.ids import stable_id
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.gateway.services import accept_all
from tests.contract import test_api, test_discord, test_line, test_telegram
from tests.contract.samples import SENT_AT
from tests.contract.suite import ContractSuite
from tests.platforms.own_system import call

DELIVERIES = int(os.environ.get("STORM_DELIVERIES", "400"))
# So often all that has come so far is unpacked, while more is still to come.
WAVES = 4
LATER = SENT_AT + timedelta(seconds=90)
# In a script that is one language's, so that no model has to be loaded to tell it.
WORDS, MEANT = "주문한 물건은 어디에 있나요", "주문을 취소하고 싶습니다"
Change = Callable[[str, str], RawDelivery]


def _telegram_edit(number: str, sender: str) -> RawDelivery:
    chat = {"id": int(sender), "type": "private", "first_name": "Ada"}
    message = {"message_id": int(number), "from": {"id": int(sender), "is_bot": False, "first_name": "Ada"}}
    moments = {"date": int(SENT_AT.timestamp()), "edit_date": int(LATER.timestamp())}
    return test_telegram.delivery(
        {"update_id": 901, "edited_message": message | moments | {"chat": chat, "text": MEANT}}
    )


def _line_edit(number: str, sender: str) -> RawDelivery:
    message = {"id": number, "type": "text", "text": MEANT}
    return test_line.delivery(
        test_line.call(test_line.event("messageEdited", at=LATER, sender=sender, message=message))
    )


def _line_unsend(number: str, sender: str) -> RawDelivery:
    return test_line.delivery(
        test_line.call(test_line.event("unsend", at=LATER, sender=sender, unsend={"messageId": number}))
    )


def _discord_edit(number: str, sender: str) -> RawDelivery:
    edited = test_discord.a_message(id=number, channel_id=sender, content=MEANT, edited_timestamp=LATER.isoformat())
    return test_discord.delivery("MESSAGE_UPDATE", edited)


EDITS: dict[str, Change] = {
    "api": lambda number, _sender: test_api.delivery(
        call("message.edited", at=LATER.isoformat(), id=number, text=MEANT)
    ),
    "discord": _discord_edit,
    "line": _line_edit,
    "telegram": _telegram_edit,
}
UNSENDS: dict[str, Change] = {
    "api": lambda number, _sender: test_api.delivery(call("message.deleted", at=LATER.isoformat(), id=number)),
    "discord": lambda number, sender: test_discord.delivery("MESSAGE_DELETE", {"id": number, "channel_id": sender}),
    "line": _line_unsend,
}


@dataclass(frozen=True)
class Said:
    """What somebody said on one account, the calls that tell of it, and what is to be read of it in the end."""

    account: ChannelAccount
    external_id: str
    sender: str
    calls: tuple[RawDelivery, ...]
    text: str
    taken_back: bool = False


def suites() -> dict[str, type[ContractSuite]]:
    """Return the contract suite of each social channel, by slug: it makes the platform's calls."""
    for module in pkgutil.iter_modules(tests.contract.__path__):
        importlib.import_module(f"tests.contract.{module.name}")
    found: dict[str, type[ContractSuite]] = {}
    for suite in _below(ContractSuite):
        if getattr(suite, "channel_class", None) and suite.channel_class.__module__.startswith("channels_social."):
            found.setdefault(suite.channel_class.slug, suite)
    return found


def _below(parent: type[ContractSuite]) -> Iterator[type[ContractSuite]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def nth(sample: str, number: int) -> str:
    """Return another of a platform's ids, of the same form as `sample`."""
    digits = re.search(r"\d*$", sample)
    assert digits
    if digits[0] == sample or len(digits[0]) >= 5:
        return f"{sample[: digits.start()]}{int(digits[0]) + number:0{len(digits[0])}d}"
    return f"{sample}{number:05d}"


def stories(suite: ContractSuite, number: int) -> Iterator[Said]:
    """Yield what people say on an account of the suite's channel; some of it is changed or taken back."""
    slug, config = suite.channel_class.slug, suite.account_config()
    account = ChannelAccount.objects.create(
        channel=slug,
        name=slug,
        address=config.address,
        credentials=dict(config.credentials),
        settings=dict(config.settings),
    )
    for index in range(number):
        sender, text = suite.senders[index % 2], f"{WORDS} {index}"
        given = nth(suite.external_ids[0], index)
        calls = [suite.signed_text(text, external_id=given, sender=sender)]
        changes = {1: EDITS, 3: UNSENDS}.get(index % 5, {})
        if slug in changes:
            calls.insert(0, changes[slug](given, sender))
            text = MEANT if changes is EDITS else ""
        for raw in calls:
            if raw.method == "POST":  # the others were heard on a connection of ours
                suite.channel().verify(raw)
        external_id = stable_id(suite.expected_external_id(given, sender))
        yield Said(
            account, external_id, suite.expected_sender(sender), tuple(calls), text, slug in changes and not text
        )


def storm(said: Sequence[Said], chance: Random) -> list[tuple[ChannelAccount, RawDelivery]]:
    """Return all calls, every fifth twice, in no order."""
    calls = [(one.account, raw) for one in said for raw in one.calls]
    calls += chance.sample(calls, len(calls) // 5)
    chance.shuffle(calls)
    moment = clock.now()
    return [(account, replace(raw, received_at=moment)) for account, raw in calls]


def unpack_all(chance: Random) -> None:
    """Let the workers hear of what waits, a bell for each account, in no order."""
    waiting = InboundDelivery.objects.filter(state="waiting").order_by("account_id", "-id")
    newest = list(waiting.distinct("account_id").values_list("pk", flat=True))
    chance.shuffle(newest)
    for pk in newest:
        unpack(pk)


def assert_whole(said: Sequence[Said]) -> None:
    """Fail unless everything that was said is there once, in the conversation of whoever said it."""
    rows = Message.objects.filter(kind="customer").select_related("handle", "account")
    found = {(row.account_id, row.external_id): row for row in rows}
    assert len(rows) == len(found) == len(said)
    for one in said:
        row = found[one.account.pk, one.external_id]
        assert (row.text, row.handle.external_id if row.handle else "") == (one.text, one.sender)
        assert (row.deleted_at is not None, row.edited_at is not None) == (one.taken_back, one.text == MEANT)


def assert_in_order(said: Sequence[Said], arrived: Sequence[tuple[ChannelAccount, RawDelivery]]) -> None:
    """Fail unless each conversation is numbered without a gap, in the order in which messages first came."""
    first = {(account.pk, raw.body): place for place, (account, raw) in reversed(list(enumerate(arrived)))}
    place_of = {(one.account.pk, one.external_id): first[one.account.pk, one.calls[-1].body] for one in said}
    people = {(one.account.pk, one.sender) for one in said}
    conversations = Conversation.objects.all()
    assert len(conversations) == len(people)
    for conversation in conversations:
        rows = list(conversation.messages.order_by("seq"))
        assert [row.seq for row in rows] == list(range(1, conversation.last_seq + 1))
        places = [place_of[row.account_id, row.external_id] for row in rows if row.kind == "customer"]
        assert places == sorted(places)


def test_every_social_channel_is_in_the_storm() -> None:
    social = [known for known in registry.all_channels() if known.__module__.startswith("channels_social.")]
    assert set(suites()) == {known.slug for known in social}


@pytest.mark.timeout(120 + DELIVERIES // 10, func_only=True)
@pytest.mark.django_db
def test_each_conversation_is_complete_once_and_in_order() -> None:
    chance = Random(5)
    chosen = suites()
    each = max(6, DELIVERIES * 5 // 6 // len(chosen))  # a sixth of all calls are the doubles
    said = [one for _slug, suite in sorted(chosen.items()) for one in stories(suite(), each)]
    arrived = storm(said, chance)
    wave = len(arrived) // WAVES + 1
    for begin in range(0, len(arrived), wave):
        accept_all(arrived[begin : begin + wave])
        unpack_all(chance)
    with clock.frozen(clock.now() + PATIENCE + timedelta(seconds=1)):
        unpack_all(chance)
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}
    assert InboundDelivery.objects.count() == len(arrived) >= DELIVERIES * 0.8
    assert_whole(said)
    assert_in_order(said, arrived)
