"""Customers whose software behaves like the real one: it tries until it hears that a message is stored.

Every try carries the same bytes, id or key, as mail servers, platforms and the chat page do.
"""

import json
import re
import smtplib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from random import Random
from typing import Any
from uuid import UUID

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from csplatform.embedded.ports import LOOPBACK
from tests.platforms.base import PATIENCE, StandIn
from tests.stack.company import MAILBOX, WIDGET, Company
from tests.stack.stack import Stack

# Seconds between two tries.
PAUSE = 0.5
Says = Sequence[str]


class Door(ABC):
    """One customer's way in."""

    @abstractmethod
    def try_once(self, number: int, text: str) -> bool:
        """Hand over the customer's message `number`; returns whether the door says that it is stored."""

    def leave(self) -> None:  # noqa: B027 - most have nothing to hang up
        """Hang up."""


class Webhook(Door):
    """A platform that calls our door; `documents` are its calls, one for each message."""

    def __init__(self, line: httpx.Client, platform: StandIn, documents: Sequence[Mapping[str, Any]]) -> None:
        self._line = line
        self._platform = platform
        self._calls = [json.dumps(document).encode() for document in documents]

    def try_once(self, number: int, text: str) -> bool:
        call = self._calls[number]
        with suppress(httpx.TransportError):
            answer = self._line.post(self._platform.door, content=call, headers=self._platform.signed_headers(call))
            return answer.status_code == 200
        return False


class Mail(Door):
    """A mail server. Mail of programs that set no Message-ID is still the same mail when it is sent again."""

    def __init__(self, stack: Stack, sender: str, mails: Sequence[bytes]) -> None:
        self._port = stack.mail_port
        self._sender = sender
        self._mails = mails

    def try_once(self, number: int, text: str) -> bool:
        try:
            with smtplib.SMTP(LOOPBACK, self._port, timeout=PATIENCE) as server:
                server.sendmail(self._sender, [MAILBOX], self._mails[number])
                return True
        except smtplib.SMTPRecipientsRefused as refused:
            _check_temporary(*(code for code, _why in refused.recipients.values()))
        except smtplib.SMTPResponseException as refused:
            _check_temporary(refused.smtp_code)
        except (smtplib.SMTPException, OSError):
            pass  # the line broke: the mail stays with its server
        return False


def _check_temporary(*codes: int) -> None:
    """A mail server gives a mail back to its author on a 5xx: that would be a message lost."""
    if any(code >= 500 for code in codes):
        raise RuntimeError(f"refused for good: {codes}")


class Chat(Door):
    """The widget's page where no WebSocket gets through."""

    def __init__(self, company: Company, keys: Sequence[UUID]) -> None:
        self._http = company.line
        self._base = f"{company.stack.url}/chat/{WIDGET}"
        self._keys = keys
        self._token = ""

    def try_once(self, number: int, text: str) -> bool:
        with suppress(httpx.TransportError):
            return self.has_session() and self._hand_over(number, text)
        return False

    def has_session(self) -> bool:
        """Ask for a session where there is none yet."""
        if not self._token:
            answer = self._http.post(f"{self._base}/session/", json={"language": "en"})
            self._token = answer.json()["token"] if answer.status_code == 200 else ""
        return bool(self._token)

    def _hand_over(self, number: int, text: str) -> bool:
        headers = {"Authorization": f"Bearer {self._token}"}
        said = self.delivery(number, text)
        answer = self._http.post(f"{self._base}/messages/", json=said, headers=headers)
        return answer.status_code == 201 and answer.json()["key"] == said["key"]

    def delivery(self, number: int, text: str) -> dict[str, str]:
        """What the page sends for a message."""
        return {"key": str(self._keys[number]), "text": text, "at": datetime.now(UTC).isoformat()}


class Socket(Chat):
    """The widget's page with its WebSocket, which it opens again whenever it breaks."""

    def __init__(self, company: Company, keys: Sequence[UUID]) -> None:
        super().__init__(company, keys)
        self._address = f"ws://{LOOPBACK}:{company.stack.web_port}/ws/chat/{WIDGET}/"
        self._line: ClientConnection | None = None
        self._hanging_up = ExitStack()

    def _hand_over(self, number: int, text: str) -> bool:
        said = self.delivery(number, text)
        try:
            self.open_line().send(json.dumps({"type": "send", **said}))
            return self.hear(lambda frame: frame["type"] == "ack" and frame["key"] == said["key"])
        except (WebSocketException, OSError):
            self.leave()
            return False

    def open_line(self) -> ClientConnection:
        """Return the line, opened where it is not. Raises OSError or WebSocketException."""
        if self._line is None:
            opening = connect(self._address, open_timeout=PATIENCE, close_timeout=1, proxy=None)
            line = self._hanging_up.enter_context(opening)
            line.send(json.dumps({"type": "hello", "token": self._token, "known": {}}))
            self._line = line
        return self._line

    def hear(self, wanted: Callable[[dict[str, Any]], bool], *, seconds: float = PATIENCE) -> bool:
        """Return whether a frame that is `wanted` comes in time; TimeoutError is an OSError."""
        deadline = time.monotonic() + seconds
        while True:
            frame = json.loads(self.open_line().recv(timeout=max(deadline - time.monotonic(), 0)))
            if wanted(frame):
                return True

    def leave(self) -> None:
        self._line = None
        with suppress(WebSocketException, OSError):
            self._hanging_up.close()


