"""The reads of notices, each within the asker's scope: its own units and roles, and all for the auditor."""

from collections.abc import Iterable
from typing import assert_never

import sqlalchemy as sa

from services.notifications.rules import TOTALS_ROLES, recipients_of
from services.notifications.views import (
    CityNotices,
    CityTotals,
    CountInbox,
    DistrictTotals,
    GroupTotals,
    InboxCount,
    ListNotices,
    MyInbox,
    NoticeAnswer,
    NoticeDetail,
    NoticeList,
    NoticeQuestion,
    NoticeTotals,
    NoticeView,
    RecipientTotals,
    ShowCityNotices,
    ShowNotice,
    ShowNoticeTotals,
)
from shared.errors import Rejected
from shared.process import Edge
from shared.types import Actor, Role

_PAGE_MAX = 200
_Recipients = Iterable[tuple[str, str, str]]


async def answer(question: NoticeQuestion, actor: Actor, edge: Edge) -> NoticeAnswer:
    """Return the answer within the actor's scope. Raises Rejected `actor.not_allowed`, `notice.not_found`."""
    today = edge.clock.today()
    match question:
        case MyInbox():
            return await _page(question, edge, recipients=recipients_of(actor, today))
        case ListNotices():
            if not actor.has(Role.AUDITOR, on=today, district=question.district):
                raise Rejected("actor.not_allowed", action="ListNotices")
            return await _page(question, edge, district=question.district)
        case CountInbox():
            rows = await _totals_of(edge, recipients_of(actor, today))
            return InboxCount(
                posted=sum(row.posted for row in rows), unread=sum(row.unread for row in rows), recipients=tuple(rows)
            )
        case ShowNotice():
            return await _notice(question, actor, edge)
        case ShowNoticeTotals():
            return await _district(question, actor, edge)
        case ShowCityNotices():
            if not actor.reads_city(on=today):
                raise Rejected("actor.not_allowed", action="ShowCityNotices")
            return CityNotices(
                districts=tuple(await edge.rows.select(DistrictTotals, "district_totals")),
                city=tuple(await edge.rows.select(CityTotals, "city_totals")),
            )
        case _:
            assert_never(question)


async def _page(
    question: MyInbox | ListNotices, edge: Edge, *, recipients: _Recipients | None = None, district: str = ""
) -> NoticeList:
    limit = max(1, min(question.limit, _PAGE_MAX))

    def where(notice: sa.sql.base.ReadOnlyColumnCollection[str, sa.Column[object]]) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if recipients is None:
            conditions.append(notice.district == district)
        else:
            conditions.append(sa.tuple_(notice.district, notice.unit_id, notice.role).in_(sorted(recipients)))
        if isinstance(question, MyInbox) and question.kinds:
            conditions.append(notice.kind.in_(question.kinds))
        if question.unread_only:
            conditions.append(notice.read_at.is_(None))
        if question.before_seq is not None:
            conditions.append(notice.posted_seq < question.before_seq)
        return conditions

    rows = await edge.rows.select(
        NoticeView, "notice", where=where, order=("posted_seq",), descending=True, limit=limit + 1
    )
    page = rows[:limit]
    return NoticeList(notices=tuple(page), next_before_seq=page[-1].posted_seq if len(rows) > limit else None)


async def _totals_of(edge: Edge, recipients: _Recipients) -> list[RecipientTotals]:
    return await edge.rows.select(
        RecipientTotals,
        "recipient_totals",
        where=lambda row: [sa.tuple_(row.district, row.unit_id, row.role).in_(sorted(recipients))],
    )


async def _notice(question: ShowNotice, actor: Actor, edge: Edge) -> NoticeDetail:
    today = edge.clock.today()
    notice = await edge.rows.get(NoticeView, "notice", question.district, question.notice_id)
    is_mine = notice is not None and (notice.district, notice.unit_id, notice.role) in recipients_of(actor, today)
    if notice is None or not (is_mine or actor.has(Role.AUDITOR, on=today, district=notice.district)):
        raise Rejected("notice.not_found", notice_id=question.notice_id[:80])
    return NoticeDetail(notice=notice, is_mine=is_mine)


async def _district(question: ShowNoticeTotals, actor: Actor, edge: Edge) -> NoticeTotals:
    today, district = edge.clock.today(), question.district
    if not actor.reads(district, on=today):
        raise Rejected("actor.not_allowed", action="ShowNoticeTotals")
    if actor.has(*TOTALS_ROLES, on=today, district=district):
        recipients = await edge.rows.select(
            RecipientTotals, "recipient_totals", where=lambda row: [row.district == district]
        )
    else:
        own = [one for one in recipients_of(actor, today) if one[0] == district]
        recipients = await _totals_of(edge, own)
    return NoticeTotals(
        recipients=tuple(recipients),
        groups=tuple(await edge.rows.select(GroupTotals, "group_totals", where=lambda row: [row.district == district])),
        kinds=tuple(
            await edge.rows.select(DistrictTotals, "district_totals", where=lambda row: [row.district == district])
        ),
    )
