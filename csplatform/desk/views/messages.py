"""What can be done with one message: answer its writer, forward it, split off from it, read it as it came."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from csplatform.common.errors import InvalidInput, NotFound
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Message, MessageKind
from csplatform.desk.access import INVALID, AgentRequest, agent_required, the_conversation, the_message
from csplatform.desk.history import author_of
from csplatform.desk.sending import typed_text
from csplatform.desk.views.composer import form_key, refused_field, sent
from csplatform.desk.views.conversation import changed, shown_revision
from csplatform.desk.writing import ADDRESS_FIELDS, answering, as_typed, recipients_in, writing
from csplatform.flows import reply as replies
from csplatform.flows.recipients import Recipients
from csplatform.flows.split import split as split_off
from csplatform.gateway.models import InboundDelivery
from csplatform.gateway.selectors import abilities_of
from csplatform.gateway.source import as_file, readable, with_start

SHOWN_BYTES = 200_000


@require_GET
@agent_required
def menu(request: AgentRequest, pk: int) -> HttpResponseBase:
    """The inside of a message's menu."""
    message, conversation = _both(request, pk)
    abilities = abilities_of(conversation.account)
    received = message.kind == MessageKind.CUSTOMER
    earlier = conversation.messages.exclude(kind=MessageKind.EVENT).filter(seq__lt=message.seq)
    context = {
        "conversation": conversation,
        "message": message,
        "answer": answering(message).to[0] if received and abilities.copies else "",
        "can_forward": _can_forward(message, conversation),
        "can_split": received and abilities.threaded and earlier.exists(),
        "has_source": abilities.source and message.delivery_id is not None,
    }
    return render(request, "desk/menus/message.html", context)


@require_http_methods(["GET", "POST"])
@agent_required
def forward(request: AgentRequest, pk: int) -> HttpResponseBase:
    """The form that sends a message on to somebody else, and its submission."""
    message, conversation = _both(request, pk)
    if not _can_forward(message, conversation):
        raise NotFound("this message cannot be forwarded")
    if request.method != "POST":
        return render(request, _forward_template(request), _forward_context(request, message, conversation))
    revision, key = shown_revision(request), form_key(request)
    recipients = recipients_in(request.POST) or Recipients(to=())
    try:
        said: dict[str, Any] = {"text": typed_text(request.POST), "key": key, "recipients": recipients}
        replies.forward(conversation.pk, message.pk, by=request.user, **said)
    except InvalidInput as error:
        if request.htmx or error.field not in ADDRESS_FIELDS:
            return refused_field(request, error, "forward")
        context = _forward_context(request, message, conversation)
        context |= {"typed": request.POST, "writing": as_typed(context["writing"], request.POST, error)}
        return render(request, _forward_template(request), context, status=INVALID)
    return sent(request, conversation.pk, revision, key) if request.htmx else _to(conversation.pk)


@require_POST
@agent_required
def split(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Make a conversation of its own out of a message and all that follows it."""
    revision = shown_revision(request)
    message = the_message(request.user, pk)
    new = split_off(message.conversation_id, message.pk, by=Actor.agent(request.user))
    return changed(request, message.conversation_id, revision) if request.htmx else _to(new.pk)


@require_safe
@agent_required
def source(request: AgentRequest, pk: int) -> HttpResponseBase:
    """A received message as it came, as text; its beginning where it is long."""
    message, conversation = _both(request, pk)
    delivery = with_start(_deliveries(message, conversation), SHOWN_BYTES).get()
    context = {
        "conversation": conversation,
        "message": message,
        "who": author_of(message, conversation),
        "text": readable(delivery.body_start),
        "size": delivery.body_size,
        "is_cut": delivery.body_size > SHOWN_BYTES,
    }
    return render(request, "desk/source.html", context)


@require_safe
@agent_required
def eml(request: AgentRequest, pk: int) -> HttpResponseBase:
    """A received message as it came, as a file."""
    message, conversation = _both(request, pk)
    return as_file(_deliveries(message, conversation).get(), f"message-{pk}.eml")


def _both(request: AgentRequest, pk: int) -> tuple[Message, Conversation]:
    message = the_message(request.user, pk)
    return message, the_conversation(request.user, message.conversation_id)


def _can_forward(message: Message, conversation: Conversation) -> bool:
    return message.kind in replies.FORWARDABLE and abilities_of(conversation.account).copies


def _deliveries(message: Message, conversation: Conversation) -> QuerySet[InboundDelivery]:
    """Return the delivery that brought `message`, as rows. Raises NotFound where there is none for agents to read."""
    if message.delivery_id is None or not abilities_of(conversation.account).source:
        raise NotFound("this message has no source")
    return InboundDelivery.objects.filter(pk=message.delivery_id)


def _forward_template(request: AgentRequest) -> str:
    return "desk/letter/forward.html" if request.htmx else "desk/letter/forward_page.html"


def _forward_context(request: AgentRequest, message: Message, conversation: Conversation) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "message": message,
        "who": author_of(message, conversation),
        "subject": replies.forwarded_subject(message.subject or conversation.subject),
        "files": [file for file in message.attachments.all() if file.file],
        "writing": writing(request.user, conversation, Recipients(to=())),
    }


def _to(conversation_id: int) -> HttpResponseBase:
    return redirect("desk:conversation", conversation_id)
