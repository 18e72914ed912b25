"""Small things that the desk's templates say often."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from django import template
from django.template.defaultfilters import linebreaksbr
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, pgettext
from django.utils.translation import gettext as _

from csplatform.common import clock, translation
from csplatform.common.languages import is_rtl, normalise_tag
from csplatform.common.translation import Translator
from csplatform.conversations.models import Conversation, Draft, Priority, SendingHabit
from csplatform.desk import history
from csplatform.desk.filters import ANYTHING, Filters
from csplatform.desk.models import SavedView
from csplatform.desk.orders import Order
from csplatform.desk.places import Place
from csplatform.flows.send_later import habit_of
from csplatform.gateway.errors import UnknownChannel
from csplatform.gateway.registry import channel_class
from csplatform.people.models import AbsenceReason, Presence, User

register = template.Library()

HUES = 8
_CHANNEL_ICONS = {"email": "mail", "webchat": "chat", "telegram": "telegram", "whatsapp": "whatsapp"}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite; without a label it is decoration."""
    sprite = static("desk/icons.svg")
    if not label:
        return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)
    return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, sprite, name)


@register.simple_tag
def act(conversation: Conversation, action: str, name: str = "", value: Any = "") -> SafeString:
    """Attributes of a button that does `action`, with htmx or without; its form is `#acts`."""
    url = reverse("desk:act", args=[conversation.pk, action])
    button = format_html('type="submit" form="acts" formaction="{}" hx-post="{}"', url, url)
    if not name:
        return button
    return button + format_html(' name="{}" value="{}" hx-vals="{}"', name, value, json.dumps({name: str(value)}))


@register.simple_tag
def act_moment(conversation: Conversation, until: datetime) -> SafeString:
    """Attributes of a button that snoozes until a moment."""
    return act(conversation, "snooze", "until", until.isoformat(timespec="minutes"))


@register.simple_tag
def bulk_act(action: str, name: str = "", value: Any = "") -> SafeString:
    """Attributes of a button that does `action` with the chosen conversations; its form is `#bulk-form`."""
    url = reverse("desk:bulk", args=[action])
    button = format_html('type="submit" form="bulk-form" formaction="{}" hx-post="{}"', url, url)
    if not name:
        return button
    return button + format_html(' name="{}" value="{}" hx-vals="{}"', name, value, json.dumps({name: str(value)}))


@register.simple_tag
def bulk_moment(until: datetime) -> SafeString:
    """Attributes of a button that snoozes the chosen conversations until a moment."""
    return bulk_act("snooze", "until", until.isoformat(timespec="minutes"))


@register.simple_tag
def planned_act(draft: Draft, action: str) -> SafeString:
    """Attributes of a button that does `action` with an answer that waits; its form is `#acts`."""
    url = reverse("desk:planned", args=[draft.conversation_id, draft.pk, action])
    return format_html('type="submit" form="acts" formaction="{}" hx-post="{}" hx-sync="this:drop"', url, url)


@register.simple_tag
def sending_habit(user: User) -> SendingHabit:
    """For how long an agent can undo what they send."""
    return habit_of(user)


@register.simple_tag
def translator() -> Translator | None:
    """What translates messages; None where nothing is installed."""
    return translation.installed()


@register.simple_tag
def place_url(place: Place, path: str, **more: Any) -> str:
    """An address under `path` with the place's order and search."""
    return place.address(path, **more)


@register.simple_tag
def sorted_url(place: Place, order: Order) -> str:
    """The address of the same place in another order."""
    return replace(place, order=order).url


@register.simple_tag
def narrowed_url(place: Place, filters: Filters) -> str:
    """The address of the same place with other filters."""
    return replace(place, filters=filters).url


@register.simple_tag
def unfiltered_url(place: Place) -> str:
    """The address of the same place without filters."""
    return replace(place, filters=ANYTHING).url


@register.simple_tag
def move_view(view: SavedView, by: str) -> SafeString:
    """Attributes of a button that moves a saved view up or down; its form has the ids of all, in order."""
    url = f"{reverse('desk:saved-arrange')}?move={view.pk}&by={by}"
    return format_html('formaction="{}" hx-post="{}"', url, url)


