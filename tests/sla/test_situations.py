"""What clocks say after what happened: a table, exact to the second."""

from pathlib import Path

import pytest

from tests.sla.situations import Course, read_explanations, told
from tests.sla.situations_of_changes import CHANGES
from tests.sla.situations_of_courses import COURSES

SITUATIONS = COURSES | CHANGES
EXPLANATIONS = read_explanations(Path(__file__).with_name("explanations.txt"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    case = SITUATIONS[name]
    course = Course().run(*case.course)
    assert course.clocks() == list(case.clocks)
    assert told(course.conversation.next_deadline_at) == case.deadline
    assert course.longest_story() == EXPLANATIONS[name]


def test_every_situation_is_explained() -> None:
    assert list(EXPLANATIONS) == list(SITUATIONS)
    assert len(SITUATIONS) >= 60
