"""Every mail that others have collected can be read."""

import re
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from channels_email import content, mime
from tests.channels_email.mails import CORPORA, corpus, needs_corpora, parsed

pytestmark = [pytest.mark.corpora, needs_corpora]

# Mails in whose body there really is nothing to read.
SILENT = {
    "helpdesk/chatwoot/attachments_without_text.eml",
    "helpdesk/chatwoot/only_attachments.eml",
    "helpdesk/django-helpdesk/blank-body-with-attachment.eml",
    "mime/flanker/false-multipart.eml",
    "mime/flanker/outlook-express.eml",  # an octet-stream and nothing else
    "mime/mime4j/bluedot-simple.msg",
    "mime/mime4j/dup-names.msg",
    "mime/mime4j/multipartemptypart.msg",
    "mime/mime4j/multipartnestedemptypartsnorfc822.msg",
    "mime/mimekit/rfc2046.0.eml",
    "mime/mimekit/rfc2046.eml",
    "mime/ruby-mail/attachment_only_email.eml",
    "mime/ruby-mail/attachment_with_quoted_filename.eml",
    "mime/ruby-mail/bad_date_header.eml",  # a ruled line
    "mime/ruby-mail/bad_date_header2.eml",
    "mime/ruby-mail/empty_in_reply_to.eml",
    "mime/ruby-mail/japanese_attachment_long_name.eml",
    "mime/ruby-mail/missing_body.eml",
    "mime/ruby-mail/missing_content_disposition.eml",
    "mime/ruby-mail/must_supply_encoding.eml",
    "mime/ruby-mail/raw_email_with_binary_encoded.eml",
}


def name_of(path: Path) -> str:
    return path.relative_to(CORPORA).as_posix()


@pytest.mark.parametrize("folder", ["mime", "helpdesk", "ham", "bounces"])
def test_every_mail_is_read(folder: str) -> None:
    paths = list(corpus(folder))
    assert len(paths) >= 45
    silent = {name_of(path) for path in paths if not parsed(path.read_bytes()).text}
    assert silent - SILENT == set()


def test_attachments_have_the_names_their_senders_gave() -> None:
    """mime4j writes down the fields of each part; each name that is plainly readable there must be found."""
    checked = 0
    for structure in sorted((CORPORA / "mime" / "mime4j").glob("*_decoded.xml")):
        path = structure.with_name(structure.name.replace("_decoded.xml", ".msg"))
        fields = structure.read_text("utf-8", "replace")
        fields = re.sub(r"(?s)<message>.*?(<message>.*?</message>)", lambda m: m[0].replace(m[1], ""), fields)
        if "<multipart>" not in fields:  # one part alone is the body, whatever its name
            continue
        quoted = re.findall(r'Content-Disposition: \w+;[^<]*?filename="([^"<&=%]+)"', fields)
        bare = re.findall(r"Content-Disposition: \w+;[^<]*?filename=([\w.-]+)", fields)
        named = {name.rpartition("/")[2] for name in [*quoted, *bare]}
        found = {file.name for file in content.read(mime.parse(path.read_bytes())).attachments}
        assert named <= found, path.name
        checked += len(named)
    assert checked > 20


def is_plain(mail: Message) -> bool:
    """Tell whether the standard library reads `mail` without complaint; it takes attached mails apart, we do not."""
    known = {"7bit", "8bit", "binary", "base64", "quoted-printable"}
    encodings = {str(part.get("content-transfer-encoding", "7bit")).lower() for part in mail.walk()}
    return encodings <= known and not any(
        part.defects or part.get_content_maintype() == "message" for part in mail.walk()
    )


def test_the_parts_are_those_the_standard_library_finds() -> None:
    """Where that reads a mail without complaint, both must come to the same leaves and bytes. It skips empty parts."""
    compared = 0
    for path in corpus("mime", "helpdesk", "ham"):
        data = path.read_bytes()
        mail = message_from_bytes(data)
        if not is_plain(mail):
            continue
        leaves = [part for part in mail.walk() if not part.is_multipart()]
        theirs = [(part.get_content_type(), words(part.get_payload(decode=True) or b"")) for part in leaves]
        ours = [(part.content_type, words(part.content)) for part in mime.parse(data).walk() if not part.is_multipart]
        assert [leaf for leaf in ours if leaf[1]] == [leaf for leaf in theirs if leaf[1]], path.name
        compared += 1
    assert compared > 300


def words(content: object) -> bytes:
    assert isinstance(content, bytes)
    return b"".join(content.split())