@register.simple_tag
def new_key() -> str:
    """A key for one submission; the page makes the next ones."""
    return str(uuid4())


@register.simple_tag
def words() -> dict[str, str]:
    """What the page's scripts say."""
    return {
        "dueIn": _("Time left:"),
        "overdueBy": _("Overdue:"),
        "windowLeft": _("%(time)s left"),
        "live": _("Live"),
        "connecting": _("Connecting"),
        "polling": _("No live connection; checking every 10 seconds"),
        "offline": _("Offline; your text is kept"),
        "failed": _("That did not work. Nothing was lost; please try again."),
        "notSent": _("Not sent. Your text is kept; please try again."),
        "sending": _("Sending…"),
        "saved": _("Draft saved"),
        "keptHere": _("Kept on this device until the connection is back"),
        "elsewhere": _("Another screen of yours holds this draft with another text: %(text)s"),
        "unsaved": _("This device holds another text that was not saved: %(text)s"),
        "useIt": _("Use that one"),
        "leaveIt": _("Keep this one"),
        "heldBack": _("This was not sent: %(reason)s"),
        "uploading": _("Sending when the files are there…"),
        "filesFailed": _("A file could not be uploaded: try again or take it out."),
        "tooLarge": _("Too large: %(most)s is the most this channel takes"),
        "takesNone": _("This channel takes no files."),
        "emptyFile": _("This file is empty"),
        "uploadFailed": _("Upload failed"),
        "retryFile": _("Try again: %(name)s"),
        "backAgain": _("It was not sent. You can go on writing."),
        "remove": _("Remove %(name)s"),
        "isTyping": _("%(name)s is typing…"),
        "changes": _("New changes: %(count)s"),
        "picked": _("%(count)s chosen"),
        "dismiss": _("Dismiss"),
        "merged": _("The contacts are one now."),
        "writesReply": _("%(name)s is writing a reply"),
        "writesNote": _("%(name)s is writing a note"),
        "looks": _("%(name)s is looking at this"),
        "news": _("New notifications"),
        "allowed": _("This browser may show notifications."),
        "denied": _("This browser refuses notifications: allow them in its own settings for this site."),
        "undecided": _("This browser has not been asked yet."),
        "unsupported": _("This browser cannot show notifications here (it needs a secure address)."),
        "to": pgettext("mail", "To"),
        "cc": pgettext("mail", "Cc"),
        "bcc": pgettext("mail", "Bcc"),
    }


@register.simple_tag
def presence_of(user: User) -> Presence:
    """Where the reader is at this moment."""
    return Presence.objects.filter(user=user).select_related("reason").first() or Presence(user=user)


@register.simple_tag
def absence_reasons() -> list[AbsenceReason]:
    """Why somebody may be away."""
    return list(AbsenceReason.objects.filter(is_active=True))


@register.simple_tag
def page_language() -> str:
    """The page's language as HTML wants it."""
    return {"zh-hans": "zh-Hans"}.get(get_language() or "", get_language() or "en")


@register.simple_tag
def page_direction() -> str:
    """Which way the page's language runs."""
    return "rtl" if get_language_bidi() else "ltr"


@register.filter
def of(things: Mapping[int, Any] | None, key: int) -> Any:
    """What a mapping holds for `key`; nothing where there is no mapping."""
    return things.get(key) if things else None


@register.filter
def channel_icon(slug: str) -> str:
    """The icon of a channel; a plain bubble for one we have no picture of."""
    return _CHANNEL_ICONS.get(slug, "bubble")


@register.filter
def channel_name(slug: str) -> str:
    """What a channel is called; its slug where it is no longer installed."""
    try:
        return str(channel_class(slug).label)
    except UnknownChannel:
        return slug


@register.filter
def called(conversation: Conversation) -> str:
    """What to call a conversation's customer."""
    return history.contact_name(conversation)


@register.filter
def language_label(tag: str) -> str:
    """A language's name in the reader's language."""
    return history.language_name(tag)


