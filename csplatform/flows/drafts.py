"""What an agent is writing is kept on the server, the same on all of their screens; nothing newer is overwritten."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import Conflict, InvalidInput, NotFound
from csplatform.common.text import without_nul
from csplatform.conversations.models import Conversation, Draft, DraftFile, DraftMode, Message
from csplatform.flows.attachments import check_uploads, keep_for_draft
from csplatform.gateway.selectors import abilities_of
from csplatform.live.announce import DraftChanged, announce, person_group
from csplatform.people.models import User

LETTER_FIELDS = ("to", "cc", "bcc", "subject", "quote", "through")
# Characters; nobody types as much, and a screen that sends more is broken.
LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the composer. `letter` has the fields above the text that its author changed.

    `seen_seq` is the conversation's last message that was on the screen when they began.
    """

    text: str
    letter: Mapping[str, str] = field(default_factory=dict)
    seen_seq: int = 0


class Outdated(Conflict):
    """The draft was changed on another screen meanwhile; `current` is what there is now, None for nothing."""

    def __init__(self, current: Draft | None) -> None:
        super().__init__(_("This draft was changed on another screen."))
        self.current = current


class AlreadySent(Conflict):
    """What was to be kept as a draft is on its way already."""

    def __init__(self) -> None:
        super().__init__(_("This was sent already."))


def written_by(user: User, conversation: Conversation) -> dict[str, Draft]:
    """Return what `user` is writing in a conversation, by mode, with its files."""
    rows = Draft.objects.filter(author=user, conversation=conversation, send_at__isnull=True)
    return {draft.mode: draft for draft in rows.prefetch_related("files")}


@transaction.atomic
def save(
    conversation: Conversation, mode: DraftMode, typed: Typed, *, by: User, key: UUID, version: int
) -> Draft | None:
    """Keep what was typed on top of `version` (0: there was nothing yet). Returns None where nothing is left to keep.

    Raises Outdated where there is a newer version with a text of its own, AlreadySent where `key` is on its way,
    InvalidInput for what is too long.
    """
    if len(typed.text) > LONGEST_TEXT:
        raise InvalidInput(_("This text is too long to be kept."), field="text")
    _refuse_sent(key)
    draft = current(conversation, mode, by)
    is_known = (draft.version if draft else 0) == version
    if not is_known and (draft is None or not (_is_empty(draft) or _says(draft, typed))):
        raise Outdated(draft)
    if draft is None:
        return _begin(conversation, mode, typed, by=by, key=key) if _is_something(typed) else None
    if _says(draft, typed):
        return draft
    _fill(draft, typed)
    if not _is_something(typed) and not draft.files.exists():
        draft.delete()
        tell(conversation.pk, mode, by, 0)
        return None
    return keep(draft)


@transaction.atomic
def add_file(
    conversation: Conversation, mode: DraftMode, upload: "UploadedFile[bytes]", *, by: User, key: UUID, seen_seq: int
) -> DraftFile:
    """Keep a file that shall go along with the answer or the note. Its draft is begun where there is none.

    Raises InvalidInput for a file that the channel refuses, AlreadySent where `key` is on its way.
    """
    abilities = abilities_of(conversation.account)
    if mode == DraftMode.REPLY and abilities.attachments_per_message == 0:
        raise InvalidInput(_("This channel takes no files."), field="files")
    check_uploads([upload], abilities.max_attachment if mode == DraftMode.REPLY else None)
    _refuse_sent(key)
    draft = current(conversation, mode, by)
    if draft is None:
        draft = _begin_or_join(conversation, mode, Typed("", {}, seen_seq), by=by, key=key)
    file = DraftFile(draft=draft)
    keep_for_draft(file, upload)
    _tell_files(draft)
    return file


@transaction.atomic
def remove_file(key: UUID, *, by: User) -> Draft | None:
    """Take a file out of a draft of `by` again; returns the draft, None where nothing of it is left.

    Raises NotFound for a file that is another's, or was sent.
    """
    file = DraftFile.objects.filter(key=key, draft__author=by, draft__send_at__isnull=True).first()
    if file is None:
        raise NotFound("there is no such file in a draft of yours")
    draft = Draft.objects.select_for_update().get(pk=file.draft_id)
    drop_files([file])
    if _is_empty(draft) and not draft.files.exists():
        draft.delete()
        tell(draft.conversation_id, draft.mode, by, 0)
        return None
    _tell_files(draft)
    return draft


