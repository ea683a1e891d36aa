"""The rules of campaigns: who launches, who joins and reports, and when it is over."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.plans.channels import publish
from services.plans.commands import AmendCampaign, CancelCampaign, MoveCampaignEnd
from services.plans.decider import CAMPAIGN
from services.plans.events import (
    ActivityUnit,
    CampaignAmended,
    CampaignCancelled,
    CampaignClosed,
    CampaignDrafted,
    CampaignEndMoved,
    CampaignEvent,
    CampaignJoined,
    CampaignLaunched,
    CampaignResultReported,
    Figure,
    NamedUnit,
    Signer,
    campaign_after,
)
from shared.types import Recorded, Role
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, OTHER_WARD, STRANGER, WARD, actor
from tests.plans.an_activity import (
    AT,
    CAMPAIGN_KEY,
    DRAFTED,
    FILE,
    JOINED,
    LAUNCHED,
    OTHER_ID,
    OUTLINE,
    TARGET,
    TASK,
    WARD_ID,
    close,
    draft,
    facts,
    join,
    launch,
    report,
)
from tests.support.deciding import given

CANCEL = CancelCampaign(**CAMPAIGN_KEY, reason="Trùng đợt")
MOVE = MoveCampaignEnd(**CAMPAIGN_KEY, ends_on=date(2020, 6, 30), reason="Dịch bệnh")
AMEND = AmendCampaign(**CAMPAIGN_KEY, outline=replace(OUTLINE, title="Tên mới"), units=("cac-phuong",))


def test_home_affairs_drafts_a_campaign_for_sets_groups_and_units() -> None:
    units = ("cum-cac-phuong", "cac-phuong", "phong-noi-vu")
    (drafted,) = given(CAMPAIGN).when(draft(units=units), facts()).then_types(CampaignDrafted)
    assert drafted.units == (
        NamedUnit(unit_id="cum-cac-phuong", name="Cụm thi đua các phường", is_set=True),
        NamedUnit(unit_id="cac-phuong", name="UBND các phường", is_set=True),
        NamedUnit(unit_id="phong-noi-vu", name="phong-noi-vu"),
    )
    assert (drafted.year, drafted.task) == (2020, TASK)


def test_a_launch_calls_the_open_units_behind_the_names_each_once_with_its_group() -> None:
    history = given(CAMPAIGN).when(draft(units=("cac-phuong", WARD_ID, "phong-noi-vu")), facts()).events()
    (launched,) = given(CAMPAIGN, *history).when(launch(), facts(CHAIR)).then_types(CampaignLaunched)
    assert launched.units == (
        ActivityUnit(unit_id=WARD_ID, name=WARD_ID, group_id="cum-cac-phuong"),
        ActivityUnit(unit_id=OTHER_ID, name=OTHER_ID, group_id="cum-cac-phuong"),
        ActivityUnit(unit_id="phong-noi-vu", name="phong-noi-vu", group_id=None),
    )
    assert launched.signer == Signer(name="Nguyễn Văn A", post="Chủ tịch")


def test_each_does_what_is_his_and_nobody_else() -> None:
    for command, history, allowed in (
        (draft(), [], [HOME_AFFAIRS]),
        (AMEND, DRAFTED, [HOME_AFFAIRS]),
        (launch(), DRAFTED, [CHAIR]),
        (join(), LAUNCHED, [HOME_AFFAIRS, WARD]),
        (report(), JOINED, [HOME_AFFAIRS, WARD]),
        (MOVE, LAUNCHED, [CHAIR]),
        (close(), JOINED, [HOME_AFFAIRS, CHAIR]),
        (CANCEL, LAUNCHED, [HOME_AFFAIRS, CHAIR]),
    ):
        for who in (HOME_AFFAIRS, CHAIR, WARD, OTHER_WARD, STRANGER, actor(Role.AUDITOR), actor(Role.ADMIN)):
            when = given(CAMPAIGN, *history).when(command, facts(who))
            if who in allowed:
                assert len(when.events()) == 1, (command, who)
            else:
                when.then_rejected("actor.not_allowed")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"campaign_id": "moi"}, "activity.id_malformed"),
        ({"campaign_id": "Đợt 1"}, "activity.id_malformed"),
        ({"units": ()}, "activity.units_missing"),
        ({"units": ("khong-co",)}, "unit.not_found"),
        ({"units": ("phuong-cu",)}, "unit.closed"),
        ({"units": ("phuong-moi",)}, "unit.not_yet_open"),
        ({"units": (WARD_ID,) * 1501}, "activity.too_many_items"),
        ({"outline": replace(OUTLINE, title=" ")}, "activity.title_missing"),
        ({"outline": replace(OUTLINE, title="x" * 501)}, "text.too_long"),
        ({"outline": replace(OUTLINE, themes=(" ",))}, "activity.text_missing"),
        ({"outline": replace(OUTLINE, themes=("x",) * 51)}, "activity.too_many_items"),
        ({"outline": replace(OUTLINE, ends_on=date(2020, 1, 31))}, "activity.dates_reversed"),
        ({"outline": replace(OUTLINE, starts_on=date(1999, 1, 1))}, "activity.year_out_of_range"),
        ({"outline": replace(OUTLINE, ends_on=date(2022, 1, 1))}, "activity.year_out_of_range"),
        ({"outline": replace(OUTLINE, join_by=date(2020, 5, 11))}, "campaign.join_by_after_end"),
    ],
)
def test_a_draft_that_cannot_stand_is_refused(changes: dict[str, object], code: str) -> None:
    given(CAMPAIGN).when(draft(**changes), facts()).then_rejected(code)


def test_a_campaign_carries_out_a_task_that_is_in_the_plan() -> None:
    given(CAMPAIGN).when(draft(task_number=99), facts(task=None)).then_rejected("task.not_found", task_number=99)
    (drafted,) = given(CAMPAIGN).when(draft(task_number=None), facts()).then_types(CampaignDrafted)
    assert drafted.task is None


def test_the_same_draft_twice_changes_nothing_and_another_under_its_id_is_refused() -> None:
    given(CAMPAIGN, *DRAFTED).when(draft(), facts()).then_nothing()
    given(CAMPAIGN, *DRAFTED).when(draft(units=(WARD_ID,)), facts()).then_rejected("campaign.exists")
    given(CAMPAIGN, *LAUNCHED).when(draft(), facts()).then_rejected("campaign.exists")


def test_a_draft_is_amended_within_its_year_until_it_is_launched() -> None:
    (amended,) = given(CAMPAIGN, *DRAFTED).when(AMEND, facts()).then_types(CampaignAmended)
    given(CAMPAIGN, *DRAFTED, amended).when(AMEND, facts()).then_nothing()
    next_year = replace(OUTLINE, starts_on=date(2021, 1, 4), ends_on=date(2021, 5, 1), join_by=None)
    moved = replace(AMEND, outline=next_year)
    given(CAMPAIGN, *DRAFTED).when(moved, facts()).then_rejected("activity.year_changed", year=2020)
    given(CAMPAIGN, *LAUNCHED).when(AMEND, facts()).then_rejected("campaign.wrong_status")
    given(CAMPAIGN).when(AMEND, facts()).then_rejected("campaign.not_found")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "chỉ thị"}, "activity.number_malformed"),
        ({"launched_on": date(2020, 2, 7)}, "activity.in_future"),
        ({"signer": Signer(name="A", post=" ")}, "activity.text_missing"),
    ],
)
def test_a_launch_rests_on_a_paper_that_exists(changes: dict[str, object], code: str) -> None:
    given(CAMPAIGN, *DRAFTED).when(launch(**changes), facts(CHAIR)).then_rejected(code)


def test_a_campaign_is_not_launched_after_its_end_nor_for_units_that_are_gone() -> None:
    late = facts(CHAIR, date(2020, 6, 1))
    command = launch(launched_on=date(2020, 5, 11))
    given(CAMPAIGN, *DRAFTED).when(command, late).then_rejected("campaign.launched_after_end")
    nobody = facts(CHAIR, units={})
    given(CAMPAIGN, *DRAFTED).when(launch(), nobody).then_rejected("activity.units_missing")
    unknown = facts(CHAIR, groups=())
    given(CAMPAIGN, *DRAFTED).when(launch(), unknown).then_rejected("unit.not_found")


def test_launching_twice_under_the_same_number_changes_nothing() -> None:
    given(CAMPAIGN, *LAUNCHED).when(launch(), facts(CHAIR)).then_nothing()
    given(CAMPAIGN, *LAUNCHED).when(launch(number="03/CT-UBND"), facts(CHAIR)).then_rejected("campaign.wrong_status")
    given(CAMPAIGN).when(launch(), facts(CHAIR)).then_rejected("campaign.not_found")


def test_a_unit_that_was_called_joins_with_targets_and_may_replace_them() -> None:
    (joined,) = given(CAMPAIGN, *LAUNCHED).when(join(), facts(WARD)).then_types(CampaignJoined)
    assert (joined.targets, joined.is_late) == ((TARGET,), False)
    given(CAMPAIGN, *LAUNCHED, joined).when(join(), facts(WARD)).then_nothing()
    more = join(targets=(replace(TARGET, value=Decimal("3")),))
    given(CAMPAIGN, *LAUNCHED, joined).when(more, facts(WARD)).then_types(CampaignJoined)


def test_who_joins_after_the_closing_date_is_late_but_who_then_corrects_is_not() -> None:
    march = date(2020, 3, 1)
    (late,) = given(CAMPAIGN, *LAUNCHED).when(join(), facts(WARD, march)).then_types(CampaignJoined)
    assert late.is_late
    more = join(note="Thêm công trình")
    (corrected,) = given(CAMPAIGN, *JOINED).when(more, facts(WARD, march)).then_types(CampaignJoined)
    assert not corrected.is_late


@pytest.mark.parametrize(
    ("command", "today", "code"),
    [
        (join(targets=()), date(2020, 2, 6), "campaign.targets_missing"),
        (join(targets=(replace(TARGET, name=""),)), date(2020, 2, 6), "activity.figure_unnamed"),
        (join(targets=(TARGET, replace(TARGET, name="TUYẾN đường"))), date(2020, 2, 6), "activity.figure_twice"),
        (join(targets=(replace(TARGET, value=Decimal("-1")),)), date(2020, 2, 6), "activity.figure_out_of_range"),
        (join(targets=(replace(TARGET, value=Decimal("1E+15")),)), date(2020, 2, 6), "activity.figure_out_of_range"),
        (join(targets=(replace(TARGET, value=Decimal("0.00001")),)), date(2020, 2, 6), "activity.figure_out_of_range"),
        (join(targets=(TARGET,) * 51), date(2020, 2, 6), "activity.too_many_items"),
        (join(note="x" * 4001), date(2020, 2, 6), "text.too_long"),
        (join("phong-noi-vu"), date(2020, 2, 6), "campaign.unit_not_called"),
        (join(), date(2020, 5, 11), "campaign.ended"),
        (report(OTHER_ID), date(2020, 2, 6), "campaign.unit_not_joined"),
        (report("phong-noi-vu"), date(2020, 2, 6), "campaign.unit_not_called"),
        (report(text=" "), date(2020, 2, 6), "activity.text_missing"),
        (report(individuals=-1), date(2020, 2, 6), "activity.count_out_of_range"),
        (report(figures=(replace(TARGET, name=""),)), date(2020, 2, 6), "activity.figure_unnamed"),
        (report(), date(2020, 1, 31), "campaign.not_begun"),
    ],
)
def test_what_a_unit_tells_is_refused_where_it_cannot_stand(command: object, today: date, code: str) -> None:
    given(CAMPAIGN, *JOINED).when(command, facts(today=today)).then_rejected(code)


def test_a_unit_that_ended_meanwhile_joins_nothing() -> None:
    known = facts()
    gone = {**known.units, WARD_ID: replace(known.units[WARD_ID], valid_to=date(2020, 2, 5))}
    given(CAMPAIGN, *LAUNCHED).when(join(), facts(units=gone)).then_rejected("unit.closed")


def test_a_result_replaces_the_one_before_and_counts_persons_without_their_names() -> None:
    first = report(collectives=("Khu vực 1",), individuals=4)
    known = facts(WARD, attachments=(FILE,))
    (told,) = given(CAMPAIGN, *JOINED).when(first, known).then_types(CampaignResultReported)
    assert (told.collectives, told.individuals, told.attachments) == (("Khu vực 1",), 4, (FILE,))
    given(CAMPAIGN, *JOINED, told).when(first, known).then_nothing()
    again = replace(first, individuals=5)
    given(CAMPAIGN, *JOINED, told).when(again, known).then_types(CampaignResultReported)
    too_many = facts(WARD, attachments=(FILE,) * 6)
    given(CAMPAIGN, *JOINED).when(first, too_many).then_rejected("attachment.too_many")


def test_the_end_is_moved_forth_or_back_but_not_into_the_past() -> None:
    (moved,) = given(CAMPAIGN, *LAUNCHED).when(MOVE, facts(CHAIR)).then_types(CampaignEndMoved)
    assert (moved.ends_on_before, moved.ends_on) == (date(2020, 5, 10), date(2020, 6, 30))
    given(CAMPAIGN, *LAUNCHED, moved).when(MOVE, facts(CHAIR)).then_nothing()
    given(CAMPAIGN, *LAUNCHED, moved).when(join(), facts(WARD, date(2020, 6, 1))).then_types(CampaignJoined)
    past = replace(MOVE, ends_on=date(2020, 2, 5))
    given(CAMPAIGN, *LAUNCHED).when(past, facts(CHAIR)).then_rejected("campaign.ends_in_past")
    before = replace(MOVE, ends_on=date(2020, 1, 5))
    given(CAMPAIGN, *LAUNCHED).when(before, facts(CHAIR)).then_rejected("activity.dates_reversed")
    given(CAMPAIGN, *LAUNCHED).when(replace(MOVE, reason=""), facts(CHAIR)).then_rejected("activity.reason_missing")
    given(CAMPAIGN, *DRAFTED).when(MOVE, facts(CHAIR)).then_rejected("campaign.wrong_status")


def test_a_campaign_is_closed_with_what_was_counted_and_then_takes_nothing_more() -> None:
    (closed,) = given(CAMPAIGN, *JOINED).when(close(number="45/BC-UBND"), facts()).then_types(CampaignClosed)
    assert (closed.units, closed.joined, closed.reported) == (2, 1, 0)
    over = given(CAMPAIGN, *JOINED, closed)
    over.when(close(number="45/BC-UBND"), facts()).then_nothing()
    for command, who in ((join(), WARD), (report(), WARD), (MOVE, CHAIR), (close(summary="Khác"), HOME_AFFAIRS)):
        over.when(command, facts(who)).then_rejected("campaign.wrong_status")
    over.when(CANCEL, facts(CHAIR)).then_rejected("campaign.wrong_status")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"summary": ""}, "activity.text_missing"),
        ({"closed_on": date(2020, 2, 7)}, "activity.in_future"),
        ({"closed_on": date(2020, 1, 31)}, "campaign.not_begun"),
        ({"number": "x"}, "activity.number_malformed"),
    ],
)
def test_a_campaign_is_closed_by_a_summary_of_a_day_within_it(changes: dict[str, object], code: str) -> None:
    given(CAMPAIGN, *JOINED).when(close(**changes), facts()).then_rejected(code)


def test_a_cancelled_campaign_stays_cancelled() -> None:
    (cancelled,) = given(CAMPAIGN, *JOINED).when(CANCEL, facts(CHAIR)).then_types(CampaignCancelled)
    assert (cancelled.was_launched, cancelled.units) == (True, (WARD_ID, OTHER_ID))
    given(CAMPAIGN, *JOINED, cancelled).when(CANCEL, facts()).then_nothing()
    given(CAMPAIGN, *JOINED, cancelled).when(join(), facts(WARD)).then_rejected("campaign.wrong_status")
    given(CAMPAIGN, *JOINED).when(replace(CANCEL, reason=" "), facts()).then_rejected("activity.reason_missing")
    given(CAMPAIGN).when(CANCEL, facts()).then_rejected("campaign.not_found")


def test_a_units_form_is_stale_by_what_it_did_itself_or_the_chair_but_not_by_others() -> None:
    by_other = given(CAMPAIGN, *LAUNCHED).when(join(OTHER_ID), facts()).events()[0]
    moved = given(CAMPAIGN, *LAUNCHED).when(MOVE, facts(CHAIR)).events()[0]
    assert not CAMPAIGN.concerns(join(), by_other)
    assert CAMPAIGN.concerns(join(OTHER_ID), by_other)
    assert CAMPAIGN.concerns(join(), moved)
    assert CAMPAIGN.concerns(close(), by_other)


# -- for others -----------------------------------------------------------------------------------


def _recorded(event: CampaignEvent) -> Recorded[CampaignEvent]:
    return Recorded(
        event=event,
        type=f"plans.{type(event).__name__}.v1",
        event_id="e",
        stream="PLANS",
        seq=1,
        subject="plans.evt.cai-rang.campaign.ky-niem-45-nam",
        occurred_at=AT,
        recorded_at=AT,
        actor="x",
        command_id="c",
        correlation_id="",
        headers={},
    )


def test_launch_close_and_the_end_of_what_was_launched_are_public_and_nothing_else() -> None:
    closed = given(CAMPAIGN, *JOINED).when(close(), facts()).events()
    given_up = given(CAMPAIGN, *JOINED).when(CANCEL, facts()).events()
    never_told = given(CAMPAIGN, *DRAFTED).when(CANCEL, facts()).events()
    named = [
        fact.name if (fact := publish(_recorded(event))) else None
        for event in (*JOINED, *closed, *given_up, *never_told)
    ]
    assert named == [None, "CampaignLaunched", None, "CampaignClosed", "CampaignCancelled", None]


def test_other_services_know_a_campaign_from_its_launch_on_with_who_joined() -> None:
    campaign = None
    for event in DRAFTED:
        campaign = campaign_after(campaign, event)
    assert campaign is None
    for event in (*JOINED, JOINED[-1], Figure(name="x", value=Decimal(1))):
        campaign = campaign_after(campaign, event)
    assert campaign is not None
    assert (campaign.title, campaign.joined, campaign.is_cancelled) == ("Kỷ niệm 45 năm", (WARD_ID,), False)
    given_up = given(CAMPAIGN, *JOINED).when(CANCEL, facts()).events()[0]
    assert campaign_after(campaign, given_up) == replace(campaign, is_cancelled=True)
