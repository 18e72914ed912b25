"""What the REST API's error codes mean for somebody at a desk.

Source: docs.discord.com/developers/topics/opcodes-and-status-codes.
"""

from django.utils.translation import gettext_noop

# Direct messages opened too fast; resources overloaded.
TEMPORARY = frozenset({40003, 130000})
# The channel no longer exists.
DEAD = frozenset({10003})

ACCESS = gettext_noop("Discord does not accept the bot token of this account.")
_CLOSED = gettext_noop("This person takes no messages from the bot: they blocked it, or share no server with it.")
_GONE = gettext_noop("This direct message no longer exists.")
_NOT_ALLOWED = gettext_noop("Discord does not let this bot write here.")
_TOO_LARGE = gettext_noop("Discord does not take this file: it is too large.")
_CONTENT = gettext_noop("Discord does not take this message: something in it is not allowed.")
_LOCKED = gettext_noop("Discord has locked this bot or its application.")
_REFUSED = gettext_noop("Discord refused.")
_REASONS = {
    10003: _GONE,
    10008: gettext_noop("The message no longer exists."),
    20026: _LOCKED,
    40001: ACCESS,
    40002: _LOCKED,
    40003: gettext_noop("Discord asks to slow down."),
    40005: _TOO_LARGE,
    50001: _NOT_ALLOWED,
    50006: _CONTENT,
    50007: _CLOSED,
    50013: _NOT_ALLOWED,
    50035: _CONTENT,
    50278: _CLOSED,
    130000: gettext_noop("Discord has problems of its own at the moment."),
    200000: _CONTENT,
    240000: _CONTENT,
}
# What the Gateway means by closing codes that are final.
GATEWAY = {
    4004: ACCESS,
    4014: gettext_noop("Discord does not allow this bot the intents that it asks for."),
}
GATEWAY_REFUSED = gettext_noop("Discord's Gateway refuses this bot.")


def reason(code: int, status: int, said: str) -> str:
    """Return why something failed: a sentence where we know the code, else what Discord `said` itself."""
    if status == 401:
        return ACCESS
    if status == 413:
        return _TOO_LARGE
    return _REASONS.get(code) or f"{_REFUSED} ({said or f'HTTP {status}'})"
