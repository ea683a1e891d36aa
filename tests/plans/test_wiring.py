"""What plans understands it also answers and decides."""

from typing import get_args

from services.plans.commands import PlansCommand
from services.plans.queries import ANSWERS, FACTS
from services.plans.rules import RIGHTS
from services.plans.views import PlansQuestion


def test_every_question_has_an_answer() -> None:
    assert set(ANSWERS) == set(get_args(PlansQuestion))


def test_every_command_has_its_facts_and_the_right_to_it() -> None:
    assert set(FACTS) == set(RIGHTS) == set(get_args(PlansCommand))
