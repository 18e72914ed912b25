"""Who a note calls by `@` and a name."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable

from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import people_who_see
from csplatform.people.models import Team, User

SIGN = "@"


def teams_to_mention(conversation: Conversation) -> list[Team]:
    """Return the teams whose people may see a conversation: its own, or any where it has none."""
    teams = Team.objects.all()
    return list(teams.filter(pk=conversation.team_id) if conversation.team_id else teams)


def mentioned_in(conversation: Conversation, text: str, *, by: User, chosen: Collection[int] = ()) -> list[int]:
    """Return the users whom a note names, themselves or by their team: only people who may see the conversation.

    Among people of the same name, those `chosen` while writing are meant, where there are any. The author is not told.
    """
    if SIGN not in text:
        return []
    people: dict[str, set[int]] = defaultdict(set)
    for pk, name in people_who_see(conversation).values_list("pk", "name"):
        people[_folded(name)].add(pk)
    teams = {_folded(team.name): team for team in teams_to_mention(conversation)}
    found: set[int] = set()
    for name in _names_in(text, [*people, *teams]):
        same = people.get(name, set())
        found |= (same & set(chosen)) or same
        if name in teams:
            found |= set(people_who_see(conversation).filter(teams=teams[name]).values_list("pk", flat=True))
    return sorted(found - {by.pk})


def _names_in(text: str, names: Iterable[str]) -> list[str]:
    """Return which of `names` stand behind an @, the longest where one begins with another."""
    by_length = sorted(filter(None, names), key=len, reverse=True)
    pieces = _folded(text).split(SIGN)[1:]
    found = (next((name for name in by_length if _begins_with(piece, name)), None) for piece in pieces)
    return [name for name in found if name]


def _begins_with(piece: str, name: str) -> bool:
    """Whether `piece` is the name, or goes on after it with a new word; scripts without spaces do so anywhere."""
    after = piece[len(name) : len(name) + 1]
    ends = not after.isalnum() or _has_no_spaces(after) or _has_no_spaces(name[-1])
    return piece.startswith(name) and ends


def _has_no_spaces(character: str) -> bool:
    return unicodedata.category(character) == "Lo" and not "\u0590" <= character <= "\u07ff"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
