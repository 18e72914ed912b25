"""Holding a connection to the Gateway: greeting, heartbeats, resuming, and every way in which it ends."""

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from channels_social.discord.gateway import Broken, Gateway, Keeper, Pace
from channels_social.discord.state import MOST_CHANNELS, State
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed
from tests.embedded.waiting import wait_until
from tests.platforms.discord import BOT, CHANNEL, TOKEN, DiscordStandIn

QUICK = Pace(look=0.05, tick=0.05, connect=5, first_pause=0.05, longest_pause=0.2, fresh_pause=0.02)
OTHER = "1100000000000000002"


class Listening:
    """Listens in a thread, again and again; what is kept stands in `kept`, how connections ended in `ends`."""

    def __init__(self, discord: DiscordStandIn, state: State | None = None, *, token: str = TOKEN) -> None:
        self.state = state or State()
        self.kept: list[tuple[Mapping[str, Any] | None, dict[str, Any]]] = []
        self.ends: list[str] = []
        self.refused: SendFailed | None = None
        self.lock_lost = False
        self._stopping = threading.Event()
        self._account = AccountConfig(1, "Shop", BOT, {"bot_token": token}, {"api_base": discord.api_base})
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        keeper = Keeper(lambda payload, state: self.kept.append((payload, state.cursor())), self._still_mine)
        gateway = Gateway(self._account, self.state, keeper, QUICK)
        while not self._stopping.is_set():
            try:
                gateway.listen(self._stopping)
            except Broken as end:
                self.ends.append(str(end))
                self._stopping.wait(min(end.pause, 0.2))
            except SendFailed as refused:
                self.refused = refused
                return
            except LookupError as lost:
                self.ends.append(str(lost))
                return

    def _still_mine(self) -> None:
        if self.lock_lost:
            raise LookupError("another has the lock")

    def __enter__(self) -> "Listening":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._thread.join(20)
        assert not self._thread.is_alive()

    @property
    def texts(self) -> list[str]:
        return [payload["d"]["content"] for payload, _ in self.kept if payload and payload["t"] == "MESSAGE_CREATE"]


@pytest.fixture
def discord() -> Iterator[DiscordStandIn]:
    with DiscordStandIn() as stand_in:
        yield stand_in


def greeted(discord: DiscordStandIn, times: int = 1) -> None:
    wait_until(lambda: discord.gateway.connected and len(discord.gateway.greetings) == times)


def test_it_says_who_it_is_and_keeps_what_it_hears_with_how_far(discord: DiscordStandIn) -> None:
    with Listening(discord) as listening:
        greeted(discord)
        first = discord.say("Hello")
        discord.gateway.dispatch("PRESENCE_UPDATE", {"status": "idle"})
        discord.gateway.dispatch("MESSAGE_CREATE", first | {"guild_id": "1", "content": "among many"})
        discord.say("again", channel=OTHER)
        wait_until(lambda: listening.texts == ["Hello", "again"])
    assert discord.gateway.greetings == [
        {
            "token": TOKEN,
            "intents": 28672,
            "properties": {"os": "linux", "browser": "csplatform", "device": "csplatform"},
            "shard": [0, 1],
        }
    ]
    assert [cursor["seq"] for _, cursor in listening.kept] == [1, 2, 5]
    assert listening.kept[1][1]["channels"] == [[CHANNEL, first["id"]]]
    wait_until(lambda: discord.gateway.ended == [4000])  # so that the session can be resumed
    assert listening.ends == []


def test_a_session_is_resumed_and_nothing_is_missed_or_heard_twice(discord: DiscordStandIn) -> None:
    with Listening(discord) as listening:
        greeted(discord)
        discord.say("one")
        wait_until(lambda: listening.texts == ["one"])
    discord.say("while nobody listens")
    with Listening(discord, State.of(listening.kept[-1][1])) as later:
        wait_until(lambda: later.texts == ["while nobody listens"])
        for order in (lambda: discord.gateway.close(4900), discord.gateway.ask_to_reconnect):
            greetings = len(discord.gateway.greetings)
            order()
            greeted(discord, greetings + 1)
        discord.say("still here")
        wait_until(lambda: later.texts == ["while nobody listens", "still here"])
    assert discord.gateway.greetings[1] == {"token": TOKEN, "session_id": "session-1", "seq": 2}
    assert discord.gateway.paths[1] == "/resume/?v=10&encoding=json"
    assert len(discord.gateway.sessions) == 1


