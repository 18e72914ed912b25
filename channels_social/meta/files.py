"""Files that people sent by Messenger and Instagram: they come as addresses that are good for some days."""

from urllib.parse import urlsplit

from channels_social.calling import Line
from csplatform.gateway.contract import AccountConfig, Download

# Where Meta keeps what people send. An address elsewhere is a link that somebody shared, and nothing to be fetched.
_HOSTS = ("fbcdn.net", "fbsbx.com", "cdninstagram.com", "facebook.com", "instagram.com")
# Bytes; people may send 25 MB, and shared reels are larger.
MAX_DOWNLOAD = 100_000_000


def download(account: AccountConfig, ref: str, base: str) -> Download:
    """Fetch a file from its address, which must be Meta's, or at the account's own `api_base`.

    The address is signed, so the token stays here. Raises SendFailed, SendUnavailable.
    """
    line = Line.of(account, base)
    own = urlsplit(line.base).netloc

    def allowed(url: str) -> bool:
        return is_metas(url) or urlsplit(url).netloc == own

    return line.fetch(ref, limit=MAX_DOWNLOAD, allowed=allowed)


def is_metas(url: str) -> bool:
    """Tell whether an address is one of Meta's own, encrypted."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and any(host == own or host.endswith(f".{own}") for own in _HOSTS)
