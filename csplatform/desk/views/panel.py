"""What stands beside a conversation's messages: its fields, its relations, notes about its contact."""

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from csplatform.common.errors import NotFound
from csplatform.contacts.models import ContactMerge
from csplatform.conversations.actors import Actor
from csplatform.desk import contacts
from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.desk.relations import candidates
from csplatform.desk.views.conversation import changed, shown_revision
from csplatform.fields.models import Target
from csplatform.flows.contact_notes import add_contact_note, remove_contact_note
from csplatform.flows.fields import set_contact_field, set_conversation_field
from csplatform.flows.merge import undo_contact_merge

# What may be done with another conversation that is looked for.
RELATIONS = ("merge", "link")


@require_POST
@agent_required
def fill(request: AgentRequest, pk: int, target: str, key: str) -> HttpResponseBase:
    """Fill in a custom field of the conversation, or of its contact."""
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    value = request.POST.get("value", "")
    if target == Target.CONVERSATION:
        set_conversation_field(pk, key, value, by=Actor.agent(request.user))
    elif target == Target.CONTACT:
        set_contact_field(conversation.contact_id, key, value)
    else:
        raise Http404(f"nothing called {target!r} has fields")
    return _after(request, pk, revision)


@require_POST
@agent_required
def add_note(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Write something down about the contact."""
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    add_contact_note(conversation.contact_id, request.POST.get("text", ""), by=request.user)
    return _after(request, pk, revision)


@require_POST
@agent_required
def remove_note(request: AgentRequest, pk: int, note: int) -> HttpResponseBase:
    """Delete a note about the contact."""
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    remove_contact_note(conversation.contact_id, note, by=request.user)
    return _after(request, pk, revision)


@require_POST
@agent_required
def unmerge(request: AgentRequest, pk: int, merge: int) -> HttpResponseBase:
    """Make two contacts of one again, whom the conversation's contact became."""
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    if not ContactMerge.objects.filter(pk=merge, kept=conversation.contact_id).exists():
        raise NotFound("the contact was made by no such merge")
    undo_contact_merge(merge, by=Actor.agent(request.user))
    return _after(request, pk, revision)


@require_GET
@agent_required
def previous(request: AgentRequest, pk: int, before: int) -> HttpResponseBase:
    """The next page of the contact's other conversations."""
    conversation = the_conversation(request.user, pk)
    found, older = contacts.previous(request.user, conversation, before)
    context = {"conversation": conversation, "found": found, "older": older}
    return render(request, "desk/contact/previous.html", context)


@require_GET
@agent_required
def relate(request: AgentRequest, pk: int, what: str) -> HttpResponseBase:
    """Other conversations that this one may be merged with, or linked to; `other` is looked at before merging."""
    if what not in RELATIONS:
        raise Http404(f"no relation is called {what!r}")
    conversation = the_conversation(request.user, pk)
    other = request.GET.get("other", "")
    if what == "merge" and other.isdecimal() and len(other) < 19:
        both = {"conversation": conversation, "other": the_conversation(request.user, int(other))}
        return render(request, "desk/relations/merge.html", both)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    people = contacts.find_contacts(request.user, query, but=conversation.contact_id) if len(query) > 1 else []
    found = candidates(request.user, conversation, query, [person.pk for person in people])
    context = {"conversation": conversation, "what": what, "query": query, "found": found}
    return render(request, "desk/relations/search.html", context)


def _after(request: AgentRequest, pk: int, revision: int) -> HttpResponseBase:
    return changed(request, pk, revision, frame=True) if request.htmx else redirect("desk:conversation", pk)