def test_a_session_that_may_be_resumed_is(discord: DiscordStandIn) -> None:
    with Listening(discord) as listening:
        greeted(discord)
        discord.gateway.invalidate(resumable=True)
        greeted(discord, 2)
        assert discord.gateway.greetings[1]["session_id"] == "session-1"
    assert listening.ends == ["the session is invalid"]


@pytest.mark.parametrize("how", ["invalidated", "forgotten", "closed"])
def test_what_a_lost_session_missed_is_asked_for(discord: DiscordStandIn, how: str) -> None:
    """Also when it was lost while nobody listened, and the next one to listen finds out."""
    with Listening(discord) as listening:
        greeted(discord)
        discord.say("one")
        discord.say("two", channel=OTHER)
        wait_until(lambda: len(listening.texts) == 2)
        if how == "invalidated":
            missed = discord.message("three")
            discord.history[CHANNEL].append(missed)  # it happens, and nobody is told
            discord.gateway.invalidate(resumable=False)
            wait_until(lambda: "three" in listening.texts)
        elif how == "closed":
            discord.history[CHANNEL].append(discord.message("three"))
            discord.gateway.close(4007)
            wait_until(lambda: "three" in listening.texts)
    if how == "forgotten":
        discord.gateway.forget()
        discord.history[CHANNEL] += [discord.message(f"missed {number}") for number in range(150)]
        with Listening(discord, State.of(listening.kept[-1][1])) as later:
            wait_until(lambda: len(later.texts) == 150)
            wait_until(lambda: later.kept[-1][1]["behind"] == [])
        assert later.texts == [f"missed {number}" for number in range(150)]
    assert "session_id" not in discord.gateway.greetings[-1]


def test_what_comes_while_something_is_missed_waits_for_it(discord: DiscordStandIn) -> None:
    state = State(channels={CHANNEL: "1", OTHER: "1", "1100000000000000009": "1"})
    state.lose()
    discord.history[OTHER].append(discord.message("missed", channel=OTHER))
    with Listening(discord, state) as listening:
        greeted(discord)
        discord.say("new", channel=OTHER)
        wait_until(lambda: listening.kept and listening.kept[-1][1]["behind"] == [])
    assert [text for text in listening.texts if text == "missed"] == ["missed"]
    assert listening.texts.index("missed") < listening.texts.index("new")
    assert "1100000000000000009" not in listening.state.channels  # it is gone


def test_heartbeats_are_kept_up(discord: DiscordStandIn) -> None:
    discord.gateway.beat = 0.2
    with Listening(discord) as listening:
        greeted(discord)
        discord.say("Hello")
        wait_until(lambda: len(discord.gateway.beats) >= 4 and discord.gateway.beats[-1] == 2)
    assert listening.ends == []


def test_a_heartbeat_is_given_where_it_is_wanted_at_once(discord: DiscordStandIn) -> None:
    discord.gateway.beat = 1000.0
    with Listening(discord) as listening:
        greeted(discord)
        discord.gateway.ask_for_heartbeat()
        wait_until(lambda: discord.gateway.beats == [1])
    assert listening.ends == []


def test_a_gateway_that_acknowledges_nothing_is_left_and_the_session_resumed(discord: DiscordStandIn) -> None:
    discord.gateway.beat, discord.gateway.deaf = 0.2, True
    with Listening(discord) as listening:
        wait_until(lambda: len(discord.gateway.greetings) >= 2)
    assert listening.ends[0] == "a heartbeat was not acknowledged"
    assert discord.gateway.greetings[1]["session_id"] == "session-1"


