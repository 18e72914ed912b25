"""Where a translation service plugs in. Nothing is shown of it while none is installed."""

from typing import Protocol

from csplatform.common.errors import CsplatformError


class TranslationFailed(CsplatformError):
    """The service could not translate; the message says why, to a person."""


class Translator(Protocol):
    """A translation service. `name` is what people call it."""

    name: str

    def translate(self, text: str, *, to: str, source: str = "") -> str:
        """Return `text` in the language `to` (BCP 47); `source` is empty where the service has to find out.

        Raises TranslationFailed.
        """
        ...


_installed: list[Translator] = []


def install(translator: Translator) -> None:
    """Let `translator` translate messages from now on; for `AppConfig.ready()`."""
    _installed[:] = [translator]


def uninstall() -> None:
    """Translate nothing any more."""
    _installed.clear()


def installed() -> Translator | None:
    """Return the service, None where there is none."""
    return _installed[0] if _installed else None
