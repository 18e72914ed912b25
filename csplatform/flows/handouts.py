"""Files under addresses that are signed and expire: for platforms that fetch what they are to show, and for customers
in chats that carry no such file. Whoever knows the address needs nothing else, so it must not be guessed.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from csplatform.common import clock
from csplatform.common.errors import CsplatformError, NotFound
from csplatform.conversations.models import Attachment

_SALT = "csplatform.handout"
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}")


class Expired(CsplatformError):
    """The address was good once."""


def address(attachment: Attachment, lifetime: timedelta) -> str:
    """Return an address that hands out the file from now on for `lifetime`.

    It ends as the file's name does, which some platforms want, and says nothing else of it.
    """
    until = int((clock.now() + lifetime).timestamp())
    token = signing.Signer(salt=_SALT).sign(f"{attachment.key.hex}:{until}")
    ending = PurePosixPath(attachment.name).suffix
    name = "file" + (ending.lower() if _ENDING.fullmatch(ending) else "")
    return str(settings.PUBLIC_URL) + reverse("handout", args=[token, name])


def handed_out(token: str) -> Attachment:
    """Return the file that an address was made for.

    Raises NotFound where the token is not ours or the file is gone, as when its message was deleted, and Expired.
    """
    try:
        key, until = signing.Signer(salt=_SALT).unsign(token).split(":")
    except signing.BadSignature:
        raise NotFound("no such file") from None
    if datetime.fromtimestamp(int(until), UTC) <= clock.now():
        raise Expired
    found = Attachment.objects.filter(key=UUID(key), message__deleted_at__isnull=True).exclude(file="").first()
    if found is None:
        raise NotFound("no such file")
    return found
