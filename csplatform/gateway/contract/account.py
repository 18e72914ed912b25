"""What a channel knows of its account, what its platform delivers there, and what an administrator enters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """All that a channel may know of the account it works for; `credentials` are decrypted.

    `webhook` is the address that the platform is to call.
    """

    id: int
    name: str
    address: str
    credentials: Mapping[str, str]
    settings: Mapping[str, Any]
    webhook: str = ""


@dataclass(frozen=True, slots=True)
class RawDelivery:
    """One call of a platform, exactly as it came: signatures are made over these bytes.

    Header names are lower-case. `received_at` is when the door took it.
    """

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    method: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a platform's first test of our address wants to hear."""

    body: bytes
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where polling stopped last time; the channel alone knows what is inside."""

    value: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What polling brought: raw deliveries to store, and the cursor to keep in the same transaction.

    `more` asks to be called again at once.
    """

    deliveries: tuple[RawDelivery, ...]
    cursor: Cursor
    more: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of a live test of an account's settings; `ok` is None where it could not be tried.

    `step` and `words` are for an administrator, in the language of the moment: what was tried, and what to do.
    """

    step: str
    ok: bool | None
    words: str = ""


class FieldKind(StrEnum):
    """How an administrator enters a value, and what it is kept as.

    Among the credentials: LOGIN (a user name, which may be read again), SECRET and LONG_SECRET (of several lines, such
    as a private key), which are never shown again. Among the settings: TEXT, LONG_TEXT and CHOICE as text, NUMBER as
    int or float, SWITCH as bool, LIST (entered one a line) as a list of texts.
    """

    TEXT = "text"
    LOGIN = "login"
    SECRET = "secret"  # noqa: S105 - a kind of field, not a password
    LONG_SECRET = "long secret"  # noqa: S105
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LIST = "list"
    LONG_TEXT = "long text"


@dataclass(frozen=True, slots=True)
class AccountField:
    """A value that a channel's accounts need; what is left empty is not kept, and the channel takes its `default`.

    `label`, `help` and `group` are lazy translations; `choices` are pairs of value and label. A group of fields that
    are all `rare` is folded while nothing of it is set. A field called `address` words the account's own address.
    """

    name: str
    label: Any
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    help: Any = ""
    group: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    default: Any = ""
    rare: bool = False
