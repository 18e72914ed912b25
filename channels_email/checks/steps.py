"""Steps that depend on one another: once one has failed, the rest cannot be tried."""

from collections.abc import Callable, Sequence
from time import monotonic

from django.utils.translation import gettext as _

from csplatform.common.errors import CsplatformError
from csplatform.gateway.contract import Finding

# A step's name, and what tries it: it returns words to show, or raises Failed.
Step = tuple[str, Callable[[], str]]


class Failed(CsplatformError):
    """A step did not work; the text is for an administrator and says what to do."""


def run(steps: Sequence[Step]) -> list[Finding]:
    """Take the steps in order until one fails; the ones after it are listed as not tried."""
    findings: list[Finding] = []
    for number, (name, attempt) in enumerate(steps, start=1):
        try:
            findings.append(Finding(name, True, attempt()))
        except Failed as failure:
            findings.append(Finding(name, False, str(failure)))
            return [*findings, *(Finding(later, None) for later, _attempt in steps[number:])]
    return findings


class Deadline:
    """A moment by which all steps together must have ended."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self, most: float) -> float:
        """Return the seconds that something may take, `most` or what is left. Raises Failed where nothing is."""
        left = self._end - monotonic()
        if left <= 0:
            raise Failed(_("The server is so slow that there was no time left for this."))
        return min(most, left)
