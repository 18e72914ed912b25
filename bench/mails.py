"""Mails to send: real ones from the corpus beside the repository, else generated ones; every one unique."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from functools import cache
from itertools import count
from pathlib import Path

CORPUS = Path(__file__).parents[2] / "shared/corpora/ham"
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_BRACKETED = re.compile(rb"<([^<>@\s]+)@")
_BARE_SENDER = re.compile(rb"(?im)^(from:[ \t]*[^<\s@]+)@")
_SAID = {
    "en": ("Where is my order?", "I ordered two weeks ago and have heard nothing since. Can you look into it?"),
    "zh": ("订单在哪里", "我两周前下的订单，到现在还没有任何消息。请帮我查一下，谢谢。"),
    "es": ("¿Dónde está mi pedido?", "Hice el pedido hace dos semanas y no sé nada. ¿Pueden mirarlo, por favor?"),
    "ja": ("注文の件", "二週間前に注文しましたが、まだ届いていません。状況を教えていただけますか。"),
    "ar": ("أين طلبي", "طلبت المنتج قبل أسبوعين ولم يصلني أي خبر حتى الآن. هل يمكنكم التحقق من ذلك؟"),
    "de": ("Wo bleibt meine Bestellung?", "Ich habe vor zwei Wochen bestellt und nichts gehört. Können Sie nachsehen?"),
    "pt": ("Onde está a minha encomenda?", "Fiz a encomenda há duas semanas e ainda não recebi nada. Podem verificar?"),
}  # fmt: skip


def unique_mails(start: int = 0) -> Iterator[bytes]:
    """Yield mails without end, lines ended by CRLF. `start` numbers the first round through the originals.

    Each round gives senders and Message-IDs of its own; threads within the originals stay threads.
    """
    for number in count(start):
        for original in originals():
            yield _made_unique(original, number)


@cache
def originals() -> tuple[bytes, ...]:
    """The mails that are sent round after round."""
    files = sorted(CORPUS.glob("[0-9]*")) if CORPUS.is_dir() else []
    mails = [file.read_bytes() for file in files] or [_written(language, n) for language in _SAID for n in range(20)]
    return tuple(_tidy(mail) for mail in mails)


def source() -> str:
    """Say what the mails are, for the table."""
    kind = "corpora/ham" if CORPUS.is_dir() else "generated"
    size = sum(map(len, originals())) / len(originals()) / 1000
    return f"{len(originals())} mails ({kind}, {size:.1f} kB on average), made unique"


def _tidy(mail: bytes) -> bytes:
    """Without an mbox separator, and with line ends as SMTP wants them."""
    if mail.startswith(b"From "):
        mail = mail.split(b"\n", 1)[1]
    lines = mail.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    return b"\r\n".join(lines) + b"\r\n"


def _made_unique(mail: bytes, number: int) -> bytes:
    end = _HEADER_END.search(mail)
    at = end.start() if end else len(mail)
    mark = rb"\1.%d@" % number
    return _BARE_SENDER.sub(mark, _BRACKETED.sub(mark, mail[:at])) + mail[at:]


def _written(language: str, number: int) -> bytes:
    subject, text = _SAID[language]
    mail = EmailMessage()
    mail["From"] = f"Customer {number} <{language}{number}@customer.example>"
    mail["To"] = "Support <support@shop.example>"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    mail["Message-ID"] = f"<{language}-{number}@customer.example>"
    mail.set_content("\n\n".join([text] * (1 + number % 6)) + "\n\n-- \nA customer\n")
    if number % 2:
        mail.add_alternative(f"<html><body><p>{text}</p></body></html>", subtype="html")
    return mail.as_bytes()
