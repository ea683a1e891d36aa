"""A small sheet of Cái Răng for tests: two sections by hand, one automatic criterion of 5 points."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.plans.events import Group, GroupKind, Unit, UnitKind
from services.scoring.commands import (
    AwardTaskPoint,
    LineScore,
    PostScore,
    PublishCriteria,
    RevokeTaskPoint,
    SubmitSelfScore,
)
from services.scoring.decider import CriteriaFacts, SheetFacts
from services.scoring.events import Criterion, NamedGroup, Section, Source
from services.scoring.views import CriteriaView
from shared.types import CITY, Actor, Grant, Role

AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)
TODAY = date(2020, 2, 6)
UNIT = "phuong-le-binh"
GROUP = Group(
    district="cai-rang",
    group_id="cum-cac-phuong",
    year=2020,
    name="Cụm thi đua các phường",
    kind=GroupKind.CLUSTER,
    members=("phuong-le-binh", "phuong-ba-lang", "phuong-hung-phu"),
)
CITY_GROUP = Group(
    district=CITY,
    group_id="cum-5-quan",
    year=2020,
    name="Cụm thi đua 5 quận",
    kind=GroupKind.CLUSTER,
    members=("quan-ninh-kieu", "quan-binh-thuy", "quan-cai-rang", "quan-o-mon", "quan-thot-not"),
)
SECTIONS = (
    Section(
        code="I",
        name="Kinh tế - xã hội",
        criteria=(
            Criterion(code="I.1", name="Kinh tế", max_points=Decimal("60.00")),
            Criterion(code="I.2", name="Văn hóa", max_points=Decimal("20.00")),
        ),
    ),
    Section(
        code="III",
        name="Thi đua, khen thưởng",
        criteria=(
            Criterion(code="III.1", name="Phong trào", max_points=Decimal("15.00"), scored_by="Phòng Nội vụ"),
            Criterion(code="III.2", name="Nhiệm vụ đúng hạn", max_points=Decimal("5.00"), is_automatic=True),
        ),
    ),
)


def actor(role: Role, unit_id: str | None = None, district: str = "cai-rang") -> Actor:
    """Return someone with one role."""
    return Actor(
        account_id=f"{role}.{unit_id or district}", grants=(Grant(role=role, district=district, unit=unit_id),)
    )


HOME_AFFAIRS = actor(Role.HOME_AFFAIRS)
OTHER_HOME_AFFAIRS = actor(Role.HOME_AFFAIRS, district="o-mon")
CHAIR = actor(Role.DISTRICT_CHAIR)
WARD = actor(Role.UNIT_CLERK, UNIT)
OTHER_WARD = actor(Role.UNIT_CLERK, "phuong-ba-lang")
STRANGER = actor(Role.UNIT_CLERK, UNIT, "ninh-kieu")
CITY_BOARD = actor(Role.CITY_BOARD, district=CITY)
POLICY = Actor(account_id="policy:scoring.task-points", grants=(Grant(role=Role.POLICY, district=CITY),))


def unit(
    unit_id: str = UNIT,
    district: str = "cai-rang",
    valid_to: date | None = None,
    valid_from: date = date(2004, 1, 2),
) -> Unit:
    """Return a unit."""
    return Unit(
        district=district,
        unit_id=unit_id,
        code=None,
        name=f"Đơn vị {unit_id}",
        short_name=unit_id,
        kind=UnitKind.WARD,
        aliases=(),
        valid_from=valid_from,
        valid_to=valid_to,
    )


def criteria_view(**changes: Any) -> CriteriaView:
    """Return the criteria as the read model has them."""
    values: dict[str, Any] = {
        "district": "cai-rang",
        "criteria_id": "2020-khoi-cum",
        "year": 2020,
        "version": 1,
        "title": "Bảng điểm 2020",
        "groups": (NamedGroup(group_id=GROUP.group_id, name=GROUP.name),),
        "sections": SECTIONS,
        "max_points": Decimal("100.00"),
        "is_frozen": False,
        "seq": 1,
    }
    return CriteriaView(**{**values, **changes})


def facts(who: Actor = WARD, **changes: Any) -> SheetFacts:
    """Return the facts of a decision about the ward's sheet."""
    values: dict[str, Any] = {
        "actor": who,
        "today": TODAY,
        "unit": unit(),
        "group": GROUP,
        "criteria": criteria_view(),
    }
    return SheetFacts(**{**values, **changes})


def criteria_facts(who: Actor = HOME_AFFAIRS, **changes: Any) -> CriteriaFacts:
    """Return the facts of a decision about criteria."""
    values: dict[str, Any] = {"actor": who, "today": TODAY, "groups": {GROUP.group_id: GROUP.name}}
    return CriteriaFacts(**{**values, **changes})


def publish(**changes: Any) -> PublishCriteria:
    """Return the command that publishes the sheet."""
    values: dict[str, Any] = {
        "district": "cai-rang",
        "year": 2020,
        "set_id": "khoi-cum",
        "title": "Bảng điểm 2020",
        "group_ids": (GROUP.group_id,),
        "sections": SECTIONS,
        "at": AT,
    }
    return PublishCriteria(**{**values, **changes})


def lines(first: str = "55", second: str = "18.5", third: str = "15") -> tuple[LineScore, ...]:
    """Return points for the three criteria that are scored by hand."""
    return tuple(
        LineScore(criterion=code, points=Decimal(points), evidence="BC 12/BC-UBND")
        for code, points in zip(("I.1", "I.2", "III.1"), (first, second, third), strict=True)
    )


def submit(**changes: Any) -> SubmitSelfScore:
    """Return the command of the ward's self score."""
    values: dict[str, Any] = {"district": "cai-rang", "unit_id": UNIT, "year": 2020, "lines": lines(), "at": AT}
    return SubmitSelfScore(**{**values, **changes})


def post(**changes: Any) -> PostScore:
    """Return the command that posts the ward's score."""
    values: dict[str, Any] = {"district": "cai-rang", "unit_id": UNIT, "year": 2020, "lines": lines(), "at": AT}
    return PostScore(**{**values, **changes})


def source(seq: int) -> Source:
    """Return an event of plans."""
    return Source(stream="PLANS", seq=seq, event_id=f"event-{seq}")


def award(task_number: int = 1, seq: int = 10, completed_on: date = TODAY, due_on: date = TODAY) -> AwardTaskPoint:
    """Return the policy's command about a completed task."""
    return AwardTaskPoint(
        district="cai-rang",
        unit_id=UNIT,
        unit_name="Lê Bình",
        year=2020,
        plan_id="2020",
        task_number=task_number,
        content="Đăng ký thi đua",
        due_on=due_on,
        completed_on=completed_on,
        source=source(seq),
        at=AT,
    )


def revoke(task_number: int = 1, seq: int = 11) -> RevokeTaskPoint:
    """Return the policy's command about a task that was opened again."""
    return RevokeTaskPoint(
        district="cai-rang",
        unit_id=UNIT,
        year=2020,
        plan_id="2020",
        task_number=task_number,
        reason="Sai minh chứng",
        source=source(seq),
        at=AT,
    )
