"""What lists can be narrowed to."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters  # type: ignore[import-untyped]

from csplatform.api.pagination import DEADLINE
from csplatform.contacts.models import Contact, Handle, Tier
from csplatform.conversations.models import Conversation, Message, Priority, Status
from csplatform.search.selectors import matching


class ConversationFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """By words, status, channel account, team, assignee, priority, tag, deadline and last change."""

    search = filters.CharFilter(
        method="match", label=_("Words in the texts, names, addresses and names of files; the newest thousand.")
    )
    status = filters.MultipleChoiceFilter(choices=Status.choices)
    priority = filters.MultipleChoiceFilter(choices=Priority.choices)
    account = filters.NumberFilter(field_name="account_id")
    team = filters.NumberFilter(field_name="team_id")
    assignee = filters.NumberFilter(field_name="assignee_id")
    unassigned = filters.BooleanFilter(field_name="assignee", lookup_expr="isnull")
    contact = filters.NumberFilter(field_name="contact_id")
    tag = filters.CharFilter(field_name="tags__name", lookup_expr="iexact")
    due_before = filters.IsoDateTimeFilter(
        field_name="next_deadline_at", lookup_expr="lt", label=_("Only what is due before this moment, or is overdue.")
    )
    sort = filters.ChoiceFilter(
        choices=[(DEADLINE, _("Nearest deadline"))],
        method="sorted_by",
        label=_(
            "The nearest deadline first; left out is what has none and, unless a status is asked for, what is not open."
        ),
    )
    updated_since = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Conversation
        fields: list[str] = []

    def match(self, conversations: QuerySet[Conversation], name: str, value: str) -> QuerySet[Conversation]:
        """Return the newest of the conversations in which all words of `value` are found."""
        return matching(conversations, value)

    def sorted_by(self, conversations: QuerySet[Conversation], name: str, value: str) -> QuerySet[Conversation]:
        """Return what has a place in this order; `NewestOrNearest` sorts. One status at a time comes from an index."""
        if not self.form.cleaned_data.get("status"):
            conversations = conversations.filter(status=Status.OPEN)
        return conversations.filter(next_deadline_at__isnull=False)


class MessageFilter(filters.FilterSet):  # type: ignore[misc]
    """What is newer than a revision that the caller has."""

    since = filters.NumberFilter(
        field_name="revision", lookup_expr="gt", label=_("Only messages added or changed after this revision.")
    )

    class Meta:
        model = Message
        fields: list[str] = []


class ContactFilter(filters.FilterSet):  # type: ignore[misc]
    """By words in the name or an address, by tier and language."""

    search = filters.CharFilter(method="match", label=_("Part of a name, address or number."))
    tier = filters.MultipleChoiceFilter(choices=Tier.choices)
    language = filters.CharFilter(field_name="language", lookup_expr="iexact")

    class Meta:
        model = Contact
        fields: list[str] = []

    def match(self, contacts: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        """Return the contacts with `value` in their name, or in a handle's name or address."""
        handles = Handle.objects.filter(contact=OuterRef("pk"))
        known = handles.filter(Q(external_id__icontains=value) | Q(name__icontains=value))
        return contacts.filter(Q(name__icontains=value) | Exists(known))
