"""Regular expressions that administrators write. RE2 takes time in proportion to the text, whatever the pattern is."""

from typing import Any

import re2

from csplatform.common.text import without_nul

# Characters of a pattern, and bytes that it may take in memory once compiled.
LONGEST = 500
_MEMORY = 1024 * 1024


class BadPattern(ValueError):
    """It is no regular expression, one that RE2 refuses (it has no look-around and no references), or too large."""


class Pattern:
    """A compiled pattern; upper and lower case are the same to it."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def fits(self, text: str) -> bool:
        """Tell whether the pattern is found anywhere in `text`."""
        return self._compiled.search(without_nul(text)) is not None


def compiled(pattern: str) -> Pattern:
    """Return `pattern`, ready for use. Raises BadPattern."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return Pattern(re2.compile(without_nul(pattern), options))
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise BadPattern(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from error