def current(conversation: Conversation, mode: str, by: User) -> Draft | None:
    """Return what `by` is writing in a conversation, locked; None where they have not begun."""
    rows = Draft.objects.select_for_update().filter(conversation=conversation, author=by, mode=mode)
    return rows.filter(send_at__isnull=True).first()


def keep(draft: Draft) -> Draft:
    """Save a locked draft as a new version, and let its author's other screens know."""
    draft.version = _next_version(draft.version or 0)
    draft.save()
    if not draft.is_planned:
        tell(draft.conversation_id, draft.mode, draft.author, draft.version)
    return draft


def tell(conversation_id: int, mode: str, author: User, version: int) -> None:
    """Let the author's screens know that they have another draft now; version 0 says that there is none."""
    announce([person_group(author.pk)], DraftChanged(conversation_id, mode, version))


def _tell_files(draft: Draft) -> None:
    """Files come and go beside the text: they make no new version of it."""
    news = DraftChanged(draft.conversation_id, draft.mode, draft.version, draft.files.count())
    announce([person_group(draft.author_id)], news)


def drop_files(files: list[DraftFile]) -> None:
    """Delete files that were not sent, and their content after the commit."""
    for file in files:
        file.delete()
        transaction.on_commit(partial(file.file.storage.delete, str(file.file.name)))


@transaction.atomic
def put_back(draft: Draft) -> Draft:
    """Make a locked planned draft what its author is writing, before anything that they have begun meanwhile."""
    begun = current(draft.conversation, draft.mode, draft.author)
    if begun is not None:
        draft.text = "\n\n".join(text for text in (draft.text, begun.text) if text.strip())
        draft.letter = draft.letter | begun.letter
        begun.files.update(draft=draft)
        begun.delete()
    draft.send_at = draft.planned_at = draft.then_until = None
    draft.is_later = draft.unless_customer_writes = False
    draft.then = ""
    return keep(draft)


def set_aside(draft: Draft) -> None:
    """Give a locked draft another key: what is being sent is an older text, and this one shall stay."""
    draft.key = uuid4()
    keep(draft)


def _begin(conversation: Conversation, mode: DraftMode, typed: Typed, *, by: User, key: UUID) -> Draft:
    draft = Draft(conversation=conversation, author=by, mode=mode, key=key, version=0)
    _fill(draft, typed)
    try:
        with transaction.atomic():
            return keep(draft)
    except IntegrityError as error:  # another screen began at the same moment
        found = current(conversation, mode, by)
        if found is None:
            raise AlreadySent from error
        raise Outdated(found) from error


def _begin_or_join(conversation: Conversation, mode: DraftMode, typed: Typed, *, by: User, key: UUID) -> Draft:
    """Begin a draft, or return the one that was begun at the same moment: several files arrive at once."""
    try:
        return _begin(conversation, mode, typed, by=by, key=key)
    except Outdated as error:
        if error.current is None:
            raise
        return error.current


def _fill(draft: Draft, typed: Typed) -> None:
    draft.text = without_nul(typed.text)
    draft.letter = {name: without_nul(typed.letter[name]) for name in LETTER_FIELDS if name in typed.letter}
    draft.seen_seq = typed.seen_seq
    draft.held_reason = ""


def _says(draft: Draft, typed: Typed) -> bool:
    return draft.text == without_nul(typed.text) and draft.letter == dict(typed.letter)


def _is_empty(draft: Draft) -> bool:
    """Whether it has files at most, so that no text is lost with it."""
    return not draft.text.strip() and not draft.letter


def _is_something(typed: Typed) -> bool:
    return bool(typed.text.strip() or typed.letter)


def _refuse_sent(key: UUID) -> None:
    if Message.objects.filter(key=key).exists() or Draft.objects.filter(key=key, send_at__isnull=False).exists():
        raise AlreadySent


def _next_version(before: int) -> int:
    return max(before + 1, int(clock.now().timestamp() * 1000))
