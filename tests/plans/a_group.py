"""A cluster of four wards for tests, and what it does in a year, command by command."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.plans.commands import (
    AdoptCharter,
    ClosePledge,
    DraftPledge,
    ElectLeaders,
    HoldReview,
    NewTarget,
    OpenSigning,
    PlanReview,
    RecordPledgeResults,
    SignPledge,
    WithdrawReview,
    WithdrawSigning,
)
from services.plans.decider import GroupYearFacts, PledgeFacts
from services.plans.events import (
    Group,
    GroupKind,
    PledgePeriod,
    ReviewKind,
    Signer,
    TargetDirection,
    TargetResult,
    Unit,
    UnitKind,
)
from services.plans.rules import DISTRICT_UNITS, working_days
from shared.types import CITY, Actor, Role
from tests.plans.a_calendar import OPENED_2020, view
from tests.plans.a_plan import HOME_AFFAIRS, actor, unit

AT = datetime(2020, 12, 20, 1, 0, tzinfo=UTC)
TODAY = date(2020, 12, 20)
WARDS = ("phuong-le-binh", "phuong-hung-phu", "phuong-ba-lang", "phuong-tan-phu")
HEAD, DEPUTY, THIRD, FOURTH = WARDS
KEY: Mapping[str, Any] = {"district": "cai-rang", "group_id": "cum-cac-phuong", "year": 2020}
CLUSTER = Group(
    **KEY, name="Cụm thi đua các phường", kind=GroupKind.CLUSTER, members=WARDS, head_id=HEAD, deputy_id=DEPUTY
)
UNITS: Mapping[str, Unit] = {
    **{one: unit(one, UnitKind.WARD) for one in WARDS},
    "phuong-cu": unit("phuong-cu", UnitKind.WARD, valid_to=date(2020, 5, 31)),
}
CITY_CLUSTER = Group(
    district=CITY,
    group_id="cum-5-quan",
    year=2020,
    name="Cụm thi đua 5 quận",
    kind=GroupKind.CLUSTER,
    members=tuple(DISTRICT_UNITS),
    head_id="quan-ninh-kieu",
)
CITY_UNITS: Mapping[str, Unit] = {one: unit(one, UnitKind.DISTRICT) for one in DISTRICT_UNITS}
DAYS = working_days([view(*OPENED_2020)])
HEAD_CLERK = actor(Role.UNIT_CLERK, HEAD)
GROUP_HEAD = actor(Role.GROUP_HEAD, HEAD)
THIRD_CLERK = actor(Role.UNIT_CLERK, THIRD)


def chair(ward: str) -> Actor:
    """Return the chair of the ward."""
    return actor(Role.WARD_CHAIR, ward)


def year_facts(who: Actor = HEAD_CLERK, today: date = TODAY, **changes: Any) -> GroupYearFacts:
    """Return the facts of a decision about the group's year."""
    values: dict[str, Any] = {"group": CLUSTER, "units": UNITS, "days": DAYS, **changes}
    return GroupYearFacts(actor=who, today=today, **values)


def pledge_facts(who: Actor = HEAD_CLERK, today: date = TODAY, **changes: Any) -> PledgeFacts:
    """Return the facts of a decision about the pledge."""
    return PledgeFacts(actor=who, today=today, **{"group": CLUSTER, "units": UNITS, **changes})


# --- the group's year ----------------------------------------------------------------------------


def adopt(**changes: Any) -> AdoptCharter:
    """Return the command that records a charter carried by three of four."""
    values = {
        **KEY,
        "number": "01/QC-CTĐ",
        "adopted_on": date(2020, 2, 20),
        "articles": ("Nguyên tắc hoạt động", "Luân phiên trưởng, phó"),
        "votes_for": 3,
        "votes_total": 4,
        "at": AT,
    }
    return AdoptCharter(**{**values, **changes})


def plan_review(kind: ReviewKind = ReviewKind.MID_YEAR, planned_on: date = date(2020, 6, 26)) -> PlanReview:
    """Return the command that sets the day of a review."""
    return PlanReview(**KEY, kind=kind, planned_on=planned_on, place="UBND phường Lê Bình", at=AT)


def hold(kind: ReviewKind = ReviewKind.MID_YEAR, held_on: date = date(2020, 6, 26), **changes: Any) -> HoldReview:
    """Return the command that records a review which all attended but the fourth."""
    values = {
        **KEY,
        "kind": kind,
        "held_on": held_on,
        "place": "UBND phường Lê Bình",
        "attending": WARDS[:3],
        "results": "Thu ngân sách đạt 52% dự toán",
        "conclusions": "Tiếp tục thực hiện giao ước",
        "at": AT,
    }
    return HoldReview(**{**values, **changes})


def hold_annual(**changes: Any) -> HoldReview:
    """Return the command that records the annual review of 18/12/2020."""
    return hold(ReviewKind.ANNUAL, date(2020, 12, 18), **changes)


def withdraw_review(kind: ReviewKind = ReviewKind.MID_YEAR, reason: str = "Ghi nhầm ngày") -> WithdrawReview:
    """Return the command that takes the record of a review back."""
    return WithdrawReview(**KEY, kind=kind, reason=reason, at=AT)


def elect(head_id: str = DEPUTY, deputy_id: str | None = THIRD, elected_on: date = TODAY) -> ElectLeaders:
    """Return the command that records an election."""
    return ElectLeaders(**KEY, head_id=head_id, deputy_id=deputy_id, elected_on=elected_on, at=AT)


# --- the pledge ----------------------------------------------------------------------------------

AT_LEAST = NewTarget(name="Gia đình văn hoá", measure="%", value=Decimal("95"), direction=TargetDirection.AT_LEAST)
AT_MOST = NewTarget(name="Đơn thư vượt cấp", measure="vụ", value=Decimal("2"), direction=TargetDirection.AT_MOST)


def draft_pledge(**changes: Any) -> DraftPledge:
    """Return the command that writes a pledge of two targets."""
    values = {**KEY, "contents": ("Hoàn thành nhiệm vụ chính trị",), "targets": (AT_LEAST, AT_MOST), "at": AT}
    return DraftPledge(**{**values, **changes})


OPEN = OpenSigning(**KEY, at=AT)
CLOSE = ClosePledge(**KEY, at=AT)


def sign(ward: str, *, version: int = 1, name: str = "") -> SignPledge:
    """Return the command with which the ward's chair signs."""
    signer = Signer(name=name or f"Chủ tịch {ward}", post="Chủ tịch UBND phường")
    return SignPledge(**KEY, version=version, unit_id=ward, signer=signer, at=AT)


def withdraw_signing(reason: str = "Sửa mức chỉ tiêu 1") -> WithdrawSigning:
    """Return the command that takes the signing back."""
    return WithdrawSigning(**KEY, reason=reason, at=AT)


def tell(
    ward: str, *results: tuple[int, str], period: PledgePeriod = PledgePeriod.YEAR_END, evidence: str = "BC 9/BC-UBND"
) -> RecordPledgeResults:
    """Return the command with which the ward tells its results: (number of the target, reached)."""
    told = tuple(TargetResult(number=number, actual=Decimal(value), evidence=evidence) for number, value in results)
    return RecordPledgeResults(**KEY, unit_id=ward, period=period, results=told, at=AT)


HOME = HOME_AFFAIRS
