"""Facts of a district's year with the notices that they ask for; here those of activities and of groups."""

from datetime import date
from typing import Any

from services.notifications.events import NoticeKind
from services.plans.events import (
    ActivityUnit,
    CampaignCancelled,
    CampaignClosed,
    CampaignEndMoved,
    CampaignKind,
    CampaignLaunched,
    CampaignOutline,
    InspectionCancelled,
    InspectionConcluded,
    InspectionMoved,
    InspectionScheduled,
    InspectionSubject,
    LeadersElected,
    NamedUnit,
    PledgeConcluded,
    PledgeSigningOpened,
    PledgeSigningWithdrawn,
    Recommendation,
    RecommendationAnswered,
    RecommendationsIssued,
    RecommendationWithdrawn,
    ResponseAccepted,
    ResponseRejected,
    ReviewKind,
    ReviewPlanned,
    TeamMember,
    TrainingCancelled,
    TrainingMoved,
    TrainingScheduled,
)
from shared.types import CITY
from tests.notifications.plan_facts import (
    BA_LANG,
    BOTH,
    DUE,
    IDS,
    LATER,
    LE_BINH,
    OF,
    OFFICE,
    PERSON,
    PLAN_FACTS,
    REGISTRATION_FACTS,
    REPORT_FACTS,
    SIGNER,
    WARDS,
)

CALLED = tuple(ActivityUnit(unit_id=one.unit_id, name=one.name, group_id="cum-cac-phuong") for one in WARDS)
CAMPAIGN: dict[str, Any] = {**OF, "campaign_id": "dot-1", "year": 2020}
INSPECTION: dict[str, Any] = {**OF, "inspection_id": "dot-1", "year": 2020}
TRAINING: dict[str, Any] = {**OF, "training_id": "lop-1", "year": 2020}
FOLLOWED: dict[str, Any] = {**INSPECTION, "number": 3, "unit_id": "phuong-le-binh"}


def recommendation(number: int, unit: NamedUnit, due_on: date) -> Recommendation:
    """Return what the unit is to put right."""
    return Recommendation(
        number=number,
        unit_id=unit.unit_id,
        unit_name=unit.name,
        text=PERSON,
        due_on=due_on,
        working_days=None,
        due_reason=None,
    )


RECOMMENDED = RecommendationsIssued(
    **INSPECTION,
    recommendations=(
        recommendation(1, WARDS[0], LATER),
        recommendation(2, WARDS[1], LATER),
        recommendation(3, WARDS[0], DUE),
    ),
)
ACTIVITY_FACTS: list[tuple[Any, dict[NoticeKind, list[str]]]] = [
    (
        CampaignLaunched(
            **CAMPAIGN,
            number="8/CTr-UBND",
            launched_on=date(2020, 2, 6),
            signer=SIGNER,
            outline=CampaignOutline(
                title="Thi đua quý II",
                kind=CampaignKind.THEMATIC,
                occasions=(PERSON,),
                themes=(PERSON,),
                starts_on=date(2020, 4, 1),
                ends_on=date(2020, 6, 30),
            ),
            units=CALLED,
            task=None,
        ),
        {NoticeKind.CAMPAIGN_LAUNCHED: BOTH},
    ),
    (
        CampaignEndMoved(
            **CAMPAIGN, ends_on_before=DUE, ends_on=LATER, reason=PERSON, title="Thi đua quý II", called=IDS
        ),
        {NoticeKind.CAMPAIGN_END_MOVED: BOTH},
    ),
    (
        CampaignClosed(
            **CAMPAIGN,
            title="Thi đua quý II",
            number="",
            closed_on=LATER,
            summary=PERSON,
            units=2,
            joined=2,
            reported=1,
            called=IDS,
        ),
        {NoticeKind.CAMPAIGN_CLOSED: BOTH},
    ),
    (
        CampaignCancelled(**CAMPAIGN, title="Thi đua quý II", reason=PERSON, was_launched=True, units=IDS),
        {NoticeKind.CAMPAIGN_CANCELLED: BOTH},
    ),
    (
        InspectionScheduled(
            **INSPECTION,
            title="Kiểm tra 6 tháng đầu năm",
            subject=InspectionSubject.GENERAL,
            number="9/QĐ-UBND",
            contents=(PERSON,),
            units=CALLED,
            team=(TeamMember(name=PERSON, post="Trưởng phòng"),),
            starts_on=DUE,
            ends_on=LATER,
            task=None,
        ),
        {NoticeKind.INSPECTION_SCHEDULED: BOTH},
    ),
    (
        InspectionMoved(
            **INSPECTION,
            starts_on_before=DUE,
            ends_on_before=DUE,
            starts_on=LATER,
            ends_on=LATER,
            reason=PERSON,
            title="Kiểm tra 6 tháng đầu năm",
            units=IDS,
        ),
        {NoticeKind.INSPECTION_MOVED: BOTH},
    ),
    (
        InspectionCancelled(**INSPECTION, title="Kiểm tra 6 tháng đầu năm", reason=PERSON, units=IDS),
        {NoticeKind.INSPECTION_CANCELLED: BOTH},
    ),
    (
        InspectionConcluded(
            **INSPECTION,
            title="Kiểm tra 6 tháng đầu năm",
            number="15/BC-UBND",
            concluded_on=LATER,
            summary=PERSON,
            signer=SIGNER,
            units=2,
            checked=1,
            inspected=("phuong-ba-lang",),
        ),
        {NoticeKind.INSPECTION_CONCLUDED: [BA_LANG]},
    ),
    (RECOMMENDED, {NoticeKind.RECOMMENDATION_ISSUED: BOTH}),
    (RecommendationWithdrawn(**FOLLOWED, reason=PERSON), {NoticeKind.RECOMMENDATION_WITHDRAWN: [LE_BINH]}),
    (
        RecommendationAnswered(**FOLLOWED, text=PERSON, evidence=PERSON, attachments=(), unit_name="Phường Lê Bình"),
        {NoticeKind.RECOMMENDATION_ANSWERED: [OFFICE]},
    ),
    (ResponseAccepted(**FOLLOWED), {NoticeKind.RESPONSE_ACCEPTED: [LE_BINH]}),
    (ResponseRejected(**FOLLOWED, reason=PERSON), {NoticeKind.RESPONSE_REJECTED: [LE_BINH]}),
    (
        TrainingScheduled(
            **TRAINING,
            title="Nghiệp vụ thi đua, khen thưởng",
            number="",
            contents=(PERSON,),
            held_on=DUE,
            held_until=DUE,
            place="Hội trường UBND quận",
            lecturer=PERSON,
            units=CALLED,
            task=None,
        ),
        {NoticeKind.TRAINING_SCHEDULED: BOTH},
    ),
    (
        TrainingMoved(
            **TRAINING,
            held_on_before=DUE,
            held_on=LATER,
            held_until=LATER,
            place="Hội trường UBND quận",
            reason=PERSON,
            title="Nghiệp vụ thi đua, khen thưởng",
            units=IDS,
        ),
        {NoticeKind.TRAINING_MOVED: BOTH},
    ),
    (
        TrainingCancelled(**TRAINING, title="Nghiệp vụ thi đua, khen thưởng", reason=PERSON, units=IDS),
        {NoticeKind.TRAINING_CANCELLED: BOTH},
    ),
]