def test_whoever_loses_the_lock_leaves(discord: DiscordStandIn) -> None:
    discord.gateway.beat = 0.2
    with Listening(discord) as listening:
        greeted(discord)
        listening.lock_lost = True
        wait_until(lambda: listening.ends == ["another has the lock"])
    wait_until(lambda: discord.gateway.ended == [4000])
    assert listening.kept[-1][0] is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (4014, "Discord does not allow this bot the intents that it asks for."),
        (4013, "Discord's Gateway refuses this bot."),
    ],
)
def test_a_final_no_is_said(discord: DiscordStandIn, code: int, reason: str) -> None:
    discord.gateway.refusal = code
    with Listening(discord) as listening:
        wait_until(lambda: listening.refused is not None)
    assert listening.refused is not None
    assert (listening.refused.reason, listening.refused.code) == (reason, str(code))


def test_a_wrong_token_is_said_by_either(discord: DiscordStandIn) -> None:
    with Listening(discord, token="wrong") as listening:
        wait_until(lambda: listening.refused is not None)
    assert str(listening.refused) == "Discord does not accept the bot token of this account."
    resumed = State(session="session-1", resume_url=f"{discord.gateway.url}/resume", seq=1)
    with Listening(discord, resumed, token="wrong") as listening:
        wait_until(lambda: listening.refused is not None)
    assert str(listening.refused) == "Discord does not accept the bot token of this account."
    wait_until(lambda: discord.gateway.ended == [4004])


def test_no_session_is_begun_beyond_what_is_allowed(discord: DiscordStandIn) -> None:
    discord.sessions_left = 0
    with Listening(discord) as listening:
        wait_until(lambda: listening.ends[:1] == ["no session may begin"])
    assert discord.gateway.paths == []


def test_first_shard_is_taken_where_discord_wants_several(discord: DiscordStandIn) -> None:
    discord.gateway.shards = 3
    with Listening(discord):
        greeted(discord)
    assert discord.gateway.greetings[0]["shard"] == [0, 3]


def test_where_to_resume_is_asked_where_the_place_is_gone(discord: DiscordStandIn) -> None:
    with Listening(discord) as listening:
        greeted(discord)
    state = State.of(listening.kept[-1][1])
    state.resume_url = "ws://127.0.0.1:9"
    with Listening(discord, state) as later:
        greeted(discord, 2)
    assert later.ends == ["ConnectionRefusedError"]
    assert discord.gateway.greetings[1]["session_id"] == "session-1"


def test_a_pressed_button_is_answered_and_its_token_not_kept(discord: DiscordStandIn) -> None:
    pressed = {"id": discord.next_id(), "type": 3, "token": "for-a-quarter-of-an-hour", "channel_id": CHANNEL}
    with Listening(discord) as listening:
        greeted(discord)
        discord.gateway.dispatch("INTERACTION_CREATE", pressed)
        wait_until(lambda: discord.acknowledged == [f"{pressed['id']}/for-a-quarter-of-an-hour"])
    (kept,) = [payload for payload, _ in listening.kept if payload]
    assert "token" not in kept["d"]


def test_token_is_never_logged(discord: DiscordStandIn, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), Listening(discord) as listening:
        logging.getLogger("channels_social").debug("this is logged")
        greeted(discord)
        discord.say("Hello")
        wait_until(lambda: listening.texts == ["Hello"])
    assert "this is logged" in caplog.text
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]  # the stand-in's
    assert TOKEN[:8] not in "".join(record.getMessage() for record in ours)  # long texts are cut short


def test_nonsense_in_a_message_ends_nothing(discord: DiscordStandIn) -> None:
    with Listening(discord) as listening:
        greeted(discord)
        discord.gateway.dispatch("MESSAGE_CREATE", {"id": "x", "content": "odd"})
        discord.say("Hello")
        wait_until(lambda: listening.texts == ["odd", "Hello"])
    assert listening.ends == []


def test_state_is_kept_and_bounded() -> None:
    state = State(session="s", resume_url="ws://x", seq=7, behind=["0"])
    for number in range(MOST_CHANNELS + 5):
        state.heard(str(number), "10")
    state.heard("7", "9")  # an older one, asked for later
    assert (len(state.channels), list(state.channels)[-1], state.channels["7"]) == (MOST_CHANNELS, "7", "10")
    assert state.behind == []  # forgotten with its channel
    assert State.of(state.cursor()) == state
    assert State.of({}) == State()
