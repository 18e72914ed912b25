"""The words of the chat page and the launcher, for JavaScript; in the language that is active when asked."""

from collections.abc import Iterable

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from channels_webchat.errors import Reason
from channels_webchat.files import LARGEST_FILE, Allowed
from csplatform.common.languages import best_match, normalise_tag


def page_strings(wrong_file: str) -> dict[str, str]:
    """Return what chat.js says; `wrong_file` of a file that is of no allowed type."""
    return (
        {
            "sending": _("Sending…"),
            "delivered": _("Delivered"),
            "read": _("Read"),
            "closed": _("Nobody is here right now. Leave a message: we are back on %(moment)s."),
            "erased": _("Everything was deleted. The number of the proof is %(number)s."),
            "nothing_kept": _("There was nothing to delete."),
            "not_erased": _("It could not be deleted just now. Please try again."),
            "failed": _("Not sent"),
            "retry": _("Try again"),
            "discard": pgettext("unsent message", "Discard"),
            "waiting": pgettext("message", "Waiting for the connection"),
            "you": _("You"),
            "automatic": _("Automatic message"),
            "typing": _("%(name)s is typing…"),
            "edited": _("edited"),
            "deleted": _("This message was removed"),
            "offline": _("You are offline. Your messages will be sent as soon as you are back."),
            "connecting": _("Connecting…"),
            "image": _("Picture"),
            "cancel": _("Cancel"),
        }
        | _beginnings()
        | _refusals(wrong_file)
    )


def _beginnings() -> dict[str, str]:
    """What is said before somebody answers."""
    return {
        "next": _("You are next."),
        "place": _("You are number %(place)s in the queue."),
        "soon": _("It takes a few minutes."),
        "minutes": _("It takes about %(minutes)s minutes."),
        "hour": _("It may take more than an hour."),
        "away": _("Leave a message: we answer by e-mail."),
        "found": _("Articles found: %(number)s"),
        "thanks": _("Thank you!"),
        "no_article": _("This article could not be loaded."),
    }


def file_limits(allowed: Allowed) -> dict[str, str]:
    """Return what the file dialogue offers and what is said of it; nothing where no files are taken."""
    if not allowed.types:
        return {}
    return {"accept": allowed.accept, "words": f"{allowed.words} {_largest()}"}


def _largest() -> str:
    return _("Files can have up to %(limit)d MB.") % {"limit": LARGEST_FILE // (1024 * 1024)}


def _refusals(wrong_file: str) -> dict[str, str]:
    return {
        "refused_connection": _("The connection broke."),
        f"refused_{Reason.UNREADABLE}": _("This message could not be read."),
        f"refused_{Reason.SESSION}": _("Please reload the page and try again."),
        f"refused_{Reason.IDENTITY}": _("This site could not say who you are."),
        f"refused_{Reason.EMPTY}": _("The message is empty."),
        f"refused_{Reason.TOO_LONG}": _("This message is too long."),
        f"refused_{Reason.TOO_FAST}": _("That was a lot at once. Please wait a minute."),
        f"refused_{Reason.FILE_TYPE}": wrong_file,
        f"refused_{Reason.FILE_SIZE}": _largest(),
    }


def launcher_strings() -> dict[str, str]:
    """Return what launcher.js says."""
    return {"open": _("Open chat"), "close": _("Close chat"), "title": _("Chat"), "unread": _("New messages")}


def widget_language(wanted: Iterable[str | None], default: str) -> str:
    """Return the code of the first wanted language that the widget speaks, else the best for `default`."""
    codes = [code for code, _name in settings.LANGUAGES]
    for tag in wanted:
        # `best_match` ends in English for everybody: here that must be what was asked for.
        found = best_match(tag, codes, default=tag or "") if normalise_tag(tag) else None
        if found and (found != "en" or str(normalise_tag(tag)).startswith("en")):
            return found
    return best_match(default, codes) or settings.LANGUAGE_CODE


def language_choices() -> list[tuple[str, str]]:
    """Return the codes of the widget's languages, each with its own name for itself."""
    names = [(code, translation.get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
    return [(code, name[:1].upper() + name[1:]) for code, name in names]