CITY_UNITS = (
    NamedUnit(unit_id="quan-cai-rang", name="Quận Cái Răng"),
    NamedUnit(unit_id="quan-o-mon", name="Quận Ô Môn"),
)
GROUP: dict[str, Any] = {
    **OF,
    "group_id": "cum-cac-phuong",
    "group_name": "Cụm thi đua các phường",
    "year": 2020,
}
CLUSTER = {**GROUP, "district": CITY, "group_id": "cum-nam-quan", "group_name": "Cụm thi đua năm quận"}
CHAIRS = ["cai-rang/district_chair", "o-mon/district_chair"]
GROUP_FACTS: list[tuple[Any, dict[NoticeKind, list[str]]]] = [
    (
        ReviewPlanned(**GROUP, kind=ReviewKind.MID_YEAR, planned_on=DUE, place="", members=IDS),
        {NoticeKind.REVIEW_PLANNED: BOTH},
    ),
    (
        LeadersElected(**GROUP, for_year=2021, elected_on=DUE, head=WARDS[1], deputy=WARDS[0], is_rotation=True),
        {NoticeKind.GROUP_LEADER_ELECTED: [BA_LANG, LE_BINH]},
    ),
    (
        LeadersElected(**CLUSTER, for_year=2021, elected_on=DUE, head=CITY_UNITS[1], deputy=None, is_rotation=True),
        {NoticeKind.GROUP_LEADER_ELECTED: ["o-mon/home_affairs"]},
    ),
    (PledgeSigningOpened(**GROUP, version=1, members=WARDS), {NoticeKind.PLEDGE_SIGNING_OPENED: BOTH}),
    (PledgeSigningOpened(**CLUSTER, version=1, members=CITY_UNITS), {NoticeKind.PLEDGE_SIGNING_OPENED: CHAIRS}),
    (
        PledgeSigningWithdrawn(**GROUP, version=1, signatures=WARDS[:1], reason=PERSON),
        {NoticeKind.PLEDGE_SIGNING_WITHDRAWN: [LE_BINH]},
    ),
    (
        PledgeConcluded(**GROUP, version=1, concluded_on=DUE, members=WARDS),
        {NoticeKind.PLEDGE_CONCLUDED: BOTH},
    ),
]

YEAR_FACTS = [*PLAN_FACTS, *REGISTRATION_FACTS, *REPORT_FACTS, *ACTIVITY_FACTS, *GROUP_FACTS]
