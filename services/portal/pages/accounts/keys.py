"""Khoá dịch vụ: what other systems sign in with; the token is shown once, only what may read is given."""

from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.labels import label
from services.portal.pages.accounts.naming import Admin, accounts_of
from services.portal.pages.accounts.people import names_of
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.reach import districts_of
from services.portal.session import portal
from services.portal.shell import page
from shared.accounts import KEY_ROLES, ServiceKey
from shared.errors import Rejected
from shared.types import CITY, DISTRICTS, Grant, Role

router = APIRouter(include_in_schema=False)
PATH = "/tich-hop/khoa"


@router.get(PATH)
async def show_keys(request: Request, account: Admin) -> Response:
    """Show the keys: what each may read, until when, and when it was last used."""
    today = portal(request).clock.today()
    return await page(
        request,
        "accounts/keys.html",
        keys=await accounts_of(request).keys.ls(),
        state_of=lambda one: key_state(one, today),
        who=await names_of(request),
    )


def key_state(one: ServiceKey, today: date) -> str:
    """Return the key of the service key's state on the business day, as labels.toml has it."""
    if one.revoked_at is not None:
        return "key_revoked"
    if one.valid_to is not None and one.valid_to < today:
        return "key_expired"
    return "key_valid" if one.valid_from is None or one.valid_from <= today else "key_to_come"


@router.api_route(f"{PATH}/moi", methods=["GET", "POST"])
async def issue_key(request: Request, account: Admin) -> Response:
    """Issue a key and show its token, this once."""

    async def carry_out(request: Request, values: Values) -> Response:
        grants = [Grant(role=Role(values["role"]), district=one) for one in values["districts"]]
        issued = await accounts_of(request).keys.issue(
            values["name"],
            grants,
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
            by=account.account_id,
            reason=values["reason"],
        )
        return await page(request, "accounts/key_issued.html", name=values["name"], token=issued.token)

    roles = sorted(KEY_ROLES, key=list(Role).index)
    action = Action(
        title="Cấp khoá dịch vụ",
        state_line="Cho một hệ thống khác đọc dữ liệu qua API; khoá không sửa được gì",
        submit="Cấp khoá",
        path=f"{PATH}/moi",
        back_href=PATH,
        carry_out=carry_out,
        done="",
        inputs=(
            Input(name="name", label="Tên hệ thống dùng khoá", hint="Ví dụ: Cổng thông tin điện tử thành phố"),
            Input(
                name="role",
                label="Được đọc như",
                kind="radios",
                options=[(role.value, label("roles", role)) for role in roles],
                value=Role.READER.value,
            ),
            Input(name="districts", label="Phạm vi", kind="checks", options=districts_of((*DISTRICTS, CITY)), value=[]),
            Input(name="valid_from", label="Từ ngày", kind="date", is_required=False),
            Input(
                name="valid_to", label="Đến hết ngày", kind="date", is_required=False, hint="Để trống: đến khi thu hồi."
            ),
            Input(name="reason", label="Lý do", hint="Ghi vào nhật ký tài khoản."),
        ),
        fields={
            "key.bad_name": "name",
            "key.bad_role": "role",
            "grant.bad_scope": "districts",
            "grant.bad_dates": "valid_to",
        },
    )
    return await run_action(request, action)


@router.api_route(f"{PATH}/{{key_id}}/thu-hoi", methods=["GET", "POST"])
async def revoke_key(request: Request, account: Admin, key_id: str) -> Response:
    """Revoke a key: the system that uses it is refused from then on."""
    accounts = accounts_of(request)
    found = {one.key_id: one for one in await accounts.keys.ls()}
    if key_id not in found:
        raise Rejected("key.not_found")
    one = found[key_id]

    async def carry_out(_: Request, values: Values) -> None:
        await accounts.keys.revoke(key_id, by=account.account_id, reason=values["reason"])

    action = Action(
        title="Thu hồi khoá dịch vụ",
        submit="Thu hồi khoá",
        path=f"{PATH}/{key_id}/thu-hoi",
        back_href=PATH,
        carry_out=carry_out,
        done="Đã thu hồi khoá.",
        confirm="Hệ thống đang dùng khoá này bị từ chối ngay. Khoá đã thu hồi không dùng lại được.",
        facts=(("Khoá", f"{one.name} ({one.prefix}…)"),),
        inputs=(Input(name="reason", label="Lý do", hint="Ghi vào nhật ký tài khoản."),),
    )
    return await run_action(request, action)
