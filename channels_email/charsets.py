"""Bytes of a mail to text, whatever their label says. Never raises.

Labels are hints: `gb2312` is written where GB18030 is meant, `iso-8859-1` where Windows-1252 is, `us-ascii` where
anything is. Each label is read as the larger set that contains it (the WHATWG Encoding Standard does the same).
"""

import codecs
import re
from functools import lru_cache

from charset_normalizer import from_bytes

from csplatform.common.text import without_nul

# Written on the label -> what Python calls the set that holds it whole.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso2022_jp": "iso2022_jp_ext",
    "iso2022_jp_1": "iso2022_jp_ext",
    "iso2022_jp_2": "iso2022_jp_ext",
}
# Labels Python does not know.
_ALIASES = {
    "ansi_x3.110-1983": "cp1252",
    "cp-850": "cp850",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "gb_2312-80": "gb18030",
    "gb-2312": "gb18030",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "unicode-1-1-utf-7": "utf-7",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-936": "gb18030",
    "windows-949": "cp949",
    "windows-950": "cp950",
    "x-big5": "cp950",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-mac-japanese": "cp932",
    "x-sjis": "cp932",
    "x-user-defined": "cp1252",
    "x-windows-949": "cp949",
}
# What is put on a label without a thought: any text that is valid UTF-8 is UTF-8 then.
_THOUGHTLESS = frozenset({"cp1252", "cp1254"})
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]|\x1b\(J|\x1b\$\(D")
_SAMPLE = 8 * 1024


def decode(data: bytes, label: str = "") -> str:
    """Return `data` as text that PostgreSQL can keep, by its label, its looks or, at the worst, with U+FFFD in it."""
    if data.isascii() and b"\x1b" not in data:
        charset = python_charset(label)
        if charset not in {"utf-7", "hz", "utf-16", "utf-16-le", "utf-16-be"}:
            return without_nul(data.decode("ascii"))
    return without_nul(_decode(data, python_charset(label)))


def _decode(data: bytes, charset: str) -> str:
    for mark, marked in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(marked, "replace").removeprefix("\ufeff")
    if not charset or charset in _THOUGHTLESS:
        candidates = ["iso2022_jp_ext"] if _ISO_2022_JP.search(data[:_SAMPLE]) else ["utf-8"]
        candidates += [charset] if charset else []
    else:
        candidates = [charset, "utf-8"]
    for candidate in candidates:
        try:
            return data.decode(candidate)
        except (UnicodeError, ValueError):
            continue
    return data.decode(_damaged(data, charset), "replace")


def _damaged(data: bytes, charset: str) -> str:
    """Return the charset of what no candidate decodes whole: the label's where most of it fits, else the likeliest."""
    for candidate in (charset, "utf-8"):
        if candidate and candidate not in _THOUGHTLESS:
            lost = data[:_SAMPLE].decode(candidate, "replace").count("\ufffd")
            if lost * 20 <= sum(byte > 127 for byte in data[:_SAMPLE]):
                return candidate
    best = from_bytes(data[:_SAMPLE]).best()
    return best.encoding if best else (charset or "cp1252")


@lru_cache(maxsize=512)
def python_charset(label: str) -> str:
    """Return Python's name for the set that `label` stands for, empty where it stands for none."""
    name = label.strip().strip("'\"").split("*")[0].lower()
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    # Codecs such as `rot13` and `zlib` are no charsets, and `idna` or `unicode_escape` no sane ones.
    if not codec._is_text_encoding or codec.name.replace("-", "_") in _NO_CHARSETS:
        return ""
    return _WIDER.get(codec.name, codec.name)
