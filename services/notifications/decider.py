"""The rules of a notice: one aggregate a notice."""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.notifications.commands import MarkNoticeRead, MarkNoticeUnread, NoticeCommand, PostNotice
from services.notifications.events import NoticeEvent, NoticePosted, NoticeRead, NoticeUnread, Recipient
from services.notifications.rules import RIGHTS, TEXT_MAX, TITLE_MAX, is_path, is_well_addressed, recipients_of
from shared.decider import Decider
from shared.errors import Rejected
from shared.types import CITY, Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the rules need to know of a notice; no recipient: it was not posted."""

    recipient: Recipient | None = None
    is_read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """Who asks, and the day in Vietnam."""

    actor: Actor
    today: date


def decide(command: NoticeCommand, notice: Notice, facts: NoticeFacts) -> list[NoticeEvent]:
    """Return what happens; [] where it has happened already. Raises Rejected."""
    match command:
        case PostNotice():
            return _post(command, notice, facts)
        case MarkNoticeRead():
            _require_recipient(command, notice, facts)
            if notice.is_read:
                return []
            return [
                NoticeRead(
                    district=command.district,
                    notice_id=command.notice_id,
                    by=facts.actor.account_id,
                    at=command.at,
                )
            ]
        case MarkNoticeUnread():
            _require_recipient(command, notice, facts)
            if not notice.is_read:
                return []
            return [
                NoticeUnread(
                    district=command.district,
                    notice_id=command.notice_id,
                    by=facts.actor.account_id,
                    at=command.at,
                )
            ]
        case _:
            assert_never(command)


def evolve(notice: Notice, event: NoticeEvent) -> Notice:
    """Return the notice after the event. Never refuses: it has happened."""
    match event:
        case NoticePosted():
            return Notice(recipient=event.recipient)
        case NoticeRead():
            return replace(notice, is_read=True)
        case NoticeUnread():
            return replace(notice, is_read=False)
        case _:
            assert_never(event)


def _post(command: PostNotice, notice: Notice, facts: NoticeFacts) -> list[NoticeEvent]:
    if not RIGHTS[PostNotice].allows(facts.actor, on=facts.today, district=CITY):
        raise Rejected("actor.not_allowed", action="PostNotice")
    if not is_well_addressed(command.recipient):
        raise Rejected("notice.badly_addressed", district=command.recipient.district[:40])
    if not is_path(command.link):
        raise Rejected("notice.link_malformed", link=command.link[:80])
    if not command.title or len(command.title) > TITLE_MAX or len(command.text) > TEXT_MAX:
        raise Rejected("notice.text_malformed", title_limit=TITLE_MAX, text_limit=TEXT_MAX)
    if notice.recipient is not None:
        return []
    return [
        NoticePosted(
            district=command.recipient.district,
            notice_id=command.notice_id,
            recipient=command.recipient,
            kind=command.kind.value,
            title=command.title,
            text=command.text,
            link=command.link,
            source=command.source,
            by=facts.actor.account_id,
            at=command.at,
        )
    ]


def _require_recipient(command: MarkNoticeRead | MarkNoticeUnread, notice: Notice, facts: NoticeFacts) -> None:
    # Whoever is not told of it learns nothing of it, not even that it exists.
    if notice.recipient is None:
        raise Rejected("notice.not_found", notice_id=command.notice_id)
    recipient = (notice.recipient.district, notice.recipient.unit_id or "", notice.recipient.role or "")
    if recipient not in recipients_of(facts.actor, facts.today):
        raise Rejected("notice.not_found", notice_id=command.notice_id)


def _address(command: NoticeCommand) -> tuple[str, str]:
    if isinstance(command, PostNotice):
        return command.recipient.district, command.notice_id
    return command.district, command.notice_id


NOTICE: Decider[NoticeCommand, Notice, NoticeEvent, NoticeFacts] = Decider(
    kind="notice",
    commands=(PostNotice, MarkNoticeRead, MarkNoticeUnread),
    initial=Notice(),
    decide=decide,
    evolve=evolve,
    address=_address,
)
