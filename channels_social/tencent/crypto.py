"""Signatures and sealed texts of Tencent's calls. Pure.

A signature is the SHA-1 of the token and the parts it covers, sorted and joined. A sealed text is AES-256-CBC in
base64: 16 random bytes, the length of the text in 4 bytes, the text, whom it is for; padded to 32 bytes (PKCS#7).
Source: developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html,
developer.work.weixin.qq.com/document/path/90968.
"""

import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from channels_social.signatures import same
from csplatform.gateway.errors import Unreadable

BLOCK = 32
_HEAD = 20  # random bytes and the length
_KEY = re.compile(r"[A-Za-z0-9]{43}")


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of one account's calls; `owner` is whom sealed texts must be for (an app id, a corporation's id).

    `aes_keys` are EncodingAESKeys of 43 letters and digits: the present one, then the one before it, with which the
    platform may still seal for a while, and with which older deliveries were sealed.
    """

    token: str
    owner: str
    aes_keys: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether anything can be proved and opened with them."""
        return bool(self.token and self.owner and self.aes_keys)

    def signed(self, signature: str, *parts: str) -> bool:
        """Tell whether `signature` is the one of these parts."""
        return bool(self.token) and same(signature, signature_of(self.token, *parts))

    def open(self, sealed: str) -> bytes:
        """Return what a sealed text says. Raises Unreadable where no key fits, or it is for somebody else."""
        for key in self.aes_keys:
            plain = _decrypted(key, sealed)
            if plain is not None:
                return self._content(plain)
        raise Unreadable("the call cannot be decrypted: this is not the account's EncodingAESKey")

    def _content(self, plain: bytes) -> bytes:
        end = _HEAD + int.from_bytes(plain[16:_HEAD], "big")
        owner = plain[end:].decode("utf-8", "replace")
        if owner != self.owner:
            raise Unreadable(f"the call is for {owner[:64]!r}, not for {self.owner!r}")
        return plain[_HEAD:end]


def signature_of(token: str, *parts: str) -> str:
    """Return the signature of `parts` in hexadecimal."""
    joined = "".join(sorted((token, *parts))).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def is_key(text: str) -> bool:
    """Tell whether `text` has the form of an EncodingAESKey."""
    return bool(_KEY.fullmatch(text))


def _decrypted(aes_key: str, sealed: str) -> bytes | None:
    """Return the padded text without its padding; None where key and text do not belong together."""
    try:
        key = b64decode(f"{aes_key}=")
        decryptor = Cipher(AES(key), CBC(key[:16])).decryptor()
        plain = decryptor.update(b64decode(sealed, validate=True)) + decryptor.finalize()
    except ValueError:
        return None
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= BLOCK or not plain.endswith(bytes([padding]) * padding):
        return None
    plain = plain[:-padding]
    fits = len(plain) >= _HEAD and _HEAD + int.from_bytes(plain[16:_HEAD], "big") <= len(plain)
    return plain if fits else None
