"""The least that taking a mail in can cost: the standard library's parser, and one committed row."""

import time
from collections.abc import Sequence
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

import psycopg


def floor(url: str, mails: Sequence[bytes]) -> tuple[float, float]:
    """Return the seconds that parsing all `mails` takes, and that parsing and storing them one by one takes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE intake_floor"
            " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sender text, subject text, body text)"
        )
        started = time.perf_counter()
        for mail in mails:
            read(mail)
        parsed = time.perf_counter()
        for mail in mails:
            row = [text.replace("\x00", "") for text in read(mail)]
            connection.execute("INSERT INTO intake_floor (sender, subject, body) VALUES (%s, %s, %s)", row)
        stored = time.perf_counter()
        connection.execute("DROP TABLE intake_floor")
    return parsed - started, stored - parsed


def read(mail: bytes) -> tuple[str, str, str]:
    """Sender, subject and text of a mail, with every header and body decoded."""
    message: Message = BytesParser(policy=compat32).parsebytes(mail)
    headers = {name.lower(): _header(value) for name, value in message.items()}
    bodies = [_body(part) for part in message.walk() if not part.is_multipart()]
    return headers.get("from", ""), headers.get("subject", ""), "\n".join(bodies)


def _header(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value))))
    except (LookupError, UnicodeError):
        return str(value)


def _body(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or part.get_content_maintype() != "text":
        return ""
    try:
        return content.decode(part.get_content_charset() or "ascii", "replace")
    except LookupError:
        return content.decode("latin-1")
