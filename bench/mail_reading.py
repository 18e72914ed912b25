"""How well mails are read: what a person wrote, visible text, names. The measures of `mail_accuracy` for these."""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

# The library takes an epilogue for a passage, which nobody is meant to see.
_SILENT = frozenset({"multipartemptypart.msg"})
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Measured(NamedTuple):
    """How many were right of how many, and which were not."""

    name: str
    right: int
    total: int
    least: float
    wrong: tuple[str, ...]


def replies(corpora: Path) -> Iterator[Measured]:
    """Mails with quotes and signatures, of which the written part is known to the letter."""
    from channels_email.quoting import fold

    lines = (corpora / "replies" / "expected.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    wrong = tuple(case["id"] for case in cases if fold(case["text"]).text != case["expected_reply"].strip("\n"))
    yield _measured("replies exact", len(cases), wrong, 0.9)


def mime(corpora: Path) -> Iterator[Measured]:
    """Odd and broken mails: read without an exception, seen where the standard library sees text, names kept."""
    from channels_email.content import read
    from channels_email.mime import parse

    paths = sorted(path for folder in ("mime", "helpdesk") for path in (corpora / folder).rglob("*") if _is_mail(path))
    texts, failed = {}, []
    for path in paths:
        try:
            texts[path] = read(parse(path.read_bytes())).text
        except Exception:  # what is counted here
            failed.append(path.name)
    yield _measured("mails read without an exception", len(paths), tuple(failed), 1.0)
    worded = [path for path in paths if path.name not in _SILENT and _has_words(path.read_bytes())]
    blank = tuple(path.name for path in worded if not texts.get(path))
    yield _measured("visible text where there is any", len(worded), blank, 1.0)
    named = {path: names for path in paths if (names := _names_in_structure(path))}
    lost = []
    for path, names in named.items():
        found = {file.name for file in read(parse(path.read_bytes())).attachments}
        lost += [f"{path.name}: {name}" for name in sorted(names - found)]
    yield _measured("names of attachments", sum(map(len, named.values())), tuple(lost), 1.0)


def _measured(name: str, total: int, wrong: tuple[str, ...], least: float) -> Measured:
    return Measured(name, total - len(wrong), total, least, wrong)


def _is_mail(path: Path) -> bool:
    return path.suffix in {".eml", ".msg", ".txt"} and path.is_file()


def _has_words(data: bytes) -> bool:
    """Tell whether the standard library finds a passage with a letter in it that is no attachment."""
    for part in message_from_bytes(data).walk():
        if part.get_content_type() not in {"text/plain", "text/html"} or part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        if any(map(str.isalnum, re.sub(r"(?s)<style.*?</style>|<[^>]*>|&\w+;", "", text))):
            return True
    return False


def _names_in_structure(path: Path) -> set[str]:
    """Return the names that mime4j's description of the mail gives to its parts, as they may be saved."""
    from channels_email.content import clean_name
    from channels_email.headers import parse_headers

    structure = path.with_name(f"{path.stem}_decoded.xml")
    if not structure.is_file():
        return set()
    root = ElementTree.fromstring(_NOT_XML.sub("", structure.read_text("utf-8", "replace")))
    names = set()
    for part in root.iter():
        if part.find("text-body") is None and part.find("binary-body") is None:
            continue
        fields = [(field.text or "").strip("\n").replace("\n", "\n ") for field in part.iterfind("header/field")]
        headers = parse_headers("\n".join(fields).encode())
        given = headers.parameters("content-disposition").get("filename")
        names.add(clean_name(given or headers.parameters("content-type").get("name")))
    return names - {""}
