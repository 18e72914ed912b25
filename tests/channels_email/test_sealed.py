"""Mails that are signed or encrypted: what can be read is, and what it is is noted."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from channels_email import cms
from tests.channels_email.mails import mail, parsed
from tests.channels_email.test_mime import PNG, data_of, file_part, multipart, text_part

Pair = tuple[rsa.RSAPrivateKey, x509.Certificate]
INNER = multipart("mixed", text_part("Signed words, 图"), file_part(PNG, 'Content-Type: image/png; name="a.png"'))
INNER_PART = INNER.partition(b"Message-ID")[2].partition(b"\r\n")[2]  # without the fields of the mail


@pytest.fixture(scope="module")
def pair() -> Pair:
    """Return a key with a certificate of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ada")])
    now = datetime(2026, 3, 2, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=9))
    return key, builder.sign(key, hashes.SHA256())


def signed(pair: Pair, data: bytes, *options: pkcs7.PKCS7Options) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data).add_signer(pair[1], pair[0], hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])


def element(tag: int, content: bytes) -> bytes:
    """Return a BER element of indefinite length."""
    return bytes([tag, 0x80]) + content + b"\0\0"


def der(tag: int, content: bytes) -> bytes:
    length = len(content)
    size = bytes([length]) if length < 128 else bytes([0x84]) + length.to_bytes(4, "big")
    return bytes([tag]) + size + content


def streamed(data: bytes) -> bytes:
    """Return `data` as signed data in pieces, of lengths that were not known beforehand, as Outlook writes it."""
    pieces = b"".join(der(0x04, data[at : at + 100]) for at in range(0, len(data), 100))
    inside = element(0x30, bytes.fromhex("06092a864886f70d010701") + element(0xA0, element(0x24, pieces)))
    content = element(0x30, bytes.fromhex("020101") + der(0x31, b"") + inside + der(0x31, b""))
    return element(0x30, bytes.fromhex("06092a864886f70d010702") + element(0xA0, content))


@pytest.mark.parametrize(
    "content_type",
    [
        "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        "application/x-pkcs7-mime; name=smime.p7m",
        'application/octet-stream; name="smime.p7m"',
    ],
)
def test_what_was_signed_is_read_through_the_signature(pair: Pair, content_type: str) -> None:
    data = file_part(signed(pair, INNER_PART), f"Content-Type: {content_type}")
    head, _, body = data.partition(b"\r\n\r\n")
    message = parsed(mail(*head.decode().split("\r\n"), body=body))
    assert message.text == "Signed words, 图"
    assert [(file.name, data_of(file)) for file in message.attachments] == [("a.png", PNG)]
    assert message.metadata["signature"] == "smime"


def test_pieces_of_unknown_length_are_put_together() -> None:
    message = parsed(mail("Content-Type: application/pkcs7-mime", body=streamed(INNER_PART)))
    assert message.text == "Signed words, 图"
    assert [data_of(file) for file in message.attachments] == [PNG]


def test_a_signature_apart_is_attached(pair: Pair) -> None:
    apart = signed(pair, INNER_PART, pkcs7.PKCS7Options.DetachedSignature)
    assert cms.signed_content(apart) is None
    data = multipart("signed", INNER_PART, file_part(apart, "Content-Type: application/pkcs7-signature"), boundary="b9")
    message = parsed(data)
    assert message.text == "Signed words, 图"
    assert [file.name for file in message.attachments] == ["a.png", "smime.p7s"]
    assert message.metadata["signature"] == "smime"


def test_what_is_encrypted_says_so(pair: Pair) -> None:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(INNER_PART).add_recipient(pair[1])
    data = builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    message = parsed(mail("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", body=data))
    assert "encrypted (S/MIME)" in message.text
    assert [(file.name, data_of(file)) for file in message.attachments] == [("smime.p7m", data)]
    assert message.metadata["encrypted"] == "smime"
    assert "signature" not in message.metadata


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x80" * 100_000,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x82\x10\x00\x06\x01\x00",
        streamed(b"x" * 5_000)[:-700],
        element(0x30, bytes.fromhex("06092a864886f70d010702") + element(0xA0, b"\x24\x80" * 50_000)),
        bytes(range(256)),
    ],
)
def test_what_is_broken_stays_a_file(data: bytes) -> None:
    assert cms.signed_content(data) is None
    message = parsed(multipart("mixed", text_part("hello"), file_part(data, 'Content-Type: x/y; name="a.p7m"')))
    assert (message.text, [data_of(file) for file in message.attachments]) == ("hello", [data])


def test_a_signature_within_a_signature_is_opened_so_far_and_no_further(pair: Pair) -> None:
    data = INNER_PART
    for _ in range(20):
        data = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n" + streamed(data)
    message = parsed(mail("X: y", body=b"").replace(b"X: y\r\n\r\n", data))
    assert [file.name for file in message.attachments] == ["smime.p7m"]


CLEAR = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Signed words.
- -- a dash is guarded

-----BEGIN PGP SIGNATURE-----
Version: 1

aGVsbG8=
=AAAA
-----END PGP SIGNATURE-----
"""
ENCRYPTED = "-----BEGIN PGP MESSAGE-----\nVersion: 1\n\naGVsbG8=\n=AAAA\n-----END PGP MESSAGE-----\n"


def test_pgp_in_the_text_is_taken_off_where_it_only_signs() -> None:
    message = parsed(mail(body=CLEAR))
    assert message.text == "Signed words.\n-- a dash is guarded"
    assert message.metadata["signature"] == "pgp"


def test_pgp_in_the_text_becomes_a_file_where_it_encrypts() -> None:
    message = parsed(mail(body=ENCRYPTED))
    assert "encrypted (PGP)" in message.text
    assert [(file.name, data_of(file).decode()) for file in message.attachments] == [("encrypted.asc", ENCRYPTED)]
    assert message.metadata["encrypted"] == "pgp"
    assert parsed(mail(body=f"Look:\n\n{ENCRYPTED}\nAda")).text == "Look:\n\n\nAda"


@pytest.mark.parametrize(
    "text", ["> " + CLEAR.strip().replace("\n", "\n> "), "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx"]
)
def test_other_armour_stays(text: str) -> None:
    message = parsed(mail(body=text))
    assert message.text == text
    assert "signature" not in message.metadata


def test_pgp_mime() -> None:
    signature = "Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n-----BEGIN PGP SIGNATURE-----"
    message = parsed(multipart("signed", text_part("Signed words."), signature))
    assert (message.text, message.metadata["signature"]) == ("Signed words.", "pgp")
    version = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1"
    secret = f"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n{ENCRYPTED}"
    message = parsed(multipart("encrypted", version, secret))
    assert "encrypted (PGP)" in message.text
    assert [file.name for file in message.attachments] == ["pgp-version.txt", "encrypted.asc"]
    assert message.metadata["encrypted"] == "pgp"
