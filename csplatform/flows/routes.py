"""Through which of a person's handles they are answered: their channels are one conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import GivenAddress, Handle
from csplatform.contacts.services import handle_of
from csplatform.conversations.models import Conversation, MessageKind, Route
from csplatform.flows.fallback_settings import mail_account_of
from csplatform.flows.window import Freedom, Window, windows_of
from csplatform.gateway.contract import HandleKind, Sender
from csplatform.gateway.errors import UnknownChannel
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.registry import channel_class
from csplatform.people.models import User


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach the customer: by a handle, or by an address they left, which is no handle yet.

    `value` names it in a form. `refusal` says why nothing can be sent that way now; empty where it can. `is_public` is
    where everybody reads, `is_private` where the same person is answered without that. `window` is what its platform
    allows; `is_shut` where that alone is the reason, and only a template may be sent.
    """

    value: str
    account: ChannelAccount
    address: str
    name: str
    refusal: str = ""
    is_usual: bool = False
    is_unverified: bool = False
    is_public: bool = False
    is_private: bool = False
    window: Window = field(default_factory=Window)
    is_shut: bool = False


def usual_handle(conversation: Conversation) -> Handle:
    """Return whom an answer goes to unless its author says otherwise: where the customer last wrote.

    On the conversation's own account that is its handle. One query.
    """
    written = conversation.messages.filter(kind=MessageKind.CUSTOMER, is_machine=False).order_by("seq")
    last = written.select_related("handle__account").last()
    if last is None or last.handle is None or last.handle.account_id == conversation.account_id:
        return conversation.handle
    return last.handle


def ways_of(conversation: Conversation, user: User, usual: Handle | None = None) -> list[Way]:
    """Return every way to answer the customer, the usual one first, as far as `user` is concerned.

    `usual` is where the customer last wrote, for who knows it. What the platforms allow takes one query for them all.
    """
    usual = usual or usual_handle(conversation)
    known = Handle.objects.filter(Q(contact=conversation.contact_id) | Q(pk=usual.pk))
    handles = sorted(known.select_related("account"), key=lambda handle: (handle.pk != usual.pk, handle.pk))
    public = {handle.account_id for handle in handles if handle.kind == HandleKind.PUBLIC}
    mine = set(user.teams.values_list("pk", flat=True))
    windows = windows_of(conversation, handles)
    ways = [
        _way(handle, windows[handle.pk], _refusal(conversation, handle.account, user, mine), usual, public)
        for handle in handles
        if not handle.external_id.startswith("erased:")
    ]
    return [*ways, *_given(conversation, handles, user, mine)]


def _way(handle: Handle, window: Window, refusal: str, usual: Handle, public: set[int]) -> Way:
    refusal = refusal or _of_handle(handle)
    is_shut = not refusal and window.freedom(clock.now()) is Freedom.CLOSED
    return Way(
        value=f"h{handle.pk}",
        account=handle.account,
        address=handle.external_id if handle.kind in {HandleKind.EMAIL, HandleKind.PHONE} else "",
        name=handle.name or handle.external_id,
        refusal=_why_shut(window) if is_shut else refusal,
        is_usual=handle.pk == usual.pk,
        is_public=handle.kind == HandleKind.PUBLIC,
        is_private=handle.kind != HandleKind.PUBLIC and handle.account_id in public,
        window=window,
        is_shut=is_shut,
    )


def chosen_handle(conversation: Conversation, user: User, value: str, *, for_template: bool = False) -> Handle:
    """Return the handle that the way called `value` leads to, made where it is an address that somebody left.

    To be called before the conversation is locked. Raises InvalidInput for a way that there is not, or that leads
    nowhere now, with the reason; a template also goes where nothing else may be sent.
    """
    way = next((way for way in ways_of(conversation, user) if way.value == value), None)
    if way is None:
        raise InvalidInput(_("The customer cannot be reached that way."), field="through")
    if way.refusal and not (for_template and way.is_shut):
        raise InvalidInput(way.refusal, field="through")
    if value.startswith("h"):
        return Handle.objects.select_related("account").get(pk=int(value[1:]))
    return handle_of(way.account, Sender(way.address, HandleKind.EMAIL, way.name))


def check_route(conversation: Conversation, handle: Handle) -> None:
    """Raise InvalidInput where an answer in the conversation has no business going to `handle`."""
    if handle.contact_id == conversation.contact_id or handle.external_id.lower() in conversation.participants:
        return
    left = GivenAddress.objects.filter(handle__contact=conversation.contact_id, email=handle.external_id.lower())
    if handle.kind == HandleKind.EMAIL and left.exists():
        return
    raise InvalidInput(_("The customer cannot be reached that way."), field="through")


def remember_route(conversation: Conversation, handle: Handle) -> None:
    """Write down that a locked conversation is held through `handle` too: what comes back belongs to it."""
    own = conversation.handle
    if handle.account_id != conversation.account_id or (own.pk != handle.pk and own.kind == HandleKind.PUBLIC):
        Route.objects.update_or_create(conversation=conversation, handle=handle, defaults={"used_at": clock.now()})
    if own.pk != handle.pk and own.kind == HandleKind.PUBLIC:  # what they say there next belongs to it too
        Route.objects.update_or_create(conversation=conversation, handle=own, defaults={"used_at": clock.now()})


def _refusal(conversation: Conversation, account: ChannelAccount, user: User, mine: set[int]) -> str:
    """Return why `user` cannot send through the account at all."""
    if not account.is_active:
        return _("The account is switched off.")
    own = account.pk == conversation.account_id or user.sees_everything
    if not own and account.team_id is not None and account.team_id not in mine:
        return _("The account belongs to another team.")
    return ""


def _why_shut(window: Window) -> str:
    if window.left == 0:
        return _("The platform takes no more answers until the customer writes again.")
    return _("The customer last wrote too long ago.")


def _of_handle(handle: Handle) -> str:
    """Return why nothing can be sent to the handle, whenever its person wrote."""
    if handle.paused_at is not None:
        return _("Mail to this address came back.") if handle.kind == HandleKind.EMAIL else _("It takes no messages.")
    try:
        channel_class(handle.account.channel)
    except UnknownChannel:
        return _("Its channel is no longer installed.")
    return ""


def _given(conversation: Conversation, handles: Sequence[Handle], user: User, mine: set[int]) -> list[Way]:
    """Return the ways to addresses that the customer left, through the mail account that answers for that chat."""
    known = {handle.external_id for handle in handles if handle.kind == HandleKind.EMAIL}
    left = GivenAddress.objects.filter(handle__in=handles).exclude(email__in=known).select_related("handle__account")
    ways = {}
    for given in left:
        account = mail_account_of(given.handle.account)
        if account is not None and given.email not in ways:
            ways[given.email] = Way(
                value=f"a{given.pk}",
                account=account,
                address=given.email,
                name=given.name,
                refusal=_refusal(conversation, account, user, mine),
                is_unverified=not given.is_verified,
            )
    return list(ways.values())
