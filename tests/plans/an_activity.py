"""A campaign, an inspection and a training of Cái Răng for tests, with the facts that their rules ask for."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.plans.commands import (
    CloseCampaign,
    ConcludeInspection,
    DraftCampaign,
    IssueRecommendations,
    JoinCampaign,
    LaunchCampaign,
    NewRecommendation,
    RecordAttendance,
    RecordFindings,
    ReportCampaignResult,
    RespondToRecommendation,
    ScheduleInspection,
    ScheduleTraining,
)
from services.plans.decider import CAMPAIGN, INSPECTION, TRAINING, ActivityFacts
from services.plans.events import (
    CampaignKind,
    CampaignOutline,
    Figure,
    InspectionSubject,
    PlannedTask,
    Signer,
    TeamMember,
    UnitAttendance,
)
from services.plans.rules import working_days
from shared.decider import Decider
from shared.types import Actor, Attachment
from tests.plans.a_calendar import OPENED_2020, view
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS
from tests.plans.a_plan import facts as plan_facts

AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)
TODAY = date(2020, 2, 6)
WARD_ID, OTHER_ID = "phuong-le-binh", "phuong-ba-lang"
TASK = PlannedTask(plan_id="2020", number=7, content="Phát động đợt thi đua")
FILE = Attachment(sha256="a" * 64, name="bien-ban.pdf", size=10, media_type="application/pdf")
OUTLINE = CampaignOutline(
    title="Kỷ niệm 45 năm",
    kind=CampaignKind.THEMATIC,
    occasions=("45 năm ngày 30/4",),
    themes=("Tuyến đường sáng, xanh, sạch",),
    starts_on=date(2020, 2, 1),
    ends_on=date(2020, 5, 10),
    join_by=date(2020, 2, 28),
)
TARGET = Figure(name="Tuyến đường", value=Decimal("2"), measure="tuyến")
DAYS = working_days([view(*OPENED_2020)])
CAMPAIGN_KEY: dict[str, Any] = {"district": "cai-rang", "campaign_id": "ky-niem-45-nam", "at": AT}
INSPECTION_KEY: dict[str, Any] = {"district": "cai-rang", "inspection_id": "kiem-tra-quy-3", "at": AT}
TRAINING_KEY: dict[str, Any] = {"district": "cai-rang", "training_id": "tap-huan-2020", "at": AT}


def facts(who: Actor = HOME_AFFAIRS, today: date = TODAY, **changes: Any) -> ActivityFacts:
    """Return the facts of a decision: the units, sets and groups of `a_plan`, the calendar of 2020, task 7."""
    known = plan_facts(who, today)
    values = ActivityFacts(
        actor=who,
        today=today,
        units=known.units,
        sets=known.sets,
        groups=known.groups,
        days=DAYS,
        task=TASK,
    )
    return replace(values, **changes)


def draft(**changes: Any) -> DraftCampaign:
    """Return the command that drafts the campaign for the cluster of wards."""
    return DraftCampaign(
        **{**CAMPAIGN_KEY, "outline": OUTLINE, "units": ("cum-cac-phuong",), "task_number": 7, **changes}
    )


def launch(**changes: Any) -> LaunchCampaign:
    """Return the command that launches it."""
    signer = Signer(name="Nguyễn Văn A", post="Chủ tịch")
    return LaunchCampaign(**{**CAMPAIGN_KEY, "number": "02/CT-UBND", "launched_on": TODAY, "signer": signer, **changes})


def join(unit_id: str = WARD_ID, **changes: Any) -> JoinCampaign:
    """Return the command by which a unit joins."""
    return JoinCampaign(**{**CAMPAIGN_KEY, "unit_id": unit_id, "targets": (TARGET,), **changes})


def report(unit_id: str = WARD_ID, **changes: Any) -> ReportCampaignResult:
    """Return the command by which a unit tells its result."""
    return ReportCampaignResult(
        **{**CAMPAIGN_KEY, "unit_id": unit_id, "text": "Đã làm 3 tuyến", "figures": (TARGET,), **changes}
    )


def close(**changes: Any) -> CloseCampaign:
    """Return the command that sums the campaign up."""
    return CloseCampaign(**{**CAMPAIGN_KEY, "closed_on": TODAY, "summary": "Đạt mục tiêu", **changes})


def inspect(**changes: Any) -> ScheduleInspection:
    """Return the command that schedules the inspection of two wards."""
    values = {
        "title": "Kiểm tra phong trào thi đua",
        "subject": InspectionSubject.MOVEMENTS,
        "number": "120/QĐ-UBND",
        "contents": ("Việc đăng ký",),
        "units": ("cac-phuong",),
        "team": (TeamMember(name="Trần Văn B", post="Trưởng đoàn"),),
        "starts_on": date(2020, 2, 3),
        "ends_on": date(2020, 2, 28),
        "task_number": 7,
    }
    return ScheduleInspection(**{**INSPECTION_KEY, **values, **changes})


def found(unit_id: str = WARD_ID, **changes: Any) -> RecordFindings:
    """Return the command that records findings."""
    values = {"checked_on": date(2020, 2, 4), "contents": ("Việc đăng ký",), "findings": "Đủ"}
    return RecordFindings(**{**INSPECTION_KEY, "unit_id": unit_id, **values, **changes})


def recommend(*new: NewRecommendation) -> IssueRecommendations:
    """Return the command that issues recommendations, one of three working days unless others are given."""
    usual = (NewRecommendation(unit_id=WARD_ID, text="Bổ sung biên bản", working_days=3),)
    return IssueRecommendations(**INSPECTION_KEY, recommendations=new or usual)


def respond(number: int = 1, **changes: Any) -> RespondToRecommendation:
    """Return the command by which the unit answers."""
    values = {"number": number, "text": "Đã bổ sung", "evidence": "61/BC-UBND"}
    return RespondToRecommendation(**{**INSPECTION_KEY, **values, **changes})


def conclude(**changes: Any) -> ConcludeInspection:
    """Return the command that concludes the inspection."""
    values = {"number": "88/BC-UBND", "concluded_on": TODAY, "summary": "Nề nếp"}
    return ConcludeInspection(**{**INSPECTION_KEY, **values, **changes})


def train(**changes: Any) -> ScheduleTraining:
    """Return the command that schedules a training of two wards, held yesterday."""
    values = {
        "title": "Tập huấn nghiệp vụ",
        "contents": ("Lập hồ sơ",),
        "held_on": date(2020, 2, 5),
        "place": "Hội trường",
        "lecturer": "Ban TĐKT thành phố",
        "units": ("cac-phuong",),
    }
    return ScheduleTraining(**{**TRAINING_KEY, **values, **changes})


def came(*told: UnitAttendance) -> RecordAttendance:
    """Return the command that records who came, two of three of a ward unless others are given."""
    usual = (UnitAttendance(unit_id=WARD_ID, invited=3, attended=2, posts=("Phó Chủ tịch",)),)
    return RecordAttendance(**TRAINING_KEY, attendance=told or usual)


def history(decider: Decider[Any, Any, Any, Any], *commands_and_facts: tuple[Any, ActivityFacts]) -> list[Any]:
    """Return what the commands make, one after another."""
    state, events = decider.initial, []
    for command, known in commands_and_facts:
        for event in decider.decide(command, state, known):
            state = decider.evolve(state, event)
            events.append(event)
    return events


DRAFTED = history(CAMPAIGN, (draft(), facts()))
LAUNCHED = history(CAMPAIGN, (draft(), facts()), (launch(), facts(CHAIR)))
JOINED = history(CAMPAIGN, (draft(), facts()), (launch(), facts(CHAIR)), (join(), facts()))
SCHEDULED = history(INSPECTION, (inspect(), facts()))
FOUND = history(INSPECTION, (inspect(), facts()), (found(), facts()))
RECOMMENDED = history(INSPECTION, (inspect(), facts()), (found(), facts()), (recommend(), facts()))
PLANNED = history(TRAINING, (train(), facts()))
HELD = history(TRAINING, (train(), facts()), (came(), facts()))
