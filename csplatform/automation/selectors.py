"""What the rules say of a message."""

import threading
import time

from django.conf import settings

from csplatform.automation.models import ScreeningRule
from csplatform.automation.screening import Rules, Verdict
from csplatform.gateway.contract import InboundMessage
from csplatform.gateway.models import ChannelAccount

__all__ = ["Verdict", "forget_rules", "screen"]


class _Kept:
    """The rules as this process last read them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: Rules | None = None
        self._until = 0.0

    def rules(self) -> Rules:
        """Return rules that are SCREENING_RULES_SECONDS old at most."""
        with self._lock:
            if self._rules is None or time.monotonic() >= self._until:
                self._rules = Rules(ScreeningRule.objects.filter(is_active=True).order_by("order", "pk"))
                self._until = time.monotonic() + settings.SCREENING_RULES_SECONDS
            return self._rules

    def forget(self) -> None:
        """Read the rules again when they are next needed."""
        with self._lock:
            self._rules = None


_kept = _Kept()
forget_rules = _kept.forget


def screen(account: ChannelAccount, event: InboundMessage) -> Verdict:
    """Return whether `event` is spam, and why. The first rule that fits decides, else `event.spam`.

    Asks the database once in a few seconds, not once for each message. A rule that has just been made counts for
    every process SCREENING_RULES_SECONDS later at the latest. Whether the contact is blocked is not asked here.
    """
    return _kept.rules().judge(account.pk, event)
