"""A small plan of Cái Răng for tests: two tasks, three units, one set, one group."""

from datetime import UTC, date, datetime

from services.plans.commands import CompleteTaskPart, DraftPlan, IssuePlan, NewTask, SubmitPlan
from services.plans.decider import PLAN, PlanFacts
from services.plans.events import (
    Group,
    GroupKind,
    PlanDrafted,
    PlanEvent,
    PlanIssued,
    PlanSubmitted,
    PlanText,
    Unit,
    UnitKind,
)
from services.plans.rules import working_days
from services.plans.views import CalendarView
from shared.types import Actor, Grant, Role

AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)
TODAY = date(2020, 2, 6)
TEXT = PlanText(title="Triển khai công tác thi đua, khen thưởng năm 2020", issuer="Ủy ban nhân dân quận Cái Răng")


def unit(
    unit_id: str,
    kind: UnitKind = UnitKind.GOVERNMENT,
    valid_to: date | None = None,
    valid_from: date = date(2004, 1, 2),
) -> Unit:
    """Return a unit."""
    return Unit(
        district="cai-rang",
        unit_id=unit_id,
        code=None,
        name=f"Đơn vị {unit_id}",
        short_name=unit_id,
        kind=kind,
        aliases=(),
        valid_from=valid_from,
        valid_to=valid_to,
    )


def actor(role: Role, unit_id: str | None = None, district: str = "cai-rang") -> Actor:
    """Return someone with one role."""
    return Actor(
        account_id=f"{role}.{unit_id or district}", grants=(Grant(role=role, district=district, unit=unit_id),)
    )


HOME_AFFAIRS = actor(Role.HOME_AFFAIRS)
CHAIR = actor(Role.DISTRICT_CHAIR)
WARD = actor(Role.UNIT_CLERK, "phuong-le-binh")
OTHER_WARD = actor(Role.UNIT_CLERK, "phuong-ba-lang")
STRANGER = actor(Role.UNIT_CLERK, "phuong-cai-khe", "ninh-kieu")


def facts(who: Actor = HOME_AFFAIRS, today: date = TODAY, calendar: CalendarView | None = None) -> PlanFacts:
    """Return the facts of a decision: three units, a set of two wards, a cluster of two wards."""
    return PlanFacts(
        actor=who,
        today=today,
        days=working_days([calendar] if calendar else []),
        calendar=calendar,
        units={
            one.unit_id: one
            for one in (
                unit("phong-noi-vu"),
                unit("phuong-le-binh", UnitKind.WARD),
                unit("phuong-ba-lang", UnitKind.WARD),
                unit("phuong-cu", UnitKind.WARD, valid_to=date(2020, 1, 31)),
                unit("phuong-moi", UnitKind.WARD, valid_from=date(2021, 1, 1)),
            )
        },
        sets={"cac-phuong": ("UBND các phường", ("phuong-le-binh", "phuong-ba-lang", "phuong-cu"))},
        groups=[
            Group(
                district="cai-rang",
                group_id="cum-cac-phuong",
                year=2020,
                name="Cụm thi đua các phường",
                kind=GroupKind.CLUSTER,
                members=("phuong-le-binh", "phuong-ba-lang"),
            )
        ],
    )


TASKS = (
    NewTask(number=1, quarter=1, content="Ban hành Chỉ thị", lead_units=("phong-noi-vu",)),
    NewTask(number=5, quarter=1, content="Đăng ký thi đua", lead_units=("cac-phuong",)),
)


def draft(**changes: object) -> DraftPlan:
    """Return the command that drafts the plan."""
    values = {
        "district": "cai-rang",
        "plan_id": "2020",
        "year": 2020,
        "number": "30/KH-UBND",
        "text": TEXT,
        "tasks": TASKS,
        "at": AT,
    }
    return DraftPlan(**{**values, **changes})  # type: ignore[arg-type]


SUBMIT = SubmitPlan(district="cai-rang", plan_id="2020", at=AT)
ISSUE = IssuePlan(district="cai-rang", plan_id="2020", number="30/KH-UBND", issued_on=TODAY, at=AT)


def complete(number: int, unit_id: str, completed_on: date = TODAY, evidence: str = "CV 12/UBND") -> CompleteTaskPart:
    """Return the command that completes a unit's part."""
    return CompleteTaskPart(
        district="cai-rang",
        plan_id="2020",
        task_number=number,
        unit_id=unit_id,
        completed_on=completed_on,
        evidence=evidence,
        at=AT,
    )


def happened(*commands_and_facts: tuple[object, PlanFacts]) -> list[PlanEvent]:
    """Return the history that the commands make."""
    plan, history = PLAN.initial, []
    for command, known in commands_and_facts:
        for event in PLAN.decide(command, plan, known):  # type: ignore[arg-type]
            plan = PLAN.evolve(plan, event)
            history.append(event)
    return history


DRAFTED = happened((draft(), facts()))
SUBMITTED = happened((draft(), facts()), (SUBMIT, facts()))
ISSUED = happened((draft(), facts()), (SUBMIT, facts()), (ISSUE, facts(CHAIR)))
assert [type(event) for event in ISSUED] == [PlanDrafted, PlanSubmitted, PlanIssued]
