"""Reading conversations. `visible_conversations` is the one answer to who may see what."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from csplatform.contacts.models import Contact
from csplatform.conversations.models import Attachment, Conversation, Draft, Message, MessageKind
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role, User


def visible_conversations(user: User) -> QuerySet[Conversation]:
    """Return the conversations that `user` may see: lists, counts, search, sockets, exports and the API all ask here.

    Supervisors and administrators see all; an agent sees their teams', their own, and those of no team.
    """
    if not user.is_active:
        return Conversation.objects.none()
    if user.sees_everything:
        return Conversation.objects.all()
    mine = user.teams.through.objects.filter(user_id=user.pk).values("team_id")
    return Conversation.objects.filter(Q(team__isnull=True) | Q(team__in=mine) | Q(assignee=user))


def people_who_see(conversation: Conversation) -> QuerySet[User]:
    """Return the people who may see `conversation`: what `visible_conversations` says, asked from the other side."""
    people = User.objects.filter(is_active=True)
    if conversation.team_id is None:
        return people
    members = User.teams.through.objects.filter(team_id=conversation.team_id).values("user_id")
    everywhere = Q(role__in=[Role.SUPERVISOR, Role.ADMINISTRATOR])
    return people.filter(everywhere | Q(pk__in=members) | Q(pk=conversation.assignee_id))


def has_draft(user: User) -> Exists:
    """Return the condition, for rows of conversations, that `user` is writing something there."""
    return Exists(Draft.objects.filter(conversation=OuterRef("pk"), author=user, send_at__isnull=True))


def visible_messages(user: User) -> QuerySet[Message]:
    """Return the messages of the conversations that `user` may see."""
    return Message.objects.filter(conversation__in=visible_conversations(user))


def visible_attachments(user: User) -> QuerySet[Attachment]:
    """Return the attachments of the conversations that `user` may see."""
    return Attachment.objects.filter(message__conversation__in=visible_conversations(user))


def visible_contacts(user: User) -> QuerySet[Contact]:
    """Return the contacts that `user` may see: all for whoever sees everything, else those of visible conversations.

    A contact that was merged into another is no longer one.
    """
    contacts = Contact.objects.filter(merged_into__isnull=True)
    if user.is_active and user.sees_everything:
        return contacts
    return contacts.filter(pk__in=visible_conversations(user).order_by().values("contact_id"))


def same_mail_elsewhere(user: User, conversation: Conversation) -> QuerySet[Conversation]:
    """Return the conversations of other accounts that hold a mail of `conversation`, as far as `user` sees them.

    Such a mail was written to several of our addresses, and lives in each.
    """
    here = conversation.messages.filter(kind=MessageKind.CUSTOMER).exclude(external_id="").order_by()
    others = ChannelAccount.objects.exclude(pk=conversation.account_id).order_by()
    twins = Message.objects.filter(account__in=others, external_id__in=here.values("external_id"))
    found = twins.exclude(external_id="").order_by().values("conversation_id")
    return visible_conversations(user).filter(pk__in=found).exclude(pk=conversation.pk)


def messages_since(conversation: Conversation, revision: int) -> QuerySet[Message]:
    """Return what was added to or changed in `conversation` after `revision`, in order, ready to be shown."""
    messages = conversation.messages.filter(revision__gt=revision).order_by("seq")
    return messages.select_related("author", "handle", "account").prefetch_related("attachments")
