"""Live tests end in time, never raise, and never say a secret."""

import base64
import threading
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import pytest
from django.utils import translation
from django.utils.translation import gettext

from csplatform.common.errand import Errand
from csplatform.gateway import livetest, registry
from csplatform.gateway.contract import Abilities, AccountConfig, Finding
from csplatform.gateway.errors import SendFailed, Unreadable
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.steps import Failed, run
from tests.loopback import LoopbackChannel

SECRET = "pass wörd/+"


def account() -> ChannelAccount:
    return ChannelAccount(pk=1, channel="checked", name="A", address="a", credentials={"password": SECRET})


@pytest.fixture
def checked() -> Iterator[type[LoopbackChannel]]:
    class Checked(LoopbackChannel):
        slug = "checked"

    registry.register(Checked)
    yield Checked
    registry.unregister("checked")


def test_a_test_that_takes_too_long_is_broken_off(checked: type[LoopbackChannel]) -> None:
    done = threading.Event()

    def check(account: AccountConfig) -> Sequence[Finding]:
        done.wait(20)
        return []

    checked.abilities = Abilities(check=check)
    (finding,) = livetest.run(account(), limit=0.2)
    done.set()
    assert finding == Finding("Test", False, "The test was broken off: it took longer than 0 seconds.")


def test_a_channels_mistake_is_a_finding_and_its_text_stays_inside(
    checked: type[LoopbackChannel], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def check(account: AccountConfig) -> Sequence[Finding]:
        raise RuntimeError(f"the password is {SECRET}")

    checked.abilities = Abilities(check=check)
    assert livetest.run(account()) == [Finding("Test", False, "The test itself failed: RuntimeError.")]
    assert SECRET not in caplog.text + "".join(capfd.readouterr())


def test_a_test_speaks_the_language_of_the_moment(checked: type[LoopbackChannel]) -> None:
    checked.abilities = Abilities(check=lambda _account: [Finding("Language", True, gettext("Simplified Chinese"))])
    with translation.override("zh-hans"):
        (finding,) = livetest.run(account())
    assert finding.words == "简体中文"


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"\0user@shop.example\0{SECRET}".encode()).decode(),
        base64.b64encode(f"\0me@shop.example\0{SECRET}".encode()).decode(),
        base64.b64encode(f"\0i@shop.example\0{SECRET}".encode()).decode(),
    ],
)
def test_a_secret_is_masked_however_it_is_written(said: str) -> None:
    masked = livetest.without_secrets(f"AUTH {said} refused", [SECRET])
    assert livetest.MASK in masked
    assert said not in masked
    assert masked.startswith("AUTH ")
    assert masked.endswith(" refused")


def test_a_very_short_secret_is_masked_only_where_it_stands_alone() -> None:
    assert livetest.without_secrets("no such user: no", ["no", ""]) == "•••• such user: ••••"
    assert livetest.without_secrets("nothing known", ["no"]) == "nothing known"


def test_steps_stop_at_the_first_that_fails() -> None:
    def fail() -> str:
        raise Failed("Turn the key.")

    assert run([("Door", lambda: "open"), ("Key", fail), ("Light", lambda: "on")]) == [
        Finding("Door", True, "open"),
        Finding("Key", False, "Turn the key."),
        Finding("Light", None),
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SendFailed("Telegram refused."), "Telegram refused."),
        (Unreadable("the body is not JSON"), "The platform's answer makes no sense."),
    ],
)
def test_a_platforms_no_is_a_finding(error: Exception, words: str) -> None:
    def fail() -> str:
        raise error

    assert run([("Call", fail)]) == [Finding("Call", False, words)]


def test_an_errand_brings_what_was_found_or_raised() -> None:
    assert Errand(lambda: 17).result(5) == 17
    with pytest.raises(ZeroDivisionError):
        Errand(lambda: 1 // 0).result(5)
