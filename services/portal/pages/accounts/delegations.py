"""Ủy quyền: who is away lets a colleague act with some of the own roles, for dates; it ends by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.format import day
from services.portal.pages.accounts.naming import accounts_of, grant_words, person_key, unit_names
from services.portal.pages.forms import Action, Input, Values, day_text, run_action
from services.portal.pages.reach import Signed
from services.portal.session import portal
from services.portal.shell import page
from shared.accounts import Accounts, Delegation
from shared.errors import Rejected

router = APIRouter(include_in_schema=False)
PATH = "/tai-khoan/uy-quyen"
_FIELDS = {
    "delegation.nothing": "grants",
    "delegation.not_held": "grants",
    "delegation.personal": "grants",
    "delegation.exists": "grants",
    "delegation.to_oneself": "to",
    "grant.separation": "to",
    "account.disabled": "to",
    "account.not_found": "to",
    "delegation.bad_dates": "valid_to",
    "delegation.beyond_grant": "valid_to",
    "delegation.too_long": "valid_to",
    "delegation.in_past": "valid_to",
}


@router.get(PATH)
async def show_delegations(request: Request, account: Signed) -> Response:
    """Show what one has delegated, and what others have delegated to one."""
    found = await accounts_of(request).delegations.ls(account.account_id)
    names = await unit_names(request, {one.grant.district for one in found})
    today = portal(request).clock.today()
    return await page(
        request,
        "accounts/delegations.html",
        given=[one for one in found if one.from_account == account.account_id],
        received=[one for one in found if one.to_account == account.account_id],
        state_of=lambda one: delegation_state(one, in_force=one.is_in_force(today), is_past=one.valid_to < today),
        names=names,
        may_delegate=bool(await accounts_of(request).delegations.delegable(account.account_id)),
    )


def delegation_state(one: Delegation, *, in_force: bool, is_past: bool) -> str:
    """Return the key of the delegation's state, as labels.toml has it."""
    if one.ended_at is not None or one.is_withdrawn:
        return "delegation_ended"
    if in_force:
        return "delegation_in_force"
    if one.is_holder_disabled and not is_past:
        return "delegation_suspended"
    return "delegation_over" if is_past else "delegation_to_come"


@router.api_route(f"{PATH}/moi", methods=["GET", "POST"])
async def delegate(request: Request, account: Signed) -> Response:
    """Delegate some of the own roles to a colleague for the days of an absence."""
    accounts, today = accounts_of(request), portal(request).clock.today()
    held = await accounts.delegations.delegable(account.account_id)
    if not held:
        raise Rejected("delegation.not_held")
    names = await unit_names(request, {one.grant.district for one in held})
    colleagues = await accounts.colleagues(account.account_id)

    async def carry_out(request: Request, values: Values) -> None:
        await accounts.delegations.begin(
            account.account_id,
            values["grants"],
            values["to"],
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
            by=account.account_id,
            reason=values["reason"],
        )

    options: Sequence[tuple[str, str]] = [(one.grant_id, grant_words(one.grant, names)) for one in held]
    action = Action(
        title="Ủy quyền khi vắng",
        state_line="Người nhận làm thay trong những ngày này; hệ thống ghi rõ ai làm, thay mặt ai",
        submit="Ủy quyền",
        path=f"{PATH}/moi",
        back_href=PATH,
        carry_out=carry_out,
        done="Đã ủy quyền.",
        confirm="Trong thời gian ủy quyền, người nhận làm được mọi việc của các vai trò dưới đây. "
        "Bạn có thể kết thúc ủy quyền bất cứ lúc nào.",
        inputs=(
            Input(
                name="grants",
                label="Vai trò ủy quyền",
                kind="checks",
                options=options,
                value=[options[0][0]] if len(options) == 1 else [],
                hint="Phiếu bầu, việc thanh tra và quản trị là của riêng từng người, không ủy quyền được.",
            ),
            Input(
                name="to",
                label="Người nhận ủy quyền",
                kind="select",
                options=[
                    (one.account_id, f"{one.full_name} ({one.login})")
                    for one in sorted(colleagues, key=lambda one: person_key(one.full_name))
                ],
            ),
            Input(name="valid_from", label="Từ ngày", kind="date", value=day_text(today)),
            Input(name="valid_to", label="Đến hết ngày", kind="date", hint="Ví dụ: 25/06/2020. Dài nhất 92 ngày."),
            Input(name="reason", label="Lý do", hint="Ví dụ: Nghỉ phép, đi công tác."),
        ),
        fields=_FIELDS,
    )
    return await run_action(request, action)


@router.api_route(f"{PATH}/{{delegation_id}}/ket-thuc", methods=["GET", "POST"])
async def end_delegation(request: Request, account: Signed, delegation_id: str) -> Response:
    """End a delegation of one's own."""
    accounts = accounts_of(request)
    found = {one.delegation_id: one for one in await accounts.delegations.ls(account.account_id)}
    one = found.get(delegation_id)
    if one is None or one.from_account != account.account_id:
        raise Rejected("delegation.not_found")
    names = await unit_names(request, {one.grant.district})

    action = ending(one, accounts, by=account.account_id, names=names, path=f"{PATH}/{delegation_id}/ket-thuc")
    return await run_action(request, replace(action, back_href=PATH))


def ending(one: Delegation, accounts: Accounts, *, by: str, names: Mapping[str, str], path: str) -> Action:
    """Return the form that ends a delegation at once."""

    async def carry_out(_: Request, values: Values) -> None:
        await accounts.delegations.end(one.delegation_id, by=by, reason=values["reason"])

    return Action(
        title="Kết thúc ủy quyền",
        submit="Kết thúc ủy quyền",
        path=path,
        back_href="",
        carry_out=carry_out,
        done="Đã kết thúc ủy quyền.",
        facts=(
            ("Người ủy quyền", one.from_name),
            ("Người nhận", one.to_name),
            ("Vai trò", grant_words(one.grant, names, with_dates=False)),
            ("Thời gian", f"{day(one.valid_from)} đến {day(one.valid_to)}"),
        ),
        inputs=(Input(name="reason", label="Lý do", is_required=False),),
    )