@dataclass
class Customer:
    """Somebody with things to say, one after the other, in a thread of their own."""

    door: Door
    says: Says
    pace: Random
    pause: float
    tries: int = 0
    failure: BaseException | None = None
    answers: list[float] = field(default_factory=list)

    def start(self) -> threading.Thread:
        """Begin to speak."""
        thread = threading.Thread(target=self._speak, daemon=True)
        thread.start()
        return thread

    def _speak(self) -> None:
        try:
            for number, text in enumerate(self.says):
                time.sleep(self.pace.uniform(0, 2 * self.pause))
                self._insist(number, text)
        except BaseException as failure:  # a thread has nobody else to tell
            self.failure = failure
        finally:
            self.door.leave()

    def _insist(self, number: int, text: str) -> None:
        while True:
            self.tries += 1
            began = time.monotonic()
            stored = self.door.try_once(number, text)
            self.answers.append(time.monotonic() - began)
            if stored:
                return
            time.sleep(PAUSE)


class Crowd:
    """Customers of every door, with one `topic`; texts are unique within it.

    `pause` is the mean time in seconds between two things that one of them says.
    """

    def __init__(self, company: Company, topic: str, *, seed: int = 0, pause: float = 0.1) -> None:
        self.members: list[Customer] = []
        self._topic = topic
        self._company = company
        self._random = Random(seed)
        self._pause = pause
        self._threads: list[threading.Thread] = []

    @property
    def texts(self) -> list[str]:
        """Everything that is said."""
        return [text for member in self.members for text in member.says]

    def add(self, kind: str, *, people: int, messages: int) -> None:
        """Add customers of a door: telegram, whatsapp, mail, mail-without-id, chat or socket."""
        doors = {
            "telegram": self._telegram,
            "whatsapp": self._whatsapp,
            "mail": lambda number, says: self._mail(number, says, with_id=True),
            "mail-without-id": lambda number, says: self._mail(number, says, with_id=False),
            "chat": lambda number, says: Chat(self._company, self._keys(says)),
            "socket": lambda number, says: Socket(self._company, self._keys(says)),
        }
        for _person in range(people):
            number = len(self.members)
            says = [f"{self._topic}, {kind} {number}: message {index}" for index in range(messages)]
            pace = Random(self._random.random())
            self.members.append(Customer(doors[kind](number, says), says, pace, self._pause))

    def start(self) -> None:
        """Let everybody speak."""
        self._threads = [member.start() for member in self.members]

    @property
    def is_speaking(self) -> bool:
        """Whether somebody has not been heard yet."""
        return any(thread.is_alive() for thread in self._threads)

    def disperse(self) -> None:
        """Wait until everybody was heard or failed; raises what went wrong first."""
        for thread in self._threads:
            thread.join()
        for member in self.members:
            if member.failure is not None:
                raise member.failure

    def _telegram(self, number: int, says: Says) -> Door:
        platform = self._company.telegram
        return Webhook(self._company.line, platform, [platform.message(text, chat=1000 + number) for text in says])

    def _whatsapp(self, number: int, says: Says) -> Door:
        platform = self._company.whatsapp
        phone = str(972_000_000_000 + number)
        return Webhook(
            self._company.line, platform, [platform.message(text={"body": text}, phone=phone) for text in says]
        )

    def _mail(self, number: int, says: Says, *, with_id: bool) -> Door:
        sender = f"customer{number}@home.example"
        return Mail(self._company.stack, sender, [mail(sender, text, with_id=with_id) for text in says])

    def _keys(self, says: Says) -> list[UUID]:
        return [UUID(int=self._random.getrandbits(128), version=4) for _text in says]


def mail(sender: str, text: str, *, with_id: bool) -> bytes:
    """Return a mail to the shop with `text`, and a Message-ID if it is to have one."""
    letter = EmailMessage()
    letter["From"] = f"Customer <{sender}>"
    letter["To"] = MAILBOX
    letter["Subject"] = f"About {text}"
    letter["Date"] = "Wed, 04 Mar 2026 05:06:07 +0000"
    if with_id:
        letter["Message-ID"] = f"<{re.sub('[^a-z0-9]+', '-', text)}@home.example>"
    letter.set_content(text + "\n")
    return letter.as_bytes()
