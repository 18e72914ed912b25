"""What the contract suite feeds to every channel."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from csplatform.gateway.contract import OutboundAttachment

SENT_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RECEIVED_AT = datetime(2026, 3, 4, 5, 6, 9, tzinfo=UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d494441"
    "5478da63f8cfc0f01f00050001ff56c72f0d0000000049454e44ae426082"
)
TEXTS = {
    "chinese": "我的订单还没到，可以帮我查一下吗？𠮷野家",
    "arabic": "مرحباً، أين طلبي رقم ١٢٣؟",
    "japanese": "領収書をお願いします。ﾊﾝｶｸ",
    "korean": "환불 부탁드립니다",
    "emoji": "👩‍👩‍👧‍👦 thanks 🇯🇵 👍🏽",
    "markup": '<b>1 < 2 && 3 > 2</b> *no* _markdown_ [x](y) \\ "quoted" &amp;',
    "lines": "first line\nsecond line\n\nfourth line",
    "combining": "e\u0301 \u0e01\u0e33 नमस्ते",
}
NONSENSE = {
    "empty": b"",
    "not-utf8": b"\xff\xfe\x00\x80",
    "cut-off": b'{"a": [1, 2',
    "null": b"null",
    "a-list": b"[]",
    "a-word": b'"word"',
    "a-number": b"1e400",
    "an-empty-object": b"{}",
    "deep": b"[" * 200_000,
    "lone-surrogate": b'{"object": "\\ud800"}',
}
ODDITIES: tuple[Any, ...] = (None, True, 0, -1, 10**30, 1.5, "", "x", "\ud800", [], [None], {}, {"x": None})


def a_picture(name: str = "picture.png") -> OutboundAttachment:
    """Return a small, valid PNG to send."""
    return OutboundAttachment(name=name, content_type="image/png", size=len(PNG), open=lambda: PNG)


def variants(document: Any) -> Iterator[Any]:
    """Yield `document` again and again with one value in it replaced by something odd, or gone."""
    yield from ODDITIES
    if isinstance(document, dict):
        for key, value in document.items():
            others = {name: other for name, other in document.items() if name != key}
            yield others
            yield from ({**others, key: odd} for odd in variants(value))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from ([*document[:index], odd, *document[index + 1 :]] for odd in variants(value))
