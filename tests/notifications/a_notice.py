"""Notices and source events of Cái Răng for tests."""

from datetime import UTC, date, datetime
from typing import Any

from services.notifications.commands import PostNotice
from services.notifications.decider import NoticeFacts
from services.notifications.events import NoticeKind, NoticePosted, NoticeSource, Recipient
from services.plans.events import DueRule, IssuedTask, Participant, PlanIssued, UnitRole
from shared.codec import EventCodec
from shared.types import CITY, Actor, Grant, Recorded, Role

AT = datetime(2020, 2, 6, 1, 0, tzinfo=UTC)
TODAY = date(2020, 2, 6)


def actor(role: Role, unit: str | None = None, district: str = "cai-rang") -> Actor:
    """Return someone with one role."""
    return Actor(account_id=f"{role}.{unit or district}", grants=(Grant(role=role, district=district, unit=unit),))


POLICY = actor(Role.POLICY, district=CITY)
WARD = actor(Role.UNIT_CLERK, "phuong-le-binh")
OTHER_WARD = actor(Role.UNIT_HEAD, "phuong-ba-lang")
SAME_UNIT_ELSEWHERE = actor(Role.UNIT_CLERK, "phuong-le-binh", "ninh-kieu")
HOME_AFFAIRS = actor(Role.HOME_AFFAIRS)
AUDITOR = actor(Role.AUDITOR, district=CITY)
CITY_BOARD = actor(Role.CITY_BOARD, district=CITY)

TO_WARD = Recipient(district="cai-rang", unit_id="phuong-le-binh", group_id="cum-phuong")
TO_HOME_AFFAIRS = Recipient(district="cai-rang", role=Role.HOME_AFFAIRS)
TO_CITY_BOARD = Recipient(district=CITY, role=Role.CITY_BOARD)
SOURCE = NoticeSource(stream="PLANS", seq=7, event_id="e7", type="plans.TaskAssigned.v1", district="cai-rang")


def facts(who: Actor) -> NoticeFacts:
    """Return the facts of a decision of this actor."""
    return NoticeFacts(actor=who, today=TODAY)


def post(recipient: Recipient = TO_WARD, notice_id: str = "n1", **changes: Any) -> PostNotice:
    """Return a command to post a notice."""
    fields: dict[str, Any] = {
        "kind": NoticeKind.TASK_ASSIGNED,
        "title": "Được giao nhiệm vụ 7",
        "text": "Tổng kết phong trào. Đơn vị chủ trì; hạn hoàn thành 31/03/2020.",
        "link": "/nhiem-vu/cai-rang/2020/7",
        "source": SOURCE,
        "at": AT,
    }
    return PostNotice(notice_id=notice_id, recipient=recipient, **(fields | changes))


def posted(recipient: Recipient = TO_WARD, notice_id: str = "n1") -> NoticePosted:
    """Return the event that `post` leads to."""
    command = post(recipient, notice_id)
    return NoticePosted(
        district=recipient.district,
        notice_id=notice_id,
        recipient=recipient,
        kind=command.kind,
        title=command.title,
        text=command.text,
        link=command.link,
        source=command.source,
        by=POLICY.account_id,
        at=AT,
    )


def recorded(codec: EventCodec[Any], event: Any, *, seq: int = 7, stream: str = "PLANS") -> Recorded[Any]:
    """Return the event as the log would hold it."""
    district = getattr(event, "district", "cai-rang")
    return Recorded(
        event=event,
        type=codec.wire_name(type(event)),
        event_id=f"e{seq}",
        stream=stream,
        seq=seq,
        subject=f"{codec.service}.evt.{district}.thing.1",
        occurred_at=AT,
        recorded_at=AT,
        actor="somebody",
        command_id=f"c{seq}",
        correlation_id="",
        headers={},
    )


def task(number: int, leads: tuple[str, ...], coordinators: tuple[str, ...] = ()) -> IssuedTask:
    """Return an issued task."""
    parts = [(unit, UnitRole.LEAD) for unit in leads] + [(unit, UnitRole.COORDINATING) for unit in coordinators]
    return IssuedTask(
        number=number,
        quarter=1,
        content=f"Nhiệm vụ {number}",
        due_on=date(2020, 3, 31),
        due_rule=DueRule.QUARTER,
        participants=tuple(
            Participant(unit_id=unit, name=unit, role=role, group_id="cum-phuong" if "phuong" in unit else None)
            for unit, role in parts
        ),
    )


PLAN_ISSUED = PlanIssued(
    district="cai-rang",
    plan_id="2020",
    year=2020,
    number="30/KH-UBND",
    title="Triển khai công tác thi đua, khen thưởng năm 2020",
    issued_on=TODAY,
    tasks=(
        task(1, ("phong-noi-vu",)),
        task(2, ("phong-noi-vu", "phuong-le-binh")),
        task(3, ("phong-noi-vu",), ("phuong-le-binh",)),
    ),
    by="chair",
    at=AT,
)
