"""What is done with a group: charter, reviews, election, leaders, each as a form."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from fastapi import Request
from starlette.responses import Response

from services.plans.commands import (
    AdoptCharter,
    AppointGroupLeaders,
    ElectLeaders,
    HoldReview,
    PlanReview,
    WithdrawReview,
)
from services.plans.events import NamedUnit, ReviewKind
from services.plans.rules import review_window
from services.plans.views import (
    ProposedLeaders,
)
from services.portal.backend import now
from services.portal.format import day as day_text
from services.portal.labels import word
from services.portal.numbers import Year
from services.portal.pages.forms import Action, Input, Values, files_input, run_action
from services.portal.pages.groups.showing import GroupPage, page_of, router
from services.portal.pages.reach import Signed, with_query
from shared.errors import Rejected


@router.api_route("/cum-khoi/{district}/{year}/{group_id}/{verb}", methods=["GET", "POST"])
async def act_on_group(
    request: Request, account: Signed, district: str, year: Year, group_id: str, verb: str, ky: str = ""
) -> Response:
    """Do one thing with the group; `ky` names the review where one is meant."""
    if verb not in _ACTIONS or (ky and ky not in set(ReviewKind)):
        raise Rejected("page.not_found")
    shown = await page_of(request, account, district, year, group_id)
    return await run_action(request, await _ACTIONS[verb](shown, ReviewKind(ky) if ky else ReviewKind.MID_YEAR))


def _facts(shown: GroupPage) -> list[tuple[str, object]]:
    group = shown.detail.group
    return [(word("group_kind", group.kind), f"{group.name}, năm {group.year}")]


async def _charter(shown: GroupPage, _: ReviewKind) -> Action:
    district, group_id, year = shown.key
    return Action(
        title="Ghi nhận quy chế hoạt động",
        submit="Ghi nhận quy chế",
        path=f"{shown.path}/quy-che",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            Input(name="number", label="Số, ký hiệu", hint="Ví dụ: 01/QC-CTĐ"),
            Input(name="adopted_on", label="Ngày thông qua", kind="date"),
            Input(
                name="articles",
                label="Nội dung quy chế",
                kind="textarea",
                rows=10,
                hint="Mỗi dòng một điều.",
                value="\n".join(shown.detail.charter.articles) if shown.detail.charter else "",
            ),
            Input(name="votes_for", label="Số phiếu đồng ý", kind="number"),
            Input(
                name="votes_total",
                label="Tổng số phiếu",
                kind="number",
                hint=f"Cụm, khối có {len(shown.detail.members)} thành viên.",
            ),
            files_input(shown.request),
        ),
        build=lambda values: AdoptCharter(
            district=district,
            group_id=group_id,
            year=year,
            number=values["number"],
            adopted_on=values["adopted_on"],
            articles=_lines(values["articles"]),
            votes_for=values["votes_for"],
            votes_total=values["votes_total"],
            attachments=values["attachments"],
            at=now(shown.request),
        ),
        done="Đã ghi nhận quy chế hoạt động.",
        expected_seq=shown.detail.seq,
        files_to="plans",
        fields={
            "charter.number_malformed": "number",
            "charter.date_out_of_range": "adopted_on",
            "charter.articles_missing": "articles",
            "charter.too_many_articles": "articles",
            "text.too_long": "articles",
            "charter.votes_out_of_range": "votes_total",
            "charter.not_carried": "votes_for",
            "attachment.not_uploaded": "attachments",
        },
    )


async def _plan(shown: GroupPage, kind: ReviewKind) -> Action:
    district, group_id, year = shown.key
    review = shown.review(kind)
    view = review.view
    return Action(
        title=f"Lên lịch {word('review_kind', kind).lower()}",
        submit="Lên lịch",
        path=with_query(f"{shown.path}/len-lich", ky=kind),
        back_href=shown.path,
        facts=[*_facts(shown), ("Hạn", day_text(review.due_on), review.source)],
        inputs=(
            Input(name="planned_on", label="Ngày họp", kind="date", value=view.planned_on if view else ""),
            Input(name="place", label="Địa điểm", is_required=False, value=view.place if view else ""),
        ),
        build=lambda values: PlanReview(
            district=district,
            group_id=group_id,
            year=year,
            kind=kind,
            planned_on=values["planned_on"],
            place=values["place"],
            at=now(shown.request),
        ),
        done="Đã lên lịch họp.",
        expected_seq=shown.detail.seq,
        fields={"review.date_out_of_range": "planned_on", "text.too_long": "place"},
    )


async def _hold(shown: GroupPage, kind: ReviewKind) -> Action:
    district, group_id, year = shown.key
    review = shown.review(kind)
    first, _ = review_window(kind, year)
    elects = kind is ReviewKind.ANNUAL

    def build(values: Values) -> HoldReview:
        return HoldReview(
            district=district,
            group_id=group_id,
            year=year,
            kind=kind,
            held_on=values["held_on"],
            place=values["place"],
            attending=values["attending"],
            results=values["results"],
            strengths=values["strengths"],
            limits=values["limits"],
            directions=values["directions"],
            conclusions=values["conclusions"],
            next_head_id=values.get("head_id"),
            next_deputy_id=values.get("deputy_id"),
            attachments=values["attachments"],
            at=now(shown.request),
        )

    planned = review.view.planned_on if review.view else None
    return Action(
        title=f"Ghi nhận họp {word('review_kind', kind).lower()}",
        submit="Ghi nhận",
        path=with_query(f"{shown.path}/hop", ky=kind),
        back_href=shown.path,
        facts=[*_facts(shown), ("Hạn", day_text(review.due_on), review.source)],
        inputs=(
            Input(
                name="held_on",
                label="Ngày họp",
                kind="date",
                value=planned or "",
                hint=f"Từ ngày {day_text(first)}. Ví dụ: 25/06/{year}",
            ),
            Input(name="place", label="Địa điểm", value=review.view.place if review.view else ""),
            Input(
                name="attending",
                label="Đơn vị dự họp",
                kind="checks",
                options=_options(shown.detail.members),
                value=[one.unit_id for one in shown.detail.members],
                hint="Bỏ chọn đơn vị vắng mặt.",
            ),
            Input(name="results", label="Kết quả đạt được", kind="textarea", rows=6),
            Input(name="strengths", label="Ưu điểm", kind="textarea", is_required=False),
            Input(name="limits", label="Hạn chế, nguyên nhân", kind="textarea", is_required=False),
            Input(name="directions", label="Phương hướng", kind="textarea", is_required=False),
            Input(name="conclusions", label="Kết luận", kind="textarea"),
            *(_leader_inputs(shown.detail.next_members, shown.detail.rotation, is_required=False) if elects else ()),
            files_input(shown.request),
        ),
        build=build,
        done="Đã ghi nhận cuộc họp.",
        expected_seq=shown.detail.seq,
        files_to="plans",
        fields={
            "review.date_out_of_range": "held_on",
            "review.held_in_future": "held_on",
            "review.place_missing": "place",
            "review.attendees_missing": "attending",
            "review.attendee_not_member": "attending",
            "review.results_missing": "results",
            "review.conclusions_missing": "conclusions",
            "text.too_long": "results",
            "group.leader_elsewhere": "head_id",
            "group.leader_not_member": "head_id",
            "group.one_leader_twice": "deputy_id",
            "group.head_missing": "head_id",
            "attachment.not_uploaded": "attachments",
        },
    )


async def _withdraw(shown: GroupPage, kind: ReviewKind) -> Action:
    district, group_id, year = shown.key
    view = shown.review(kind).view
    if view is None or view.minutes is None:
        raise Rejected("review.not_held", kind=kind)
    return Action(
        title=f"Huỷ ghi nhận {word('review_kind', kind).lower()}",
        submit="Huỷ ghi nhận",
        path=with_query(f"{shown.path}/huy-hop", ky=kind),
        back_href=shown.path,
        facts=[*_facts(shown), ("Đã họp", day_text(view.minutes.held_on), view.minutes.place)],
        inputs=(Input(name="reason", label="Lý do huỷ", kind="textarea", rows=3),),
        confirm="Biên bản đã ghi chỉ còn trong diễn biến; cuộc họp được ghi nhận lại từ đầu.",
        build=lambda values: WithdrawReview(
            district=district, group_id=group_id, year=year, kind=kind, reason=values["reason"], at=now(shown.request)
        ),
        done="Đã huỷ ghi nhận cuộc họp.",
        expected_seq=shown.detail.seq,
        fields={"review.reason_missing": "reason", "text.too_long": "reason"},
    )


async def _elect(shown: GroupPage, _: ReviewKind) -> Action:
    district, group_id, year = shown.key
    return Action(
        title=f"Ghi nhận bầu trưởng, phó năm {year + 1}",
        submit="Ghi nhận kết quả bầu",
        path=f"{shown.path}/bau",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=(
            Input(name="elected_on", label="Ngày bầu", kind="date"),
            *_leader_inputs(shown.detail.next_members, shown.detail.rotation, is_required=True),
        ),
        build=lambda values: ElectLeaders(
            district=district,
            group_id=group_id,
            year=year,
            elected_on=values["elected_on"],
            head_id=values["head_id"],
            deputy_id=values["deputy_id"],
            at=now(shown.request),
        ),
        done=f"Đã ghi nhận trưởng, phó năm {year + 1}.",
        expected_seq=shown.detail.seq,
        fields={
            "group.election_out_of_range": "elected_on",
            "group.leader_elsewhere": "head_id",
            "group.leader_not_member": "head_id",
            "group.one_leader_twice": "deputy_id",
        },
    )


async def _appoint(shown: GroupPage, _: ReviewKind) -> Action:
    group, vacancy = shown.detail.group, shown.detail.vacancy
    proposed = shown.detail.appointable
    if group.head_id:
        names = {one.unit_id: one for one in shown.detail.members}
        proposed = ProposedLeaders(
            for_year=group.year, head=names.get(group.head_id), deputy=names.get(group.deputy_id or "")
        )
    inputs = _leader_inputs(shown.detail.members, proposed, is_required=True)
    if vacancy is not None and vacancy.heir is not None:
        head, deputy = inputs
        hint = f"Được bầu: {vacancy.heir.name}. {head.hint}"
        # Whose turn it would be as deputy may be the one that now leads: people choose that one.
        inputs = replace(head, value=vacancy.heir.unit_id, hint=hint), replace(deputy, value="")
    return Action(
        title=f"Cử trưởng, phó năm {group.year}",
        submit="Cử trưởng, phó",
        path=f"{shown.path}/cu-truong",
        back_href=shown.path,
        facts=_facts(shown),
        inputs=inputs,
        build=lambda values: AppointGroupLeaders(
            district=group.district,
            group_id=group.group_id,
            year=group.year,
            head_id=values["head_id"],
            deputy_id=values["deputy_id"],
            at=now(shown.request),
        ),
        done="Đã cử trưởng, phó.",
        fields={"group.leader_not_member": "head_id", "group.one_leader_twice": "deputy_id"},
    )


def _leader_inputs(
    members: Sequence[NamedUnit], proposed: ProposedLeaders, *, is_required: bool
) -> tuple[Input, Input]:
    """Return the choice of head and deputy, filled with those whose turn it is."""
    options = _options(members)
    hint = f"Theo luân phiên: {proposed.head.name if proposed.head else 'chưa rõ'}."
    deputy_hint = f"Theo luân phiên: {proposed.deputy.name if proposed.deputy else 'chưa rõ'}."
    return (
        Input(
            name="head_id",
            label=f"Đơn vị trưởng năm {proposed.for_year}",
            kind="select",
            options=options,
            value=proposed.head.unit_id if proposed.head else "",
            hint=hint,
            is_required=is_required,
        ),
        Input(
            name="deputy_id",
            label=f"Đơn vị phó năm {proposed.for_year}",
            kind="select",
            options=options,
            value=proposed.deputy.unit_id if proposed.deputy else "",
            hint=deputy_hint,
            is_required=False,
        ),
    )


def _options(members: Sequence[NamedUnit]) -> list[tuple[str, str]]:
    return [(one.unit_id, one.name) for one in members]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.splitlines() if one.strip())


_ACTIONS: dict[str, Callable[[GroupPage, ReviewKind], Awaitable[Action]]] = {
    "quy-che": _charter,
    "len-lich": _plan,
    "hop": _hold,
    "huy-hop": _withdraw,
    "bau": _elect,
    "cu-truong": _appoint,
}
