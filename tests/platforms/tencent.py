"""What the stand-ins for WeChat and WeCom share: sealing, tokens, media, and a no that comes with HTTP 200."""

import hashlib
import json
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from tests.contract.platform import Taken
from tests.platforms.base import PATIENCE, Answer, Call, Refused, StandIn, as_json, multipart

TOKEN = "AWordBetweenUs2026"
AES_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
FORMER_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


def signature(token: str, *parts: str) -> str:
    """Return what Tencent signs with."""
    return hashlib.sha1("".join(sorted([token, *parts])).encode()).hexdigest()


def seal(plain: bytes, *, owner: str, aes_key: str = AES_KEY, noise: bytes = b"") -> str:
    """Return `plain` as Tencent seals it."""
    key = b64decode(f"{aes_key}=")
    text = (noise or secrets.token_bytes(16)) + len(plain).to_bytes(4, "big") + plain + owner.encode()
    padding = 32 - len(text) % 32
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return b64encode(encryptor.update(text + bytes([padding]) * padding) + encryptor.finalize()).decode()


def xml(fields: Mapping[str, Any]) -> str:
    """Return fields as Tencent's XML; lists repeat their element, objects nest."""
    return f"<xml>{_inside(fields)}</xml>"


def _inside(fields: Mapping[str, Any]) -> str:
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            text = _inside(one) if isinstance(one, Mapping) else escape(str(one)).replace("\r", "&#13;")
            parts.append(f"<{name}>{text}</{name}>")
    return "".join(parts)


class TencentStandIn(StandIn):
    """Tokens, media and sealed calls of one account; `owner` is whom calls are sealed for."""

    # The kinds of file it takes: their types and the most bytes.
    kinds: Mapping[str, tuple[frozenset[str], int]] = {}
    # How it says that a token is stale, and that a customer has been given enough answers.
    stale = (40001, "invalid credential, access_token is invalid or not latest")
    used_up = (45047, "out of response count limit")

    def __init__(self, *, port: int, owner: str, secret: str, token: str, aes_key: str) -> None:
        self.owner, self.secret, self.token, self.aes_key = owner, secret, token, aes_key
        # Files by id: name, type, content, kind; what customers sent, and what was uploaded to be sent.
        self.media: dict[str, tuple[str, str, bytes, str]] = {}
        self.access_token = f"access-token-of-the-stand-in-{secrets.token_hex(8)}"
        # How many answers a customer may still be given; five more whenever they write.
        self.left: dict[str, int] = {}
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with "system busy", which names no time."""
        self._orders.append("busy")
        return None

    def busy(self) -> Answer:
        return as_json({"errcode": -1, "errmsg": "system error"})

    def refusal(self, error: Refused) -> Answer:
        if error.status != 200:
            return Answer(error.why.encode(), error.status)
        return as_json({"errcode": error.code, "errmsg": f"{error.why} rid: 66f3bd4d-25a283a9-73c6a452"})

    def signed_headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "text/xml"}

    def expire_token(self) -> None:
        """Take the access token out of force."""
        self.access_token += "x"

    # Calling our door -----------------------------------------------------------------------------------------

    def sealed(self, fields: Mapping[str, Any], *, at: float | None = None) -> tuple[dict[str, str], bytes]:
        """Return the query and the body of a call."""
        closed = seal(xml(fields).encode(), owner=self.owner, aes_key=self.aes_key)
        return self.signed_query(closed, at=at), xml({"ToUserName": self.owner, "Encrypt": closed}).encode()

    def signed_query(self, *parts: str, at: float | None = None) -> dict[str, str]:
        """Return the query by which a door knows that Tencent calls."""
        when, nonce = str(int(time.time() if at is None else at)), secrets.token_hex(5)
        return {
            "signature": signature(self.token, when, nonce),
            "timestamp": when,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": signature(self.token, when, nonce, *parts),
        }

    def deliver(self, document: Any, *, door: str = "") -> httpx.Response:
        """Call a door with sealed XML."""
        query, body = self.sealed(document)
        url = f"{door or self.door}?{urlencode(query)}"
        return httpx.post(url, content=body, headers=self.signed_headers(body), timeout=PATIENCE)

    # What it does with our calls ------------------------------------------------------------------------------

    def check_token(self, call: Call) -> None:
        if call.query.get("access_token") != self.access_token:
            raise no(*self.stale)

    def upload(self, call: Call) -> Answer:
        kind, form = call.query.get("type", ""), multipart(call)
        if kind not in self.kinds:
            raise no(40004, "invalid media type")
        if set(form) != {"media"} or not form["media"].filename:
            raise no(41005, "media data missing")
        file = form["media"]
        types, most = self.kinds[kind]
        if types and file.content_type not in types:
            raise no(40005, f"invalid file type {file.content_type}")
        if not 5 <= len(file.data) <= most:
            raise no(40006, "invalid meida size")
        media_id = f"media-{len(self.media)}"
        self.media[media_id] = (file.filename, file.content_type, file.data, kind)
        return as_json({"type": kind, "media_id": media_id, "created_at": 1772600767})

    def hand_out(self, call: Call) -> Answer:
        """Hand out a file; of a film an Official Account only gets the address."""
        if call.query.get("media_id") not in self.media:
            raise no(40007, "invalid media_id")
        name, content_type, data, _kind = self.media[call.query["media_id"]]
        disposition = f'attachment; filename="{name}"'.encode().decode("latin-1")
        return Answer(data, headers={"Content-Type": content_type, "Content-Disposition": disposition})

    def spend(self, taken: Taken, answer: Answer) -> Answer:
        """Take a message, where the customer may still be given one."""
        if self.left.get(taken.recipient, 0) <= 0:
            raise no(*self.used_up)
        before = len(self.taken)
        said = self.take(taken, answer)
        self.left[taken.recipient] -= len(self.taken) - before
        return said

    def file_of(self, kind: str, media: Any, allowed: frozenset[str]) -> tuple[str, bytes]:
        """Return the uploaded file that a message names."""
        need(isinstance(media, dict) and {"media_id"} <= set(media) <= {"media_id"} | allowed, 40035, kind)
        if media["media_id"] not in self.media or self.media[media["media_id"]][3] != kind:
            raise no(40007, "invalid media_id")
        name, _type, data, _kind = self.media[media["media_id"]]
        return name, data


def utf8_json(call: Call) -> Any:
    """Return a call's JSON; Tencent shows customers what is escaped as it stands."""
    if b"\\u" in call.body:
        raise no(47001, "data format error: escaped characters")
    try:
        return json.loads(call.body)
    except ValueError:
        raise no(47001, "data format error") from None


def no(code: int, why: str) -> Refused:
    """Return a refusal."""
    return Refused(200, why, code)


def need(condition: object, code: int, what: str) -> None:
    """Refuse unless `condition` holds."""
    if not condition:
        raise no(code, f"invalid parameter: {what}")
