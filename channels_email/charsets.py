"""Bytes of a mail to text, whatever their label says. Never raises.

Labels are hints: `gb2312` is written where GB18030 is meant, `iso-8859-1` where Windows-1252 is, `us-ascii` where
anything is. Each label is read as the larger set that contains it (the WHATWG Encoding Standard does the same).
"""

import codecs
import re
from functools import lru_cache

from channels_email.guessing import guess
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
    "cn-big5": "cp950",
    "cn-gb": "gb18030",
    "csiso2022jp": "iso2022_jp_ext",
    "gb_18030": "gb18030",
    "gb_2312-80": "gb18030",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-latin-1": "cp1252",
    "ks_c_5601": "cp949",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
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
_ENDS_LABEL = re.compile(r"[*;, ]")
_WINDOWS_NAME = re.compile(r"^(?:x-)?(?:windows|win|cp|ms)[-_]?(?=\d)")
# What is put on a label without a thought.
_THOUGHTLESS = frozenset({"", "cp1252", "cp1254"})
# Under these labels nearly all bytes are some letter, and UTF-8 must be plain to see to be believed.
_DOUBLE_BYTE = frozenset({"gb18030", "cp950", "big5hkscs", "cp932", "cp949", "euc_jp", "johab"})
_NOT_8_BIT = frozenset({"utf-7", "hz", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso2022_kr"})
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
# ISO 8859 has no letters at 0x80 to 0x9F; where some are, the text comes from Windows.
_WINDOWS = {
    "iso8859-2": "cp1250",
    "iso8859-4": "cp1257",
    "iso8859-5": "cp1251",
    "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
}
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]|\x1b\([JI]|\x1b\$\(D")
_SHIFTED = re.compile(rb"(\x1b[$(][A-Z@(][A-Z]?|\x0e|\x0f)")
_LETTER_OF_3_BYTES = re.compile(rb"[\xe0-\xf4][\x80-\xbf]{2}")
_C1 = re.compile(rb"[\x80-\x9f]")
_SURROGATES = re.compile(rb"\xed[\xa0-\xbf]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SAMPLE = 8 * 1024


def decode(data: bytes, label: str = "") -> str:
    """Return `data` as text that PostgreSQL can keep, by its label, its looks or, at the worst, with U+FFFD in it."""
    charset = python_charset(label)
    if data.isascii() and b"\x1b" not in data and charset not in _NOT_8_BIT:
        return without_nul(data.decode("ascii"))
    return without_nul(_decode(data, charset))


def _decode(data: bytes, charset: str) -> str:
    for mark, marked in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(marked, "replace").removeprefix("\ufeff")
    if charset == "iso2022_jp_ext" or (charset in _THOUGHTLESS and _ISO_2022_JP.search(data[:_SAMPLE])):
        return _iso_2022_jp(data)
    if charset not in _NOT_8_BIT and (charset not in _DOUBLE_BYTE or _LETTER_OF_3_BYTES.search(data)):
        text = _strictly(data, "utf-8")
        if text is not None:
            return text
    if charset in _THOUGHTLESS:
        return _unlabelled(data, charset)
    if charset in _WINDOWS and _C1.search(data[:_SAMPLE]):
        charset = _WINDOWS[charset]
    text = _strictly(data, charset)
    if text is None and charset == "cp950":  # what Hong Kong adds
        text = _strictly(data, "big5hkscs")
    if text is None or (charset == "gb18030" and _PRIVATE.search(text)):
        return _damaged(data, charset)
    return text


def _strictly(data: bytes, charset: str) -> str | None:
    try:
        if charset == "utf-8" and _SURROGATES.search(data):  # letters beyond U+FFFF written as two (CESU-8)
            return data.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
        return data.decode(charset)
    except (UnicodeError, ValueError):
        return None


def _unlabelled(data: bytes, charset: str) -> str:
    if _is_mostly(data, "utf-8"):
        return data.decode("utf-8", "replace")
    return data.decode(guess(data) or charset or "cp1252", "replace")


def _damaged(data: bytes, charset: str) -> str:
    """Read what its label does not decode whole: by the label where most of it fits, else by the likeliest charset."""
    if charset == "utf-8" and _is_mostly(data, charset):
        return data.decode("utf-8", "replace")
    better = guess(data)
    if charset != "utf-8" and (better in {"", charset} or _is_mostly(data, charset)) and not _is_other(data, better):
        return data.decode(charset, "replace")
    return data.decode(better or "cp1252", "replace")


def _is_other(data: bytes, charset: str) -> bool:
    """Tell whether `data` is whole in a charset of two-byte letters, and so hardly in another one."""
    return charset in {"big5", "cp932", "euc_jp", "cp949"} and _strictly(data[:_SAMPLE], charset) is not None


def _is_mostly(data: bytes, charset: str) -> bool:
    """Tell whether only one byte in twenty of those that are not ASCII is wrong."""
    sample = data[:_SAMPLE]
    return sample.decode(charset, "replace").count("\ufffd") * 20 <= sum(byte > 127 for byte in sample)


def _iso_2022_jp(data: bytes) -> str:
    """Decode ISO-2022-JP with what Microsoft put into it: ①, 髙, katakana of half width, even in eight bits."""
    text = _strictly(data, "iso2022_jp_ext")
    if text is not None:
        return text
    if _ISO_2022_JP.search(data) is None:  # the label is all there is of it
        return _unlabelled(data, "")
    said, shift = [], b"\x1b(B"
    for piece in _SHIFTED.split(data):
        if _SHIFTED.fullmatch(piece):
            shift = piece
        else:
            said.append(_shifted(piece, shift))
    return "".join(said)


def _shifted(piece: bytes, shift: bytes) -> str:
    if shift in {b"\x1b$B", b"\x1b$@"}:
        return b"".join(map(_shift_jis, piece[0::2], piece[1::2])).decode("cp932", "replace")
    if shift == b"\x1b$(D":
        pairs = zip(piece[0::2], piece[1::2], strict=False)
        return b"".join(bytes([0x8F, one | 0x80, two | 0x80]) for one, two in pairs).decode("euc_jp", "replace")
    if shift in {b"\x1b(I", b"\x0e"}:
        return bytes(byte | 0x80 for byte in piece).decode("cp932", "replace")
    return piece.decode("cp932", "replace")


def _shift_jis(one: int, two: int) -> bytes:
    """Return a letter of JIS X 0208, in seven bits, as Shift JIS has it; `?` for what is none."""
    if not (0x21 <= one <= 0x7E and 0x21 <= two <= 0x7E):
        return b"?"
    lead = (one + 1) // 2 + (0x70 if one < 0x5F else 0xB0)
    trail = two + (0x7E if one % 2 == 0 else 0x1F if two < 0x60 else 0x20)
    return bytes([lead, trail])


@lru_cache(maxsize=512)
def python_charset(label: str) -> str:
    """Return Python's name for the set that `label` stands for, empty where it stands for none."""
    name = _ENDS_LABEL.split(label.strip().strip("'\"").lower(), maxsplit=1)[0]
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(_WINDOWS_NAME.sub("cp", name))
    except (LookupError, ValueError):
        return ""
    # Codecs such as `rot13` and `zlib` are no charsets, and `idna` or `unicode_escape` no sane ones.
    if not codec._is_text_encoding or codec.name.replace("-", "_") in _NO_CHARSETS:
        return ""
    return _WIDER.get(codec.name, codec.name)
