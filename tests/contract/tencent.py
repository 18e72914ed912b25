"""What the contract tests of WeChat and WeCom share: signatures that stand in the query."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from csplatform.gateway.contract import RawDelivery
from tests.contract.samples import RECEIVED_AT
from tests.contract.suite import ContractSuite
from tests.platforms.tencent import AES_KEY, TOKEN, seal, signature, xml

NOISE = b"sixteen letters."
NONCE = "437374425"


def sealed_call(
    inner: str, *, owner: str, token: str = TOKEN, aes_key: str = AES_KEY, at: int | None = None
) -> RawDelivery:
    """Return a call with `inner` sealed in it, as the door hands it on; the same every time."""
    closed = seal(inner.encode(), owner=owner, aes_key=aes_key, noise=NOISE)
    when = str(int(RECEIVED_AT.timestamp()) if at is None else at)
    query = {
        "timestamp": when,
        "nonce": NONCE,
        "signature": signature(token, when, NONCE),
        "msg_signature": signature(token, when, NONCE, closed),
    }
    body = xml({"ToUserName": owner, "Encrypt": closed}).encode()
    return RawDelivery(body, {"content-type": "text/xml"}, query, "POST", RECEIVED_AT)


def call_of(fields: Mapping[str, Any], *, owner: str, **sealing: Any) -> RawDelivery:
    """Return a sealed call with these fields."""
    return sealed_call(xml(fields), owner=owner, **sealing)


class TencentSuite(ContractSuite):
    """The signature covers what is sealed, not the XML around it."""

    signs_body = False

    def signature(self, raw: RawDelivery) -> str:
        return raw.query["msg_signature"]

    def with_signature(self, raw: RawDelivery, signature: str | None) -> RawDelivery:
        query = {name: value for name, value in raw.query.items() if name != "msg_signature"}
        return replace(raw, query=query | ({} if signature is None else {"msg_signature": signature}))
