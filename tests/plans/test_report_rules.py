"""The rules of periodic reports: what is asked, when it is due, who writes and who takes, what a report says."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.plans.commands import RecomputeReportDues
from services.plans.decider import REPORT, REPORT_DUTY
from services.plans.events import (
    ReportAccepted,
    ReportAnnounced,
    ReportDueMoved,
    ReportedState,
    ReportersAmended,
    ReportFiguresRefreshed,
    ReportLevel,
    ReportOpened,
    ReportPeriod,
    ReportReturned,
    ReportSaved,
    ReportState,
    ReportSubmitted,
    ReportText,
    Signer,
    UnitRole,
)
from services.plans.policies import react
from services.plans.rules import (
    PERIODS,
    WorkingDays,
    counts_of,
    days_late,
    default_dues,
    is_outdated,
    may_appraise,
    reported_tasks,
    standing,
    working_days,
)
from services.plans.views import PartView, ReportStanding, TaskState, TaskView
from shared.types import DISTRICTS, Role
from tests.plans.a_calendar import OPENED_2020, off_2020, recorded, view
from tests.plans.a_plan import CHAIR, HOME_AFFAIRS, STRANGER, actor
from tests.plans.a_report import (
    ACCEPT,
    ACCEPTED,
    ANNOUNCED,
    AT,
    BA_LANG,
    CITY_BOARD,
    DUE,
    LE_BINH,
    OPEN,
    OPENED,
    POLICY,
    RECOMPUTE,
    REFRESH,
    RETURN,
    RETURNED,
    SAVE,
    SUBMITTED,
    TEXT,
    TODAY,
    WRITTEN,
    amend,
    announce,
    asked,
    duty_facts,
    facts,
    figures,
    member,
    move,
    submit,
)
from tests.support.deciding import given

UNIT, GROUP, DISTRICT = ReportLevel.UNIT, ReportLevel.GROUP, ReportLevel.DISTRICT

# -- periods -------------------------------------------------------------------------------------


def test_quarters_follow_on_one_another_and_the_longer_periods_begin_with_the_year() -> None:
    quarters = [PERIODS[one] for one in (ReportPeriod.QUARTER_1, ReportPeriod.QUARTER_2, ReportPeriod.QUARTER_3)]
    following = [PERIODS[one] for one in (ReportPeriod.QUARTER_2, ReportPeriod.QUARTER_3, ReportPeriod.QUARTER_4)]
    for one, after in zip(quarters, following, strict=True):
        assert one.closes.of(2020) + timedelta(days=1) == after.first.of(2020)
    for period in (ReportPeriod.QUARTER_1, ReportPeriod.HALF, ReportPeriod.NINE_MONTHS, ReportPeriod.YEAR):
        assert PERIODS[period].first.of(2020) == date(2019, 12, 15)
    assert PERIODS[ReportPeriod.YEAR].closes.of(2020) == date(2020, 12, 14)


def test_a_due_date_on_a_day_off_is_the_next_working_day_and_says_why() -> None:
    unit_due, group_due, district_due = default_dues(2020, ReportPeriod.QUARTER_1, working_days([view(*OPENED_2020)]))
    assert (unit_due.stated_on, unit_due.due_on) == (date(2020, 3, 15), DUE)
    assert [one.day for one in unit_due.reason.skipped] == [date(2020, 3, 15)]
    assert (group_due.due_on, district_due.due_on) == (date(2020, 3, 20), date(2020, 3, 25))
    assert default_dues(2020, ReportPeriod.YEAR, WorkingDays())[2].due_on == date(2021, 1, 15)


# -- what is asked -------------------------------------------------------------------------------


def test_all_open_units_groups_and_the_district_are_asked_but_not_those_reported_to() -> None:
    (event,) = given(REPORT_DUTY).when(announce(), duty_facts()).then_types(ReportAnnounced)
    assert [(one.reporter_id, one.level, one.group_id) for one in event.reporters] == [
        ("phong-noi-vu", UNIT, None),
        ("phuong-le-binh", UNIT, "cum-cac-phuong"),
        ("phuong-ba-lang", UNIT, "cum-cac-phuong"),
        ("cum-cac-phuong", GROUP, "cum-cac-phuong"),
        ("cai-rang", DISTRICT, None),
    ]
    assert (event.first_on, event.closes_on) == (date(2019, 12, 15), date(2020, 3, 14))


def test_units_are_named_by_themselves_by_set_or_by_group_each_once() -> None:
    for units in (("cac-phuong",), ("cum-cac-phuong",), ("phuong-le-binh", "cac-phuong", "phuong-ba-lang")):
        command = announce(units=units, groups=(), asks_district=False)
        (event,) = given(REPORT_DUTY).when(command, duty_facts()).then_types(ReportAnnounced)
        assert [one.reporter_id for one in event.reporters] == ["phuong-le-binh", "phuong-ba-lang"], units


def test_only_home_affairs_of_the_district_asks() -> None:
    for who in (LE_BINH, CHAIR, CITY_BOARD, STRANGER, actor(Role.HOME_AFFAIRS, district="o-mon"), POLICY):
        given(REPORT_DUTY).when(announce(), duty_facts(who)).then_rejected("actor.not_allowed")
        given(REPORT_DUTY, *ANNOUNCED).when(move(date(2020, 3, 18)), duty_facts(who)).then_rejected("actor.not_allowed")
        given(REPORT_DUTY, *ANNOUNCED).when(amend(), duty_facts(who)).then_rejected("actor.not_allowed")


def test_asking_again_the_same_changes_nothing_and_other_things_are_refused() -> None:
    again = given(REPORT_DUTY, *ANNOUNCED)
    again.when(announce(), duty_facts(today=date(2020, 12, 1))).then_nothing()
    again.when(announce(groups=()), duty_facts()).then_rejected("report_duty.exists", year=2020)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"district": "can-tho"}, "report_duty.not_of_district"),
        ({"year": 1999}, "report_duty.year_out_of_range"),
        ({"closes_on": date(2019, 12, 14)}, "report_duty.period_out_of_range"),
        ({"first_on": date(2018, 1, 1)}, "report_duty.period_out_of_range"),
        ({"closes_on": date(2022, 1, 1)}, "report_duty.period_out_of_range"),
        ({"unit_due_on": date(2020, 3, 13)}, "report_duty.due_out_of_range"),
        ({"district_due_on": date(2021, 3, 16)}, "report_duty.due_out_of_range"),
        ({"unit_due_on": date(2020, 3, 23)}, "report_duty.due_out_of_order"),
        ({"group_due_on": date(2020, 3, 26)}, "report_duty.due_out_of_order"),
        ({"closes_on": TODAY - timedelta(days=9), "unit_due_on": TODAY - timedelta(days=3)}, "report_duty.due_in_past"),
        ({"units": (), "groups": (), "asks_district": False}, "report_duty.without_reporters"),
        ({"units": ("khong-co",)}, "unit.not_found"),
        ({"units": ("phuong-cu",)}, "unit.closed"),
        ({"groups": ("khong-co",)}, "group.not_found"),
        ({"basis": "x" * 301}, "text.too_long"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes: dict[str, object], code: str) -> None:
    who = actor(Role.HOME_AFFAIRS, district="can-tho") if "district" in changes else HOME_AFFAIRS
    given(REPORT_DUTY).when(announce(**changes), duty_facts(who)).then_rejected(code)


def test_a_unit_and_a_group_of_one_id_are_not_asked_together() -> None:
    known = duty_facts()
    twin = replace(known.groups[0], group_id="phuong-le-binh")
    clash = replace(known, groups=[twin])
    given(REPORT_DUTY).when(announce(units=("phong-noi-vu",)), clash).then_types(ReportAnnounced)
    given(REPORT_DUTY).when(announce(), clash).then_rejected("report_duty.reporter_twice", reporter_id="phuong-le-binh")


def test_an_id_that_no_report_could_bear_is_refused() -> None:
    known = duty_facts()
    long = replace(known.units["phong-noi-vu"], unit_id="x" * 73)
    given(REPORT_DUTY).when(announce(units=("x" * 73,)), replace(known, units={"x" * 73: long})).then_rejected(
        "report_duty.id_too_long"
    )


# -- due dates -----------------------------------------------------------------------------------


def test_the_due_date_of_a_level_is_moved_for_all_of_that_level() -> None:
    (event,) = given(REPORT_DUTY, *ANNOUNCED).when(move(date(2020, 3, 18)), duty_facts()).then_types(ReportDueMoved)
    assert (event.due_on_before, event.due.due_on, event.why) == (DUE, date(2020, 3, 18), "Bão")
    assert event.reporters == ("phong-noi-vu", "phuong-le-binh", "phuong-ba-lang")
    given(REPORT_DUTY, *ANNOUNCED, event).when(move(date(2020, 3, 18)), duty_facts()).then_nothing()


@pytest.mark.parametrize(
    ("command", "today", "code"),
    [
        (move(date(2020, 3, 13)), TODAY, "report_duty.due_out_of_range"),
        (move(date(2020, 3, 23)), TODAY, "report_duty.due_out_of_order"),
        (move(date(2020, 3, 13), GROUP), TODAY, "report_duty.due_out_of_range"),
        (move(date(2020, 3, 17)), date(2020, 3, 18), "report_duty.due_in_past"),
        (move(date(2020, 3, 18), why=" "), TODAY, "report_duty.why_missing"),
    ],
)
def test_a_due_date_is_not_moved_out_of_order_or_into_the_past_or_without_a_reason(
    command: object, today: date, code: str
) -> None:
    given(REPORT_DUTY, *ANNOUNCED).when(command, duty_facts(today=today)).then_rejected(code)


def test_nothing_is_moved_or_amended_that_was_never_asked() -> None:
    given(REPORT_DUTY).when(move(date(2020, 3, 18)), duty_facts()).then_rejected("report_duty.not_found")
    given(REPORT_DUTY).when(amend(), duty_facts()).then_rejected("report_duty.not_found")


def test_a_corrected_calendar_moves_due_dates_but_never_into_the_past() -> None:
    storm = view(*off_2020(DUE))
    (event,) = (
        given(REPORT_DUTY, *ANNOUNCED).when(RECOMPUTE, duty_facts(POLICY, calendar=storm)).then_types(ReportDueMoved)
    )
    assert (event.due.level, event.due.stated_on, event.due.due_on) == (UNIT, date(2020, 3, 15), date(2020, 3, 17))
    assert event.notice is not None and event.notice.number == "1/TB-UBND"
    given(REPORT_DUTY, *ANNOUNCED, event).when(RECOMPUTE, duty_facts(POLICY, calendar=storm)).then_nothing()
    back = duty_facts(POLICY, today=date(2020, 3, 17))
    given(REPORT_DUTY, *ANNOUNCED, event).when(RECOMPUTE, back).then_nothing()
    given(REPORT_DUTY).when(RECOMPUTE, duty_facts(POLICY)).then_nothing()
    given(REPORT_DUTY, *ANNOUNCED).when(RECOMPUTE, duty_facts()).then_rejected("actor.not_allowed")


# -- who reports ---------------------------------------------------------------------------------


def test_more_are_asked_and_some_are_excused_with_a_reason() -> None:
    command = amend(units=("ubnd-quan", "phuong-le-binh"), excused=("phong-noi-vu", "khong-co"))
    (event,) = given(REPORT_DUTY, *ANNOUNCED).when(command, duty_facts()).then_types(ReportersAmended)
    assert [one.reporter_id for one in event.added] == ["ubnd-quan"]
    assert event.removed == ("phong-noi-vu",)
    given(REPORT_DUTY, *ANNOUNCED, event).when(command, duty_facts()).then_nothing()


def test_who_is_added_and_excused_at_once_is_excused() -> None:
    command = amend(units=("phong-noi-vu", "ubnd-quan"), excused=("phong-noi-vu", "ubnd-quan"))
    (event,) = given(REPORT_DUTY, *ANNOUNCED).when(command, duty_facts()).then_types(ReportersAmended)
    assert (event.added, event.removed) == ((), ("phong-noi-vu",))
    given(REPORT_DUTY, *ANNOUNCED, event).when(command, duty_facts()).then_nothing()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"excused": ("phuong-le-binh",)}, "report_duty.submitted"),
        ({"units": ("ubnd-quan",), "why": ""}, "report_duty.why_missing"),
        ({"units": ("phuong-cu",)}, "unit.closed"),
        ({"groups": ("khong-co",)}, "group.not_found"),
    ],
)
def test_who_has_reported_is_not_excused_and_nobody_without_a_reason(changes: dict[str, object], code: str) -> None:
    known = duty_facts(submitted=frozenset({"phuong-le-binh"}))
    given(REPORT_DUTY, *ANNOUNCED).when(amend(**changes), known).then_rejected(code)


def test_who_would_be_late_at_once_is_not_added() -> None:
    late = duty_facts(today=DUE + timedelta(days=1))
    given(REPORT_DUTY, *ANNOUNCED).when(amend(units=("ubnd-quan",)), late).then_rejected(
        "report_duty.due_in_past", due_on=str(DUE)
    )
    on_the_day = duty_facts(today=DUE)
    given(REPORT_DUTY, *ANNOUNCED).when(amend(units=("ubnd-quan",)), on_the_day).then_types(ReportersAmended)
    given(REPORT_DUTY, *ANNOUNCED).when(amend(excused=("phong-noi-vu",)), late).then_types(ReportersAmended)


def test_somebody_has_to_report() -> None:
    everybody = tuple(one.reporter_id for one in ANNOUNCED[0].reporters)  # type: ignore[union-attr]
    given(REPORT_DUTY, *ANNOUNCED).when(amend(excused=everybody), duty_facts()).then_rejected(
        "report_duty.without_reporters"
    )


# -- one report ----------------------------------------------------------------------------------


def test_a_report_begins_with_the_figures_of_the_log() -> None:
    (event,) = given(REPORT).when(OPEN, facts()).then_types(ReportOpened)
    assert (event.figures, event.level, event.name) == (figures(), UNIT, "phuong-le-binh")
    given(REPORT, *OPENED).when(OPEN, facts()).then_nothing()


def test_a_report_is_not_begun_before_its_period() -> None:
    given(REPORT).when(OPEN, facts(first_on=TODAY + timedelta(days=1))).then_rejected("report.period_not_begun")


def test_a_report_that_nobody_asks_for_is_not_there_and_strangers_are_not_told() -> None:
    for changes in ({"asked": None}, {"asked": asked(is_excused=True)}):
        given(REPORT).when(OPEN, facts(**changes)).then_rejected("report.not_asked")
    given(REPORT).when(OPEN, facts(STRANGER, asked=None)).then_rejected("actor.not_allowed")


def test_the_unit_the_groups_head_and_home_affairs_write_each_their_own() -> None:
    chair = actor(Role.WARD_CHAIR, "phuong-le-binh")
    given(REPORT).when(OPEN, facts(chair)).then_types(ReportOpened)
    given(REPORT).when(OPEN, facts(HOME_AFFAIRS)).then_types(ReportOpened)
    given(REPORT).when(OPEN, facts(BA_LANG)).then_rejected("actor.not_allowed")
    given(REPORT).when(OPEN, facts(LE_BINH, reporter_id="cum-cac-phuong")).then_types(ReportOpened)
    given(REPORT).when(OPEN, facts(BA_LANG, reporter_id="cum-cac-phuong")).then_rejected("actor.not_allowed")
    given(REPORT).when(OPEN, facts(HOME_AFFAIRS, reporter_id="cai-rang")).then_types(ReportOpened)
    given(REPORT).when(OPEN, facts(LE_BINH, reporter_id="cai-rang")).then_rejected("actor.not_allowed")
    leaderless = facts(LE_BINH, reporter_id="cum-cac-phuong", speaker_id=None)
    given(REPORT).when(OPEN, leaderless).then_rejected("actor.not_allowed")


def test_figures_are_taken_anew_only_where_they_differ() -> None:
    later = figures(taken_at=AT + timedelta(hours=1))
    given(REPORT, *OPENED).when(REFRESH, facts(figures=later)).then_nothing()
    given(REPORT, *OPENED).when(REFRESH, facts(figures=figures(done=2))).then_types(ReportFiguresRefreshed)


def test_words_are_kept_without_outer_blanks_and_paragraphs_stay() -> None:
    typed = replace(SAVE, text=ReportText(leadership="  Một.\nHai. ", results="x"))
    (event,) = given(REPORT, *OPENED).when(typed, facts()).then_types(ReportSaved)
    assert event.text == ReportText(leadership="Một.\nHai.", results="x")
    given(REPORT, *OPENED, event).when(typed, facts()).then_nothing()
    long = replace(SAVE, text=replace(TEXT, limits="x" * 10_001))
    given(REPORT, *OPENED).when(long, facts()).then_rejected("text.too_long", field="limits", limit=10_000)


def test_a_submission_freezes_words_figures_and_how_late_it_was() -> None:
    late = facts(today=date(2020, 3, 18))
    (event,) = given(REPORT, *WRITTEN).when(submit(), late).then_types(ReportSubmitted)
    assert (event.text, event.figures) == (TEXT, figures())
    assert (event.due_on, event.submitted_on, event.days_late, event.is_first) == (DUE, date(2020, 3, 18), 2, True)
    (in_time,) = given(REPORT, *WRITTEN).when(submit(), facts(today=DUE)).then_types(ReportSubmitted)
    assert in_time.days_late == 0


def test_a_report_in_time_that_is_returned_and_comes_again_stays_in_time() -> None:
    (event,) = (
        given(REPORT, *RETURNED)
        .when(submit(number="13/BC-UBND"), facts(today=date(2020, 4, 1)))
        .then_types(ReportSubmitted)
    )
    assert (event.is_first, event.days_late, event.submitted_on) == (False, 0, date(2020, 4, 1))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "mười hai"}, "report.number_malformed"),
        ({"reported_on": TODAY + timedelta(days=1)}, "report.date_out_of_range"),
        ({"reported_on": date(2019, 12, 14)}, "report.date_out_of_range"),
        ({"signer": Signer(name=" ", post="Chủ tịch")}, "report.signer_missing"),
        ({"signer": Signer(name="A", post="")}, "report.signer_missing"),
        ({"signer": Signer(name="x" * 301, post="y")}, "text.too_long"),
    ],
)
def test_a_submission_needs_number_date_and_signer(changes: dict[str, object], code: str) -> None:
    given(REPORT, *WRITTEN).when(submit(**changes), facts()).then_rejected(code)


def test_a_report_without_one_of_its_parts_is_not_submitted() -> None:
    given(REPORT, *OPENED).when(submit(), facts()).then_rejected("report.section_missing", section="leadership")


def test_sending_the_same_again_changes_nothing_and_another_paper_is_refused_until_it_is_returned() -> None:
    given(REPORT, *SUBMITTED).when(submit(), facts()).then_nothing()
    given(REPORT, *SUBMITTED).when(submit(number="99/BC-UBND"), facts()).then_rejected("report.wrong_state")


def test_nothing_is_written_into_a_report_that_lies_with_home_affairs_or_is_taken() -> None:
    for history in (SUBMITTED, ACCEPTED):
        changed = replace(SAVE, text=replace(TEXT, results="khác"))
        given(REPORT, *history).when(changed, facts()).then_rejected("report.wrong_state")
        given(REPORT, *history).when(REFRESH, facts()).then_rejected("report.wrong_state")
    for command in (SAVE, REFRESH, submit()):
        given(REPORT).when(command, facts()).then_rejected("report.not_opened")


def test_a_report_is_returned_with_reasons_and_once() -> None:
    (event,) = given(REPORT, *SUBMITTED).when(RETURN, facts(HOME_AFFAIRS)).then_types(ReportReturned)
    assert event.reasons == ("Thiếu số liệu",)
    given(REPORT, *SUBMITTED, event).when(RETURN, facts(HOME_AFFAIRS)).then_nothing()
    given(REPORT, *ACCEPTED).when(RETURN, facts(HOME_AFFAIRS)).then_rejected("report.wrong_state", state="accepted")


@pytest.mark.parametrize(
    ("reasons", "code"),
    [((" ",), "report.reason_missing"), (("x",) * 21, "report.too_many_reasons"), (("x" * 4001,), "text.too_long")],
)
def test_a_return_needs_reasons_that_can_be_read(reasons: tuple[str, ...], code: str) -> None:
    command = replace(RETURN, reasons=reasons)
    given(REPORT, *SUBMITTED).when(command, facts(HOME_AFFAIRS)).then_rejected(code)


def test_home_affairs_takes_reports_of_units_and_groups_and_the_city_that_of_the_district() -> None:
    (event,) = given(REPORT, *SUBMITTED).when(ACCEPT, facts(HOME_AFFAIRS)).then_types(ReportAccepted)
    assert event.counts == figures().counts
    given(REPORT, *SUBMITTED, event).when(ACCEPT, facts(HOME_AFFAIRS)).then_nothing()
    for who in (LE_BINH, CHAIR, CITY_BOARD, STRANGER):
        given(REPORT, *SUBMITTED).when(ACCEPT, facts(who)).then_rejected("actor.not_allowed")
    given(REPORT, *WRITTEN).when(ACCEPT, facts(HOME_AFFAIRS)).then_rejected("report.wrong_state")


def test_the_district_report_is_taken_by_the_city_or_the_head_district_and_never_at_home() -> None:
    head = actor(Role.HOME_AFFAIRS, district="ninh-kieu")

    def takes(who: object, head_district: str | None = "ninh-kieu") -> bool:
        return may_appraise(who, DISTRICT, head_district, on=TODAY, district="cai-rang")  # type: ignore[arg-type]

    assert takes(CITY_BOARD) and takes(head)
    assert not takes(HOME_AFFAIRS) and not takes(HOME_AFFAIRS, "cai-rang")
    assert not takes(head, None) and not takes(head, "o-mon") and not takes(LE_BINH)


# -- standing and figures ------------------------------------------------------------------------


def test_a_report_stands_by_its_first_submission_and_days_late_are_working_days() -> None:
    days = working_days([view(*OPENED_2020)])
    row = asked()
    assert standing(row, DUE) is ReportStanding.AWAITED and days_late(row, DUE, days) == 0
    assert standing(row, date(2020, 3, 23)) is ReportStanding.MISSING
    assert days_late(row, date(2020, 3, 23), days) == 5
    late = replace(row, first_submitted_on=date(2020, 3, 21), is_late=True)
    assert standing(late, date(2020, 4, 1)) is ReportStanding.LATE
    assert days_late(late, date(2020, 4, 1), days) == 4  # Saturday is none
    early = replace(row, first_submitted_on=date(2020, 3, 10))
    assert standing(early, date(2020, 4, 1)) is ReportStanding.ON_TIME and days_late(early, TODAY, days) == 0


def _task(number: int, quarter: int, done_on: date | None = None, year: int = 2020, **changes: object) -> TaskView:
    values: dict[str, object] = {
        "district": "cai-rang",
        "plan_id": str(year),
        "year": year,
        "number": number,
        "quarter": quarter,
        "content": f"Việc {number}",
        "due_on": date(year, 3 * quarter, 28),
        "due_rule": "quarter",
        "state": TaskState.COMPLETED if done_on else TaskState.ASSIGNED,
        "parts": (PartView(unit_id="phuong-le-binh", name="", role=UnitRole.LEAD, group_id=None, done_on=done_on),),
        "completed_on": done_on,
        "cancel_reason": None,
        "seq": 1,
    }
    return TaskView(**{**values, **changes})  # type: ignore[arg-type]


def test_a_report_tells_what_was_done_in_its_period_and_what_is_open_of_what_was_planned_by_then() -> None:
    tasks = [
        _task(1, 1, date(2020, 2, 1)),
        _task(2, 1, date(2020, 3, 20)),  # after the close: open in this report, done in the next
        _task(3, 1, due_on=date(2020, 2, 28)),
        _task(4, 2),  # planned later
        _task(5, 2, date(2020, 3, 1)),  # done before it was planned
        _task(6, 1, date(2019, 12, 20), year=2019),
        _task(7, 4, year=2019),  # the other year's own matter
        _task(8, 1, state=TaskState.CANCELLED),
    ]
    first = reported_tasks(
        tasks,
        year=2020,
        period=ReportPeriod.QUARTER_1,
        first_on=date(2019, 12, 15),
        until_on=date(2020, 3, 14),
        unit_id="phuong-le-binh",
    )
    done, open_, overdue = ReportedState.DONE, ReportedState.OPEN, ReportedState.OVERDUE
    assert [(one.number, one.state) for one in first] == [(6, done), (1, done), (2, open_), (3, overdue), (5, done)]
    assert counts_of(first).done == 3
    second = reported_tasks(
        tasks, year=2020, period=ReportPeriod.QUARTER_2, first_on=date(2020, 3, 15), until_on=date(2020, 6, 14)
    )
    assert [(one.number, one.state) for one in second] == [(2, done), (3, overdue), (4, open_)]


def test_a_report_tells_nothing_of_tasks_of_others() -> None:
    found = reported_tasks(
        [_task(1, 1)],
        year=2020,
        period=ReportPeriod.YEAR,
        first_on=date(2019, 12, 15),
        until_on=date(2020, 12, 14),
        unit_id="phuong-ba-lang",
    )
    assert found == []


def test_figures_are_outdated_by_what_happens_and_not_by_days_that_pass() -> None:
    then = figures(members=(member("a", days_late=1, state=ReportState.AWAITED),))
    tomorrow = replace(
        then,
        taken_at=then.taken_at + timedelta(days=1),
        until_on=then.until_on + timedelta(days=1),
        members=(member("a", days_late=2, state=ReportState.AWAITED),),
    )
    assert not is_outdated(then, tomorrow)
    assert is_outdated(then, replace(tomorrow, members=(member("a", days_late=1),)))
    assert is_outdated(then, figures(done=2))


# -- the policy ----------------------------------------------------------------------------------


def test_a_change_of_a_calendar_looks_at_every_period_of_its_year_and_at_the_year_before() -> None:
    (opened,) = OPENED_2020
    looked = [one for one in react(recorded(opened, 1)) if isinstance(one, RecomputeReportDues)]
    assert {one.district for one in looked} == set(DISTRICTS)
    assert {(one.year, one.period) for one in looked} == {
        *((2020, period) for period in ReportPeriod),
        (2019, ReportPeriod.YEAR),
    }
    assert [type(one) for one in react(replace(recorded(opened, 1), event=ANNOUNCED[0]))] == [RecomputeReportDues]  # type: ignore[arg-type]
