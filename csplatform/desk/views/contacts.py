"""The contact of a conversation: changing what is known, and finding out that two are one."""

from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from csplatform.common.errors import InvalidInput, NotFound
from csplatform.contacts.models import Contact
from csplatform.conversations.actors import Actor
from csplatform.conversations.selectors import visible_contacts
from csplatform.desk import contacts
from csplatform.desk.access import INVALID, AgentRequest, agent_required, the_conversation
from csplatform.desk.forms import ContactForm
from csplatform.desk.views.conversation import changed, frame_context, shown_revision
from csplatform.flows import details
from csplatform.flows.merge import merge_contacts
from csplatform.people.models import User


@require_http_methods(["GET", "POST"])
@agent_required
def edit(request: AgentRequest, pk: int) -> HttpResponseBase:
    """The contact pane as a form, and its submission."""
    conversation = the_conversation(request.user, pk)
    form = ContactForm(request.POST or None, instance=conversation.contact)
    if request.method == "POST" and form.is_valid():
        form.save()
        if "tier" in form.changed_data:
            details.tier_changed(conversation.contact_id)
        if not request.htmx:
            return redirect("desk:conversation", pk)
        fresh = the_conversation(request.user, pk)
        return render(request, "desk/contact/saved.html", frame_context(request, fresh))
    status = INVALID if form.is_bound else None
    context = {"conversation": conversation, "form": form, "organisations": contacts.organisations()}
    return render(request, "desk/contact/edit.html", context, status=status)


@require_GET
@agent_required
def show(request: AgentRequest, pk: int) -> HttpResponseBase:
    """The contact pane as it is read; whoever comes here by its address gets the conversation around it."""
    conversation = the_conversation(request.user, pk)
    if not request.htmx:
        return redirect("desk:conversation", pk)
    return render(request, "desk/contact/card.html", frame_context(request, conversation))


@require_GET
@agent_required
def merge_search(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Contacts that may be the same person."""
    conversation = the_conversation(request.user, pk)
    query = request.GET.get("contact", "").replace("\x00", "").strip()[:100]
    found = contacts.find_contacts(request.user, query, but=conversation.contact_id) if query else []
    context = {"conversation": conversation, "found": found, "query": query}
    return render(request, "desk/contact/merge_found.html", context)


@require_GET
@agent_required
def merge_preview(request: AgentRequest, pk: int, other: int) -> HttpResponseBase:
    """What one contact out of two would look like."""
    conversation = the_conversation(request.user, pk)
    merged = _contact(request.user, other)
    context = {
        "conversation": conversation,
        "kept": contacts.merge_side(request.user, conversation.contact),
        "merged": contacts.merge_side(request.user, merged),
        "choices": contacts.choices_between(conversation.contact, merged),
    }
    return render(request, "desk/contact/merge_preview.html", context)


@require_POST
@agent_required
def merge(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Make the conversation's contact and another one; the conversation's is the one that stays."""
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    other = request.POST.get("other", "")
    if not other.isdecimal() or len(other) > 18:
        raise InvalidInput(_("Please choose a contact."), field="other")
    found = _contact(request.user, int(other))
    take = [name.removeprefix("take.") for name, value in request.POST.items() if value == "other"]
    merge_contacts(keep=conversation.contact_id, other=found.pk, by=Actor.agent(request.user), take=take)
    if not request.htmx:
        return redirect("desk:conversation", pk)
    response = changed(request, pk, revision, frame=True)
    response["X-Merged"] = str(found.pk)
    return response


def _contact(user: User, pk: int) -> Contact:
    found = visible_contacts(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("there is no such contact, or it is not for you")
    return found
