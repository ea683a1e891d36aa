"""Hộp thư: the notices of the person's units and roles."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.notifications.commands import MarkNoticeRead, MarkNoticeUnread
from services.notifications.views import CountInbox, InboxCount, MyInbox, NoticeDetail, NoticeList, ShowNotice
from services.portal.backend import ask, do, freshness, now
from services.portal.numbers import whole
from services.portal.pages.reach import Signed, check_district, place
from services.portal.session import notify
from services.portal.shell import page
from services.portal.sign_in import local_path

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 50
MARKED_AT_ONCE_MAX = 50


@router.get("/hop-thu")
async def show_inbox(request: Request, account: Signed, chua_doc: str = "", truoc: str = "") -> Response:
    """Show the notices, newest first."""
    before = whole(truoc)
    answer = await ask(request, MyInbox(unread_only=chua_doc == "1", limit=PAGE_ROWS, before_seq=before), NoticeList)
    count = await ask(request, CountInbox(), InboxCount)
    return await page(
        request,
        "inbox.html",
        fresh=freshness((answer, count)),
        notice_rows=answer.view.notices,
        next_before=answer.view.next_before_seq,
        is_older=before is not None,
        unread=count.view.unread,
        posted=count.view.posted,
        is_unread_only=chua_doc == "1",
    )


@router.post("/hop-thu/doc-het")
async def read_all(request: Request, account: Signed) -> Response:
    """Mark the newest unread notices as read."""
    answer = await ask(request, MyInbox(unread_only=True, limit=MARKED_AT_ONCE_MAX), NoticeList)
    response = RedirectResponse("/hop-thu", status_code=303)
    for one in answer.view.notices:
        await do(request, response, MarkNoticeRead(district=one.district, notice_id=one.notice_id, at=now(request)))
    notify(request, response, f"Đã đánh dấu {len(answer.view.notices)} thông báo là đã đọc.")
    return response


@router.get("/hop-thu/{district}/{notice_id}")
async def show_notice(request: Request, account: Signed, district: str, notice_id: str) -> Response:
    """Show one notice."""
    check_district(district)
    answer = await ask(request, ShowNotice(district=district, notice_id=notice_id), NoticeDetail)
    one = answer.view.notice
    return await page(
        request,
        "notice_page.html",
        fresh=answer.fresh,
        one=one,
        is_mine=answer.view.is_mine,
        place=place(one.source.district),
        onward=local_path(one.link),
    )


@router.post("/hop-thu/{district}/{notice_id}/{mark}")
async def mark_notice(request: Request, account: Signed, district: str, notice_id: str, mark: str) -> Response:
    """Mark one notice; `mo` also goes to what it tells of."""
    check_district(district)
    answer = await ask(request, ShowNotice(district=district, notice_id=notice_id), NoticeDetail)
    onward = local_path(answer.view.notice.link) if mark == "mo" else "/hop-thu"
    response = RedirectResponse(onward, status_code=303)
    if answer.view.is_mine:
        if mark == "chua-doc":
            command: MarkNoticeRead | MarkNoticeUnread = MarkNoticeUnread(
                district=district, notice_id=notice_id, at=now(request)
            )
        else:
            command = MarkNoticeRead(district=district, notice_id=notice_id, at=now(request))
        await do(request, response, command)
    return response
