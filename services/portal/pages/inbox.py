"""Hộp thư: the notices of the person's units and roles."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.notifications.commands import MarkNoticeRead, MarkNoticeUnread
from services.notifications.events import NoticeKind
from services.notifications.views import CountInbox, InboxCount, MyInbox, NoticeDetail, NoticeList, ShowNotice
from services.portal.backend import ask, do, freshness, now
from services.portal.numbers import whole
from services.portal.pages.reach import Signed, check_district, place, with_query
from services.portal.session import notify
from services.portal.shell import page
from services.portal.sign_in import local_path

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 50
MARKED_AT_ONCE_MAX = 50

# What notices are about: a word of the address, the words on the page, and how the kinds of the area begin.
AREAS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ke-hoach": ("Kế hoạch, nhiệm vụ", ("plan_", "task_", "due_dates_", "extension_", "unit_plan_")),
    "dang-ky": ("Đăng ký, giao ước", ("registration_", "pledge_")),
    "bao-cao": ("Báo cáo định kỳ", ("report_",)),
    "hoat-dong": (
        "Đợt thi đua, kiểm tra, tập huấn",
        ("campaign_", "inspection_", "recommendation_", "response_", "training_"),
    ),
    "cum-khoi": ("Cụm, khối", ("review_", "group_")),
    "khen-thuong": ("Hồ sơ khen thưởng", ("nomination_",)),
    "cham-diem": ("Chấm điểm", ("self_score_", "score_")),
}


def kinds_of(area: str) -> tuple[NoticeKind, ...]:
    """Return the kinds of the area; none of an area that is unknown."""
    _, beginnings = AREAS.get(area, ("", ()))
    return tuple(kind for kind in NoticeKind if kind.startswith(beginnings))


@router.get("/hop-thu")
async def show_inbox(
    request: Request, account: Signed, chua_doc: str = "", truoc: str = "", viec: str = ""
) -> Response:
    """Show the notices, newest first; `viec` is the area they are about."""
    before = whole(truoc)
    area = viec if viec in AREAS else ""
    is_unread_only = chua_doc == "1"
    question = MyInbox(unread_only=is_unread_only, limit=PAGE_ROWS, before_seq=before, kinds=kinds_of(area))
    answer = await ask(request, question, NoticeList)
    count = await ask(request, CountInbox(), InboxCount)
    return await page(
        request,
        "inbox.html",
        fresh=freshness((answer, count)),
        notice_rows=answer.view.notices,
        older_href=with_query(
            "/hop-thu", truoc=answer.view.next_before_seq, chua_doc="1" if is_unread_only else "", viec=area
        )
        if answer.view.next_before_seq
        else "",
        unread=count.view.unread,
        posted=count.view.posted,
        is_unread_only=is_unread_only,
        all_href=with_query("/hop-thu", viec=area),
        unread_href=with_query("/hop-thu", chua_doc="1", viec=area),
        area=area,
        areas=[(slug, words) for slug, (words, _) in AREAS.items()],
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
