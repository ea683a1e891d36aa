"""The rules of a notice, one a test."""

from dataclasses import replace
from datetime import date
from typing import Any

from services.notifications.commands import MarkNoticeRead, MarkNoticeUnread
from services.notifications.decider import NOTICE, NoticeFacts
from services.notifications.events import NoticeRead, NoticeUnread, Recipient
from services.notifications.rules import notice_id
from shared.types import CITY, Actor, Grant, Role
from tests.notifications.a_notice import (
    AT,
    AUDITOR,
    CITY_BOARD,
    HOME_AFFAIRS,
    OTHER_WARD,
    POLICY,
    SAME_UNIT_ELSEWHERE,
    SOURCE,
    TO_CITY_BOARD,
    TO_HOME_AFFAIRS,
    TO_WARD,
    TODAY,
    WARD,
    actor,
    facts,
    post,
    posted,
)
from tests.support.deciding import given

READ = MarkNoticeRead(district="cai-rang", notice_id="n1", at=AT)
UNREAD = MarkNoticeUnread(district="cai-rang", notice_id="n1", at=AT)
WAS_READ = NoticeRead(district="cai-rang", notice_id="n1", by=WARD.account_id, at=AT)
WAS_UNREAD = NoticeUnread(district="cai-rang", notice_id="n1", by=WARD.account_id, at=AT)


def test_a_policy_posts_a_notice() -> None:
    given(NOTICE).when(post(), facts(POLICY)).then(posted())


def test_nobody_but_a_policy_posts_a_notice() -> None:
    for who in (WARD, HOME_AFFAIRS, CITY_BOARD, actor(Role.ADMIN, district=CITY), actor(Role.POLICY)):
        given(NOTICE).when(post(), facts(who)).then_rejected("actor.not_allowed", action="PostNotice")


def test_posting_a_notice_twice_changes_nothing() -> None:
    given(NOTICE, posted()).when(post(), facts(POLICY)).then_nothing()
    given(NOTICE, posted(), WAS_READ).when(post(), facts(POLICY)).then_nothing()


def test_a_notice_goes_to_a_unit_or_to_a_role_that_is_told_in_the_district() -> None:
    badly = (
        Recipient(district="cai-rang"),
        Recipient(district="cai-rang", unit_id="phuong-le-binh", role=Role.HOME_AFFAIRS),
        Recipient(district="cai-rang", role=Role.CITY_BOARD),
        Recipient(district=CITY, role=Role.HOME_AFFAIRS),
        Recipient(district="ha-noi", unit_id="phuong-le-binh"),
    )
    for recipient in badly:
        given(NOTICE).when(post(recipient), facts(POLICY)).then_rejected("notice.badly_addressed")


def test_a_link_leads_to_a_page_of_the_portal() -> None:
    for link in ("", "nhiem-vu", "//evil.example", "/\\evil.example", "https://evil.example", "/" + "x" * 300):
        given(NOTICE).when(post(link=link), facts(POLICY)).then_rejected("notice.link_malformed")


def test_a_notice_has_a_title_and_an_end() -> None:
    broken: tuple[dict[str, Any], ...] = ({"title": ""}, {"title": "x" * 201}, {"text": "x" * 2001})
    for changes in broken:
        given(NOTICE).when(post(**changes), facts(POLICY)).then_rejected("notice.text_malformed")


def test_a_recipient_marks_a_notice_as_read_and_as_unread() -> None:
    given(NOTICE, posted()).when(READ, facts(WARD)).then(WAS_READ)
    given(NOTICE, posted(), WAS_READ).when(UNREAD, facts(WARD)).then(WAS_UNREAD)
    given(NOTICE, posted(), WAS_READ, WAS_UNREAD).when(READ, facts(WARD)).then(WAS_READ)


def test_reading_twice_changes_nothing_whoever_of_the_unit_does() -> None:
    head = actor(Role.UNIT_HEAD, "phuong-le-binh")
    given(NOTICE, posted(), WAS_READ).when(READ, facts(head)).then_nothing()
    given(NOTICE, posted()).when(UNREAD, facts(head)).then_nothing()


def test_whoever_is_not_told_learns_not_even_that_there_is_a_notice() -> None:
    for who in (OTHER_WARD, SAME_UNIT_ELSEWHERE, HOME_AFFAIRS, AUDITOR, POLICY, Actor(account_id="x")):
        for command in (READ, UNREAD):
            given(NOTICE, posted()).when(command, facts(who)).then_rejected("notice.not_found", notice_id="n1")
    given(NOTICE).when(READ, facts(WARD)).then_rejected("notice.not_found", notice_id="n1")


def test_a_role_is_told_where_it_was_granted() -> None:
    given(NOTICE, posted(TO_HOME_AFFAIRS)).when(READ, facts(HOME_AFFAIRS)).then_types(NoticeRead)
    for who in (actor(Role.HOME_AFFAIRS, district="o-mon"), actor(Role.HOME_AFFAIRS, district=CITY), WARD):
        given(NOTICE, posted(TO_HOME_AFFAIRS)).when(READ, facts(who)).then_rejected("notice.not_found")
    read = replace(READ, district=CITY)
    given(NOTICE, posted(TO_CITY_BOARD)).when(read, facts(CITY_BOARD)).then_types(NoticeRead)
    given(NOTICE, posted(TO_CITY_BOARD)).when(read, facts(HOME_AFFAIRS)).then_rejected("notice.not_found")


def test_a_grant_that_has_ended_reads_nothing() -> None:
    ended = Actor(
        account_id="was",
        grants=(Grant(role=Role.UNIT_CLERK, district="cai-rang", unit="phuong-le-binh", valid_to=date(2020, 2, 5)),),
    )
    given(NOTICE, posted()).when(READ, NoticeFacts(actor=ended, today=TODAY)).then_rejected("notice.not_found")


def test_the_same_event_policy_and_recipient_give_the_same_notice() -> None:
    assert notice_id(SOURCE, "plans", TO_WARD) == notice_id(SOURCE, "plans", replace(TO_WARD, group_id=None))
    others = {
        notice_id(SOURCE, "plans", TO_WARD),
        notice_id(SOURCE, "scoring", TO_WARD),
        notice_id(SOURCE, "plans", TO_HOME_AFFAIRS),
        notice_id(SOURCE, "plans", replace(TO_WARD, district="o-mon")),
        notice_id(replace(SOURCE, seq=8), "plans", TO_WARD),
        notice_id(replace(SOURCE, stream="SCORING"), "plans", TO_WARD),
    }
    assert len(others) == 6