@register.filter
def as_tag(language: str) -> str:
    """A platform's word for a language (`zh_CN`) as the web writes it; empty where it is none."""
    return normalise_tag(language.replace("_", "-")) or ""


@register.filter
def direction(tag: str) -> str:
    """Which way text in a language runs; `auto` where the language is unknown."""
    return ("rtl" if is_rtl(tag) else "ltr") if tag else "auto"


@register.filter
def initials(name: Any) -> str:
    """One or two characters that stand for a name: a Chinese name's last two, else first letters of words."""
    words = [word for word in str(name).replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    if len(words) == 1 and all("\u3400" <= character <= "\u9fff" for character in words[0]):
        return words[0][-2:]
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


@register.filter
def hue(name: Any) -> int:
    """A number from 0 to 7 that stays with a name, for the colour of its circle."""
    return hashlib.blake2s(str(name).encode(), digest_size=1).digest()[0] % HUES


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago, short, in the reader's language."""
    if moment is None:
        return ""
    delta = moment - clock.now()
    return str(
        format_timedelta(delta, threshold=1.1, format="narrow", locale=history.reader_locale(), add_direction=True)
    )


@register.filter
def countdown(moment: datetime) -> str:
    """The time until `moment`, short, without a sign."""
    delta = moment - clock.now()
    return str(format_timedelta(abs(delta), threshold=1.1, format="narrow", locale=history.reader_locale()))


@register.filter
def clock_time(moment: datetime) -> str:
    """The time of day, short, in the reader's zone and manner."""
    return str(format_time(timezone.localtime(moment), "short", locale=history.reader_locale()))


@register.filter
def full_time(moment: datetime) -> str:
    """Day and time, in the reader's zone and manner."""
    return str(format_datetime(timezone.localtime(moment), "medium", locale=history.reader_locale()))


@register.filter
def day_and_time(moment: datetime) -> str:
    """Day and time without seconds, in the reader's zone and manner."""
    return str(format_datetime(timezone.localtime(moment), "short", locale=history.reader_locale()))


@register.filter
def day_name(day: date) -> str:
    """Today, yesterday, or the date in full."""
    today = timezone.localdate(clock.now())
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return str(format_date(day, "full", locale=history.reader_locale()))


@register.filter
def short_moment(moment: datetime) -> str:
    """Weekday and time, in the moment's own zone and the reader's manner."""
    locale = history.reader_locale()
    return f"{format_date(moment, 'EEE', locale=locale)} {format_time(moment, 'short', locale=locale)}"


@register.filter
def wall_time(moment: datetime) -> str:
    """The time of day in the moment's own zone."""
    return str(format_time(moment, "short", tzinfo=moment.tzinfo, locale=history.reader_locale()))


@register.filter
def said(text: str) -> str:
    """A reason that was written down, in the reader's language where it is one of ours."""
    return history.in_our_words(text)


@register.filter
def is_past(moment: datetime) -> bool:
    """Whether `moment` has passed."""
    return moment <= clock.now()


@register.filter
def priority_name(value: int) -> str:
    """What a priority is called."""
    return str(dict(Priority.choices).get(value, value))


@register.filter
def priority_slug(value: int) -> str:
    """A priority as a word for style sheets."""
    return {10: "low", 20: "normal", 30: "high", 40: "urgent"}.get(value, "normal")


@register.filter
def prose(text: str) -> SafeString:
    """Plain text with its line breaks and with links that open elsewhere."""
    linked = urlize(text, nofollow=True, autoescape=True)
    elsewhere = linked.replace(' rel="nofollow"', ' rel="nofollow noopener noreferrer" target="_blank"')
    return linebreaksbr(SafeString(elsewhere))


@register.filter
def state_label(state: str) -> str:
    """How far an outgoing message got, in a word."""
    return {
        "queued": _("Sending"),
        "accepted": _("Sent"),
        "delivered": _("Delivered"),
        "read": _("Read"),
        "uncertain": _("Perhaps sent"),
        "failed": _("Not sent"),
    }.get(state, state)


@register.filter
def unlocalized(value: Any) -> str:
    """A number or a text as forms and programs write it, whatever the reader's language."""
    return str(value)
