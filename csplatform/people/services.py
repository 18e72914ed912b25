"""What a person may see has changed."""

from collections.abc import Iterable

from csplatform.live.announce import Announcement, Standing, announce_all, person_group


def access_changed(user_ids: Iterable[int]) -> None:
    """Let open screens of these people ask again, after commit, what they may show.

    To be called by whoever changes teams, role, activity, password or session; what is changed otherwise, as by SQL,
    is noticed with the screens' next hello.
    """
    announce_all(Announcement([person_group(user_id)], Standing("access")) for user_id in user_ids)
