"""The reads of notices, each within the asker's scope: its own units and roles, and all for the auditor."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias, assert_never

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
_Recipients: TypeAlias = Sequence[tuple[str, str, str]]
_Columns: TypeAlias = sa.sql.base.ReadOnlyColumnCollection[str, Any]


async def answer(question: NoticeQuestion, actor: Actor, edge: Edge) -> NoticeAnswer:
    """Return the answer within the actor's scope. Raises Rejected `actor.not_allowed`, `notice.not_found`."""
    today = edge.clock.today()
    match question:
        case MyInbox():
            return await _page(question, edge, recipients=_recipients(actor, today))
        case ListNotices():
            if not actor.has(Role.AUDITOR, on=today, district=question.district):
                raise Rejected("actor.not_allowed", action="ListNotices")
            return await _page(question, edge, district=question.district)
        case CountInbox():
            return await _count(edge, _recipients(actor, today))
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


def _recipients(actor: Actor, today: date) -> _Recipients:
    """Return whom the actor answers for, roles before units."""
    return sorted(recipients_of(actor, today), key=lambda one: (one[1], one[2], one[0]))


def _is_to(notice: _Columns, recipients: _Recipients) -> sa.ColumnElement[bool]:
    return sa.tuple_(notice.district, notice.unit_id, notice.role).in_(recipients)


def _is_repeated(notice: _Columns, recipients: _Recipients) -> sa.ColumnElement[bool]:
    """Return whether an earlier one of the recipients is told of the same fact in the same words, leading to one page.

    Whoever acts for several units, or for an office that is a unit as well, reads it once.
    """
    twin = notice.source.table.alias("twin")
    first, second = (sa.tuple_(one.unit_id, one.role, one.district) for one in (twin.c, notice))
    is_told_before = sa.exists().where(
        twin.c.source == notice.source,
        *(twin.c[name] == notice[name] for name in ("kind", "title", "text", "link")),
        first < second,
        _is_to(twin.c, recipients),
    )
    # What the first of them is told repeats nothing: all of an office's notices are not compared for it.
    return sa.and_(_is_to(notice, recipients[1:]), is_told_before)


async def _page(
    question: MyInbox | ListNotices, edge: Edge, *, recipients: _Recipients | None = None, district: str = ""
) -> NoticeList:
    limit = max(1, min(question.limit, _PAGE_MAX))

    def where(notice: _Columns) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if recipients is None:
            conditions.append(notice.district == district)
        else:
            conditions += [_is_to(notice, recipients), ~_is_repeated(notice, recipients)]
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


async def _count(edge: Edge, recipients: _Recipients) -> InboxCount:
    """Return the counts of the recipients, and together of what MyInbox lists: a fact told twice counts once."""
    rows = await _totals_of(edge, recipients)
    repeated = repeated_unread = 0
    if len(rows) > 1:
        repeated = await edge.rows.count("notice", where=lambda one: [_is_repeated(one, recipients)])
        repeated_unread = await edge.rows.count(
            "notice", where=lambda one: [_is_repeated(one, recipients), one.read_at.is_(None)]
        )
    return InboxCount(
        # Never below nothing: between the readings more may have been told.
        posted=max(sum(row.posted for row in rows) - repeated, 0),
        unread=max(sum(row.unread for row in rows) - repeated_unread, 0),
        recipients=tuple(rows),
    )


async def _totals_of(edge: Edge, recipients: _Recipients) -> list[RecipientTotals]:
    return await edge.rows.select(RecipientTotals, "recipient_totals", where=lambda row: [_is_to(row, recipients)])


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
        own = [one for one in _recipients(actor, today) if one[0] == district]
        recipients = await _totals_of(edge, own)
    return NoticeTotals(
        recipients=tuple(recipients),
        groups=tuple(await edge.rows.select(GroupTotals, "group_totals", where=lambda row: [row.district == district])),
        kinds=tuple(
            await edge.rows.select(DistrictTotals, "district_totals", where=lambda row: [row.district == district])
        ),
    )
