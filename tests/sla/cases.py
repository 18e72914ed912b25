"""One row of the table of situations."""

from typing import NamedTuple


class Case(NamedTuple):
    """A course, what every clock says after it, and the deadline by which the list is sorted."""

    course: tuple[str, ...]
    clocks: tuple[str, ...]
    deadline: str


RESOLUTION = "resolution 1 running, due wed 10:00"
