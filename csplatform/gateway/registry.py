"""Which channels are installed. Each registers itself in its `AppConfig.ready()`."""

from csplatform.gateway.contract import Channel
from csplatform.gateway.errors import UnknownChannel

_channels: dict[str, type[Channel]] = {}


def register(channel: type[Channel]) -> None:
    """Make `channel` known under its slug. Raises ValueError where another class holds the slug."""
    if _channels.setdefault(channel.slug, channel) is not channel:
        raise ValueError(f"two channels want the slug {channel.slug!r}")


def unregister(slug: str) -> None:
    """Forget a channel; for tests that register one of their own."""
    _channels.pop(slug, None)


def channel_class(slug: str) -> type[Channel]:
    """Return the channel registered as `slug`; raises UnknownChannel."""
    try:
        return _channels[slug]
    except KeyError as error:
        raise UnknownChannel(f"no channel is registered as {slug!r}") from error


def all_channels() -> list[type[Channel]]:
    """Return every registered channel, ordered by slug."""
    return [_channels[slug] for slug in sorted(_channels)]
