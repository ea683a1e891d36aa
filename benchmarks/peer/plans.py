"""The plans and their read model as the `eventsourcing` package would have them (release 9.5)."""

import threading
from collections.abc import Mapping
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection
from psycopg.sql import SQL, Identifier

from benchmarks.history import CLERK
from services.plans.commands import ReportTask
from services.plans.events import PlanEvent, TaskCompleted, TaskPartCompleted, TaskReported, TaskStarted


class Plan(Aggregate):
    """A plan, as far as the events of its tasks change it."""

    @staticmethod
    def create_id(district: str, plan_id: str) -> UUID:
        """Return the id of the plan."""
        return uuid5(NAMESPACE_URL, f"/{district}/{plan_id}")

    class Drafted(Aggregate.Created):
        """The plan exists."""

        district: str
        plan_id: str

    @event(Drafted)
    def __init__(self, district: str, plan_id: str) -> None:
        self.district = district
        self.plan_id = plan_id
        self.state: dict[str, str] = {}

    class Started(Aggregate.Event):
        """A unit began its part."""

        task_number: int
        unit_id: str
        by: str

    class Reported(Aggregate.Event):
        """A unit reported its progress."""

        task_number: int
        unit_id: str
        percent: int
        text: str
        by: str

    class PartCompleted(Aggregate.Event):
        """A unit's part is done."""

        task_number: int
        unit_id: str
        completed_on: str
        evidence: str
        by: str

    class Completed(Aggregate.Event):
        """Every lead unit is done."""

        task_number: int
        completed_on: str
        by: str

    @event(Started)
    def start(self, task_number: int, unit_id: str, by: str) -> None:
        """Begin a part."""
        self.state[f"{task_number} {unit_id}"] = "started"

    @event(Reported)
    def report(self, task_number: int, unit_id: str, percent: int, text: str, by: str) -> None:
        """Report on a part."""
        self.state[f"{task_number} {unit_id}"] = "reported"

    @event(PartCompleted)
    def complete_part(self, task_number: int, unit_id: str, completed_on: str, evidence: str, by: str) -> None:
        """Complete a part."""
        self.state[f"{task_number} {unit_id}"] = "completed"

    @event(Completed)
    def complete(self, task_number: int, completed_on: str, by: str) -> None:
        """Complete a task."""
        self.state[str(task_number)] = "completed"

    def follow(self, happened: PlanEvent) -> None:
        """Do what happened in our history."""
        match happened:
            case TaskStarted():
                self.start(happened.task_number, happened.unit_id, happened.by)
            case TaskReported():
                self.report(happened.task_number, happened.unit_id, happened.percent, happened.text, happened.by)
            case TaskPartCompleted():
                completed_on = happened.completed_on.isoformat()
                self.complete_part(happened.task_number, happened.unit_id, completed_on, happened.evidence, happened.by)
            case TaskCompleted():
                self.complete(happened.task_number, happened.completed_on.isoformat(), happened.by)
            case _:  # the draft, its submission and its issue
                self.start(0, "", CLERK.account_id)


class Plans(Application[UUID]):
    """The peer's application of plans."""

    def report(self, plan_id: UUID, command: ReportTask) -> None:
        """Load the plan, report on a task of it, and save."""
        plan: Plan = self.repository.get(plan_id)
        plan.report(command.task_number, command.unit_id, command.percent, command.text, CLERK.account_id)
        self.save(plan)

    def last_id(self) -> int:
        """Return the number of the last event."""
        last = self.recorder.max_notification_id()
        assert last is not None
        return last


class Tasks(PostgresTrackingRecorder):
    """The peer's read model: a row a part of a task, a row an entry of the history."""

    def __init__(self, datastore: PostgresDatastore, **options: str) -> None:
        """Name the tables and the statements."""
        super().__init__(datastore, **options)
        schema = Identifier(self.datastore.schema)
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {0}.part (plan_id uuid, task_number bigint, unit_id text, state text,"
                " percent bigint, text text, PRIMARY KEY (plan_id, task_number, unit_id))"
            ).format(schema)
        )
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {0}.history (plan_id uuid, task_number bigint, seq bigint, type text,"
                " unit_id text, text text, by_whom text, at timestamptz, PRIMARY KEY (plan_id, task_number, seq))"
            ).format(schema)
        )
        self._put_part = SQL(
            "INSERT INTO {0}.part VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (plan_id, task_number, unit_id)"
            " DO UPDATE SET state = excluded.state, percent = excluded.percent, text = excluded.text"
        ).format(schema)
        self._put_history = SQL("INSERT INTO {0}.history VALUES (%s, %s, %s, %s, %s, %s, %s, %s)").format(schema)
        self._moved = threading.Condition()
        self._reached = 0

    def note(self, happened: Aggregate.Event, tracking: Tracking, values: Mapping[str, object], state: str) -> None:
        """Write both rows and the tracking in one transaction, as the package's documentation does."""
        plan_id, number, unit = happened.originator_id, values["task_number"], values.get("unit_id", "")
        text = values.get("text", "")
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            part = (plan_id, number, unit, state, values.get("percent", 0), text)
            cursor.execute(self._put_part, part, prepare=True)
            entry = (plan_id, number, tracking.notification_id, state, unit, text, values["by"], happened.timestamp)
            cursor.execute(self._put_history, entry, prepare=True)
        self._move_to(tracking)

    def pass_over(self, tracking: Tracking) -> None:
        """Note an event that changes no row."""
        self.insert_tracking(tracking)
        self._move_to(tracking)

    def _move_to(self, tracking: Tracking) -> None:
        with self._moved:
            self._reached = tracking.notification_id
            self._moved.notify_all()

    def wait_until(self, notification_id: int, *, timeout_s: float) -> None:
        """Wait until the event is projected; the package's own way looks every 100 ms. Raises TimeoutError."""
        with self._moved:
            if not self._moved.wait_for(lambda: self._reached >= notification_id, timeout_s):
                raise TimeoutError


class TaskProjection(Projection[Tasks]):
    """The peer's projection."""

    name = "tasks"

    @singledispatchmethod
    def process_event(self, domain_event: Aggregate.Event, tracking: Tracking) -> None:
        """Pass over what is no task's."""
        self.view.pass_over(tracking)

    @process_event.register
    def _(self, domain_event: Plan.Started, tracking: Tracking) -> None:
        self.view.note(domain_event, tracking, vars(domain_event), "started")

    @process_event.register
    def _(self, domain_event: Plan.Reported, tracking: Tracking) -> None:
        self.view.note(domain_event, tracking, vars(domain_event), "reported")

    @process_event.register
    def _(self, domain_event: Plan.PartCompleted, tracking: Tracking) -> None:
        self.view.note(domain_event, tracking, vars(domain_event), "part completed")

    @process_event.register
    def _(self, domain_event: Plan.Completed, tracking: Tracking) -> None:
        self.view.note(domain_event, tracking, vars(domain_event), "completed")
