"""The rules of a score sheet: one aggregate a unit and year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.plans.events import Group, Unit, require_open
from services.scoring.commands import (
    AwardTaskPoint,
    LineScore,
    PostScore,
    RevokeTaskPoint,
    SheetCommand,
    SubmitSelfScore,
)
from services.scoring.events import (
    Criterion,
    Score,
    ScoreCorrected,
    ScoredLine,
    ScorePosted,
    SelfScoreSubmitted,
    SheetEvent,
    TaskPoint,
    TaskPointAwarded,
    TaskPointRevoked,
)
from services.scoring.rules import (
    BONUS_MAX,
    RIGHTS,
    TEXT_MAX,
    automatic_criterion,
    automatic_points,
    exact,
    lines_total,
    may_publish,
    may_self_score,
    section_totals,
    task_points,
)
from services.scoring.views import CriteriaView
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import Actor

TaskKey = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """The last event of the source that touched the task, and the point that stands, if any."""

    seq: int
    point: TaskPoint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the rules need to know of a sheet."""

    self_lines: tuple[ScoredLine, ...] | None = None
    score: Score | None = None
    tasks: Mapping[TaskKey, TaskRecord] = field(default_factory=dict)

    @property
    def task_points(self) -> tuple[TaskPoint, ...]:
        """Return the points that stand, in the order of plans and tasks."""
        return tuple(record.point for _, record in sorted(self.tasks.items()) if record.point is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFacts:
    """Who asks, the day, the unit with its group of the year, and the criteria for that group."""

    actor: Actor
    today: date
    unit: Unit | None = None
    group: Group | None = None
    criteria: CriteriaView | None = None


def decide(command: SheetCommand, sheet: Sheet, facts: SheetFacts) -> list[SheetEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    match command:
        case SubmitSelfScore():
            return _submit(command, sheet, facts)
        case PostScore():
            return _post(command, sheet, facts)
        case AwardTaskPoint():
            return _award(command, sheet, facts)
        case RevokeTaskPoint():
            return _revoke(command, sheet, facts)
        case _:
            assert_never(command)


def evolve(sheet: Sheet, event: SheetEvent) -> Sheet:
    """Return the sheet after the event. Never refuses: it has happened."""
    match event:
        case SelfScoreSubmitted():
            return replace(sheet, self_lines=event.lines)
        case TaskPointAwarded(point=point):
            record = TaskRecord(seq=point.source.seq, point=point)
            return replace(sheet, tasks={**sheet.tasks, (point.plan_id, point.task_number): record})
        case TaskPointRevoked():
            record = TaskRecord(seq=event.source.seq, point=None)
            return replace(sheet, tasks={**sheet.tasks, (event.plan_id, event.task_number): record})
        case ScorePosted() | ScoreCorrected():
            return replace(sheet, score=event.score)
        case _:
            assert_never(event)


def concerns(command: SheetCommand, event: SheetEvent) -> bool:
    """Return whether the event changed what the command's form showed: a self score has no automatic line."""
    return isinstance(command, PostScore) or not isinstance(event, TaskPointAwarded | TaskPointRevoked)


# --- scores ------------------------------------------------------------------------------------


def _submit(command: SubmitSelfScore, sheet: Sheet, facts: SheetFacts) -> list[SheetEvent]:
    if not may_self_score(facts.actor, command.district, command.unit_id, on=facts.today):
        raise Rejected("actor.not_allowed", action="SubmitSelfScore")
    unit, group, criteria = _scored(command, facts)
    lines = _lines(command.lines, criteria)
    bare = next((one for one in lines if one.points and not one.evidence), None)
    if bare is not None:
        raise Rejected("score.evidence_missing", criterion=bare.code)
    if lines == sheet.self_lines:
        return []
    if sheet.score is not None:
        raise Rejected("score.posted", unit_id=command.unit_id, year=command.year)
    return [
        SelfScoreSubmitted(
            district=command.district,
            unit_id=command.unit_id,
            unit_name=unit.name,
            year=command.year,
            group_id=group.group_id,
            group_name=group.name,
            group_kind=group.kind,
            criteria_id=criteria.criteria_id,
            criteria_version=criteria.version,
            lines=lines,
            total=lines_total(lines),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _post(command: PostScore, sheet: Sheet, facts: SheetFacts) -> list[SheetEvent]:
    if not may_publish(facts.actor, command.district, on=facts.today):
        raise Rejected("actor.not_allowed", action="PostScore")
    unit, group, criteria = _scored(command, facts)
    score = _score(command, criteria, sheet.task_points)
    by = facts.actor.account_id
    if sheet.score is None:
        return [
            ScorePosted(
                district=command.district,
                unit_id=command.unit_id,
                unit_name=unit.name,
                year=command.year,
                group_id=group.group_id,
                group_name=group.name,
                group_kind=group.kind,
                criteria_id=criteria.criteria_id,
                criteria_version=criteria.version,
                score=score,
                by=by,
                at=command.at,
            )
        ]
    if score == sheet.score:
        return []
    return [
        ScoreCorrected(
            district=command.district,
            unit_id=command.unit_id,
            unit_name=unit.name,
            year=command.year,
            group_id=group.group_id,
            group_name=group.name,
            group_kind=group.kind,
            criteria_id=criteria.criteria_id,
            criteria_version=criteria.version,
            score=score,
            total_before=sheet.score.total,
            reason=_text(command.reason, "score.correction_reason_missing"),
            by=by,
            at=command.at,
        )
    ]


def _scored(command: SubmitSelfScore | PostScore, facts: SheetFacts) -> tuple[Unit, Group, CriteriaView]:
    if facts.unit is None:
        raise Rejected("unit.not_found", unit_id=command.unit_id[:80])
    require_open(facts.unit, facts.today)
    if facts.group is None:
        raise Rejected("unit.without_group", unit_id=command.unit_id, year=command.year)
    if facts.criteria is None:
        raise Rejected("criteria.not_published", group_id=facts.group.group_id, year=command.year)
    return facts.unit, facts.group, facts.criteria


def _lines(scores: Sequence[LineScore], criteria: CriteriaView) -> tuple[ScoredLine, ...]:
    """Return the lines in the order of the sheet: each criterion once, but for the automatic one."""
    given: dict[str, LineScore] = {}
    known = {one.code: one for section in criteria.sections for one in section.criteria}
    for one in scores:
        if one.criterion not in known:
            raise Rejected("score.criterion_unknown", criterion=one.criterion[:80])
        if known[one.criterion].is_automatic:
            raise Rejected("score.criterion_automatic", criterion=one.criterion)
        if one.criterion in given:
            raise Rejected("score.criterion_twice", criterion=one.criterion)
        given[one.criterion] = one
    lines = []
    for section in criteria.sections:
        for criterion in section.criteria:
            if criterion.is_automatic:
                continue
            if criterion.code not in given:
                raise Rejected("score.criterion_missing", criterion=criterion.code)
            one = given[criterion.code]
            lines.append(
                ScoredLine(
                    section=section.code,
                    code=criterion.code,
                    name=criterion.name,
                    max_points=criterion.max_points,
                    points=_points(one.points, criterion),
                    evidence=_stripped(one.evidence),
                )
            )
    return tuple(lines)


def _score(command: PostScore, criteria: CriteriaView, points: tuple[TaskPoint, ...]) -> Score:
    knocked_out = (
        None
        if command.knocked_out_reason is None
        else _text(command.knocked_out_reason, "score.knock_out_reason_missing")
    )
    # A unit that never registered has nothing to be scored on; it still gets a sheet, with its reason.
    scored = _lines(command.lines, criteria) if command.lines or knocked_out is None else ()
    by_code = {one.code: one for one in (*scored, *_automatic(criteria, points))}
    lines = tuple(by_code[one.code] for section in criteria.sections for one in section.criteria if one.code in by_code)
    bonus = exact(command.bonus, maximum=BONUS_MAX)
    if bonus is None:
        raise Rejected("score.bonus_out_of_range", maximum=str(BONUS_MAX))
    penalty = exact(command.penalty, maximum=criteria.max_points)
    if penalty is None:
        raise Rejected("score.penalty_out_of_range", maximum=str(criteria.max_points))
    return Score(
        lines=lines,
        sections=section_totals(criteria.sections, lines),
        task_points=points,
        bonus=bonus,
        bonus_reason=_text(command.bonus_reason, "score.bonus_reason_missing") if bonus else "",
        penalty=penalty,
        penalty_reason=_text(command.penalty_reason, "score.penalty_reason_missing") if penalty else "",
        knocked_out_reason=knocked_out,
        total=lines_total(lines) + bonus - penalty,
    )


def _automatic(criteria: CriteriaView, points: tuple[TaskPoint, ...]) -> tuple[ScoredLine, ...]:
    criterion = automatic_criterion(criteria.sections)
    if criterion is None:
        return ()
    section = next(one.code for one in criteria.sections if criterion in one.criteria)
    return (
        ScoredLine(
            section=section,
            code=criterion.code,
            name=criterion.name,
            max_points=criterion.max_points,
            points=automatic_points(criterion, points),
            is_automatic=True,
        ),
    )


def _points(points: Decimal, criterion: Criterion) -> Decimal:
    written = exact(points, maximum=criterion.max_points)
    if written is None:
        raise Rejected("score.points_out_of_range", criterion=criterion.code, maximum=str(criterion.max_points))
    return written


def _text(text: str, code: str) -> str:
    stripped = _stripped(text)
    if not stripped:
        raise Rejected(code)
    return stripped


def _stripped(text: str) -> str:
    stripped = text.strip()
    if len(stripped) > TEXT_MAX:
        raise Rejected("text.too_long", limit=TEXT_MAX)
    return stripped


# --- points of tasks ---------------------------------------------------------------------------


def _award(command: AwardTaskPoint, sheet: Sheet, facts: SheetFacts) -> list[SheetEvent]:
    _only_the_policy(command, facts)
    if _is_past(command, sheet):
        return []
    criterion = automatic_criterion(facts.criteria.sections) if facts.criteria else None
    return [
        TaskPointAwarded(
            district=command.district,
            unit_id=command.unit_id,
            unit_name=facts.unit.name if facts.unit else command.unit_name,
            year=command.year,
            group_id=facts.group.group_id if facts.group else None,
            group_name=facts.group.name if facts.group else None,
            group_kind=facts.group.kind if facts.group else None,
            criterion=criterion.code if criterion else None,
            point=TaskPoint(
                plan_id=command.plan_id,
                task_number=command.task_number,
                content=command.content,
                due_on=command.due_on,
                completed_on=command.completed_on,
                is_on_time=command.completed_on <= command.due_on,
                points=task_points(command.due_on, command.completed_on),
                source=command.source,
            ),
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _revoke(command: RevokeTaskPoint, sheet: Sheet, facts: SheetFacts) -> list[SheetEvent]:
    _only_the_policy(command, facts)
    record = sheet.tasks.get((command.plan_id, command.task_number))
    if record is None or record.point is None or _is_past(command, sheet):
        return []
    return [
        TaskPointRevoked(
            district=command.district,
            unit_id=command.unit_id,
            year=command.year,
            plan_id=command.plan_id,
            task_number=command.task_number,
            content=record.point.content,
            points=record.point.points,
            reason=command.reason,
            source=command.source,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _is_past(command: AwardTaskPoint | RevokeTaskPoint, sheet: Sheet) -> bool:
    """Return whether the sheet already knows this event of the task, or a later one."""
    record = sheet.tasks.get((command.plan_id, command.task_number))
    return record is not None and command.source.seq <= record.seq


def _only_the_policy(command: SheetCommand, facts: SheetFacts) -> None:
    if not RIGHTS[type(command)].allows(facts.actor, on=facts.today, district=command.district):
        raise Rejected("actor.not_allowed", action=type(command).__name__)


SHEET: Decider[SheetCommand, Sheet, SheetEvent, SheetFacts] = Decider(
    kind="sheet",
    commands=(SubmitSelfScore, PostScore, AwardTaskPoint, RevokeTaskPoint),
    initial=Sheet(),
    decide=decide,
    evolve=evolve,
    address=lambda command: (command.district, f"{command.year}-{command.unit_id}"),
    concerns=concerns,
)
