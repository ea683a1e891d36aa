"""The rules of erasing a person."""

from datetime import UTC, date, datetime

import pytest

from services.nominations.commands import ErasePerson
from services.nominations.decider import PERSON, Person, PersonFacts
from services.nominations.events import ErasureGround, PersonErased
from shared.errors import Rejected
from shared.types import CITY, Actor, Grant, Role

AT = datetime(2020, 2, 6, 1, tzinfo=UTC)
ERASE = ErasePerson(person_id="p1", ground=ErasureGround.REQUEST, at=AT)


def facts(role: Role = Role.ADMIN, *, district: str = CITY, is_known: bool = True) -> PersonFacts:
    """Return the facts for somebody with one role."""
    by = Actor(account_id="a", grants=(Grant(role=role, district=district),))
    return PersonFacts(actor=by, today=date(2020, 2, 6), is_known=is_known)


def test_the_citys_administrator_erases_a_person() -> None:
    (event,) = PERSON.decide(ERASE, Person(), facts())
    assert event == PersonErased(person_id="p1", ground=ErasureGround.REQUEST, by="a", at=AT)
    assert PERSON.address(ERASE) == (CITY, "p1")


@pytest.mark.parametrize("who", [facts(Role.HOME_AFFAIRS), facts(Role.OPERATOR), facts(district="cai-rang")])
def test_nobody_else_erases(who: PersonFacts) -> None:
    with pytest.raises(Rejected) as raised:
        PERSON.decide(ERASE, Person(), who)
    assert raised.value.code == "actor.not_allowed"


def test_erasing_twice_changes_nothing() -> None:
    (event,) = PERSON.decide(ERASE, Person(), facts())
    assert PERSON.decide(ERASE, PERSON.evolve(Person(), event), facts()) == []


def test_a_person_that_nobody_knows_is_not_found() -> None:
    with pytest.raises(Rejected) as raised:
        PERSON.decide(ERASE, Person(), facts(is_known=False))
    assert raised.value.code == "person.not_found"
