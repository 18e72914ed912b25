"""What a page says it has already."""


def known_of(value: object) -> dict[int, int]:
    """Return the revisions that a page says it has; what makes no sense counts as unknown."""
    if not isinstance(value, dict):
        return {}
    return {
        int(conversation): revision
        for conversation, revision in value.items()
        if str(conversation).isascii() and str(conversation).isdecimal() and len(str(conversation)) < 19
        if isinstance(revision, int) and 0 <= revision < 2**31
    }
