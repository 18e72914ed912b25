"""What can be done with a conversation beside answering it. Each action is one flow."""

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, ConversationMerge
from csplatform.conversations.selectors import visible_conversations
from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.desk.choices import moment_in
from csplatform.desk.views.conversation import changed, shown_revision
from csplatform.flows import assign as assigning
from csplatform.flows import block, details, holding, links, pausing, status
from csplatform.flows.merge_conversations import merge_conversations, undo_merge
from csplatform.people.models import Team, User

Action = Callable[[int, QueryDict, User], object]
Row = TypeVar("Row", bound=Model)


@require_POST
@agent_required
def act(request: AgentRequest, pk: int, action: str) -> HttpResponseBase:
    """Do `action` and answer with what changed."""
    if action not in ACTIONS:
        raise Http404(f"no action is called {action!r}")
    revision = shown_revision(request)
    the_conversation(request.user, pk)
    ACTIONS[action](pk, request.POST, request.user)
    if request.htmx:
        return changed(request, pk, revision)
    return redirect("desk:inbox") if action == "hand-over" else redirect("desk:conversation", pk)


def _assign(pk: int, data: QueryDict, by: User) -> None:
    who = data.get("to", "")
    person = by if who == "me" else _row(User.objects.filter(is_active=True), who)
    assigning.assign(pk, to=person, by=Actor.agent(by))


def _hand_over(pk: int, data: QueryDict, by: User) -> None:
    assigning.hand_over(pk, to=_row(Team.objects.all(), data.get("to", "")), by=Actor.agent(by))


def _priority(pk: int, data: QueryDict, by: User) -> None:
    text = data.get("priority", "")
    details.set_priority(pk, int(text) if text.isdecimal() and len(text) < 4 else -1, Actor.agent(by))


def _tag(pk: int, data: QueryDict, by: User) -> None:
    details.add_tag(pk, data.get("tag", "").replace("\x00", ""), Actor.agent(by))


def _untag(pk: int, data: QueryDict, by: User) -> None:
    details.remove_tag(pk, data.get("tag", "").replace("\x00", ""), Actor.agent(by))


def _language(pk: int, data: QueryDict, by: User) -> None:
    details.set_language(pk, data.get("language", ""), Actor.agent(by))


def _snooze(pk: int, data: QueryDict, by: User) -> None:
    until = None if data.get("until") == "reply" else moment_in(data.get("until", ""), "until")
    status.snooze(pk, until=until, by=Actor.agent(by))


def _merge(pk: int, data: QueryDict, by: User) -> None:
    meant = data.get("of_two_contacts") == "1"
    merge_conversations(keep=pk, other=_other(data, by), by=Actor.agent(by), of_two_contacts=meant)


def _undo_merge(pk: int, _data: QueryDict, by: User) -> None:
    merge = ConversationMerge.objects.filter(kept=pk, undone_at__isnull=True).first()
    if merge is None:
        raise InvalidInput(_("There is no merge to take back."))
    undo_merge(merge.pk, by=Actor.agent(by))


def _other(data: QueryDict, by: User) -> int:
    """Return the number of another conversation that the agent may see. Raises InvalidInput."""
    found = _row(visible_conversations(by), data.get("other", ""))
    if found is None:
        raise InvalidInput(_("Please choose one from the list."), field="other")
    return found.pk


def _row(rows: QuerySet[Row], number: str) -> Row | None:
    """Return the row with this number; None for an empty one, which means nobody. Raises InvalidInput."""
    if not number:
        return None
    found = rows.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if found is None:
        raise InvalidInput(_("Please choose one from the list."), field="to")
    return found


def _contact_of(pk: int) -> int:
    return Conversation.objects.values_list("contact_id", flat=True).get(pk=pk)


ACTIONS: dict[str, Action] = {
    "assign": _assign,
    "hand-over": _hand_over,
    "priority": _priority,
    "tag": _tag,
    "untag": _untag,
    "language": _language,
    "snooze": _snooze,
    "merge": _merge,
    "undo-merge": _undo_merge,
    "link": lambda pk, data, by: links.link(pk, _other(data, by), by=Actor.agent(by)),
    "unlink": lambda pk, data, by: links.unlink(pk, _other(data, by), by=Actor.agent(by)),
    "pending": lambda pk, _data, by: status.set_pending(pk, by=Actor.agent(by)),
    "resolve": lambda pk, _data, by: status.resolve(pk, by=Actor.agent(by)),
    "reopen": lambda pk, _data, by: status.reopen(pk, by=Actor.agent(by)),
    "block": lambda pk, _data, by: block.block_contact(_contact_of(pk), by=Actor.agent(by)),
    "unblock": lambda pk, _data, by: block.unblock_contact(_contact_of(pk), by=Actor.agent(by)),
    "keep-apart": lambda pk, _data, by: holding.keep_apart(pk, by=Actor.agent(by)),
    "resume": lambda pk, _data, by: pausing.resume_address(pk, by=Actor.agent(by)),
    "spam": lambda pk, _data, by: status.mark_spam(pk, by=Actor.agent(by)),
}
