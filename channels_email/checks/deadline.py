"""How long a live test may take."""

from time import monotonic

from django.utils.translation import gettext as _

from csplatform.gateway.steps import Failed


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
