"""What an administrator does to accounts: create, rename, roles, disable, reset links, sessions, second steps.

Each is a form with a reason, which stands in the audit trail beside who did it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.labels import label
from services.portal.pages.accounts.delegations import ending
from services.portal.pages.accounts.naming import Admin, accounts_of, grant_words, unit_names, unit_options
from services.portal.pages.accounts.people import PATH, href_of
from services.portal.pages.forms import Action, Input, Values, run_action
from services.portal.pages.reach import districts_of
from services.portal.session import portal
from services.portal.shell import page
from shared.accounts import RESET_PATH, Account
from shared.errors import Rejected
from shared.types import CITY, DISTRICTS, UNIT_ROLES, Grant, Role

router = APIRouter(include_in_schema=False)
_FORM = ["GET", "POST"]
_REASON = Input(name="reason", label="Lý do", hint="Ghi vào nhật ký tài khoản.")
_GRANTED = tuple(role for role in Role if role not in (Role.POLICY, Role.READER))


@router.api_route(f"{PATH}/moi", methods=_FORM)
async def add_account(request: Request, account: Admin) -> Response:
    """Create an account without a password, and show the link by which its person sets one."""

    async def carry_out(request: Request, values: Values) -> Response:
        accounts = accounts_of(request)
        account_id = await accounts.add(
            values["login"], values["full_name"], by=account.account_id, reason=values["reason"]
        )
        token = await accounts.links.issue_reset(account_id, by=account.account_id, reason=values["reason"])
        return await _link_page(request, await accounts.account(account_id), token, is_new=True)

    action = Action(
        title="Tạo tài khoản",
        state_line="Người dùng tự đặt mật khẩu bằng liên kết một lần; vai trò được gán sau khi tạo",
        submit="Tạo tài khoản",
        path=f"{PATH}/moi",
        back_href=PATH,
        carry_out=carry_out,
        done="",
        inputs=(
            Input(
                name="full_name", label="Họ tên hoặc chức danh", hint="Ví dụ: Trần Văn Bé, Phòng Nội vụ quận Cái Răng"
            ),
            Input(
                name="login", label="Tên đăng nhập", hint="Chữ thường không dấu, chữ số và . _ - @, tối đa 80 ký tự."
            ),
            _REASON,
        ),
        fields={"account.bad_login": "login", "account.login_taken": "login", "account.name_missing": "full_name"},
    )
    return await run_action(request, action)


@router.api_route(f"{PATH}/{{account_id}}/doi-ten", methods=_FORM)
async def rename(request: Request, account: Admin, account_id: str) -> Response:
    """Give the account another name; the login stays."""
    person = await accounts_of(request).account(account_id)

    async def carry_out(request: Request, values: Values) -> None:
        await accounts_of(request).rename(
            person.account_id, values["full_name"], by=account.account_id, reason=values["reason"]
        )

    return await _run(
        request,
        person,
        "doi-ten",
        title="Đổi họ tên",
        submit="Đổi họ tên",
        done="Đã đổi họ tên.",
        carry_out=carry_out,
        inputs=(Input(name="full_name", label="Họ tên hoặc chức danh", value=person.full_name), _REASON),
        fields={"account.name_missing": "full_name"},
    )


@router.api_route(f"{PATH}/{{account_id}}/gan-vai-tro", methods=_FORM)
async def give_role(request: Request, account: Admin, account_id: str) -> Response:
    """Give the account a role within a scope and, where wanted, for dates."""
    person = await accounts_of(request).account(account_id)
    names = await unit_names(request)

    async def carry_out(request: Request, values: Values) -> None:
        district, _, unit = (values["unit"] or "").partition("/")
        if unit and district != values["district"]:
            raise Rejected("grant.unit_elsewhere", field="unit")
        grant = Grant(
            role=Role(values["role"]),
            district=values["district"],
            unit=unit or None,
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
        )
        await accounts_of(request).grants.give(person.account_id, grant, by=account.account_id, reason=values["reason"])

    roles = [(role.value, label("roles", role)) for role in _GRANTED]
    return await _run(
        request,
        person,
        "gan-vai-tro",
        title="Gán vai trò",
        submit="Gán vai trò",
        done="Đã gán vai trò.",
        carry_out=carry_out,
        inputs=(
            Input(name="role", label="Vai trò", kind="select", options=roles),
            Input(name="district", label="Phạm vi", kind="select", options=districts_of((*DISTRICTS, CITY))),
            Input(
                name="unit",
                label="Đơn vị",
                kind="select",
                options=unit_options(names),
                is_required=False,
                hint="Bắt buộc với vai trò của đơn vị: "
                + ", ".join(label("roles", role) for role in sorted(UNIT_ROLES, key=list(Role).index))
                + ".",
            ),
            Input(name="valid_from", label="Từ ngày", kind="date", is_required=False),
            Input(
                name="valid_to", label="Đến hết ngày", kind="date", is_required=False, hint="Để trống: không thời hạn."
            ),
            _REASON,
        ),
        fields={
            "grant.bad_scope": "unit",
            "grant.bad_dates": "valid_to",
            "grant.own": "role",
            "grant.separation": "role",
            "grant.exists": "role",
            "grant.policy": "role",
        },
    )


@router.api_route(f"{PATH}/{{account_id}}/vai-tro/{{grant_id}}/thu-hoi", methods=_FORM)
async def withdraw_role(request: Request, account: Admin, account_id: str, grant_id: str) -> Response:
    """Take a role away; delegations of it end with it."""
    person = await accounts_of(request).account(account_id)
    held = {one.grant_id: one for one in await accounts_of(request).grants.of(person.account_id)}
    if grant_id not in held:
        raise Rejected("grant.not_found")
    words = grant_words(held[grant_id].grant, await unit_names(request))

    async def carry_out(request: Request, values: Values) -> None:
        await accounts_of(request).grants.withdraw(grant_id, by=account.account_id, reason=values["reason"])

    return await _run(
        request,
        person,
        f"vai-tro/{grant_id}/thu-hoi",
        title="Thu hồi vai trò",
        submit="Thu hồi vai trò",
        done="Đã thu hồi vai trò.",
        carry_out=carry_out,
        more_facts=(("Vai trò", words),),
        confirm="Người này mất quyền ngay, cả trong phiên đang mở; các ủy quyền từ vai trò này cũng hết hiệu lực.",
    )


@router.api_route(f"{PATH}/{{account_id}}/lien-ket", methods=_FORM)
async def issue_link(request: Request, account: Admin, account_id: str) -> Response:
    """Issue a one-time link for a new password; it is shown this once."""
    person = await accounts_of(request).account(account_id)

    async def carry_out(request: Request, values: Values) -> Response:
        token = await accounts_of(request).links.issue_reset(
            person.account_id, by=account.account_id, reason=values["reason"]
        )
        return await _link_page(request, person, token)

    return await _run(
        request,
        person,
        "lien-ket",
        title="Cấp liên kết đặt lại mật khẩu",
        submit="Cấp liên kết",
        done="",
        carry_out=carry_out,
    )


@router.api_route(f"{PATH}/{{account_id}}/dinh-danh", methods=_FORM)
async def bind_identity(request: Request, account: Admin, account_id: str) -> Response:
    """Bind the account to a subject of the provider of identities."""
    if portal(request).provider is None:
        raise Rejected("page.not_found")
    person = await accounts_of(request).account(account_id)
    issuer = portal(request).settings.oidc_issuer

    async def carry_out(request: Request, values: Values) -> None:
        await accounts_of(request).identities.bind(
            person.account_id, issuer, values["subject"], by=account.account_id, reason=values["reason"]
        )

    return await _run(
        request,
        person,
        "dinh-danh",
        title="Gắn với đăng nhập một lần",
        submit="Gắn",
        done="Đã gắn với đăng nhập một lần.",
        carry_out=carry_out,
        more_facts=(("Nơi cấp định danh", issuer),),
        inputs=(
            Input(
                name="subject",
                label="Mã người dùng ở nơi cấp (sub)",
                hint="Đúng như nơi cấp định danh ghi, kể cả chữ hoa.",
            ),
            _REASON,
        ),
        fields={"identity.taken": "subject", "identity.bad": "subject"},
    )


@router.api_route(f"{PATH}/{{account_id}}/dinh-danh/go", methods=_FORM)
async def unbind_identity(request: Request, account: Admin, account_id: str, sub: str = "") -> Response:
    """Undo the binding to a subject of the provider."""
    accounts = accounts_of(request)
    person = await accounts.account(account_id)
    found = [one for one in await accounts.identities.ls(person.account_id) if one.subject == sub]
    if not found:
        raise Rejected("identity.not_found")
    bound = found[0]

    async def carry_out(_: Request, values: Values) -> None:
        await accounts.identities.unbind(bound.issuer, bound.subject, by=account.account_id, reason=values["reason"])

    return await _run(
        request,
        person,
        f"dinh-danh/go?{urlencode({'sub': sub})}",
        title="Gỡ đăng nhập một lần",
        submit="Gỡ",
        done="Đã gỡ đăng nhập một lần.",
        carry_out=carry_out,
        more_facts=(("Mã người dùng ở nơi cấp", bound.subject), ("Nơi cấp định danh", bound.issuer)),
    )


@router.api_route(f"{PATH}/{{account_id}}/uy-quyen/{{delegation_id}}/ket-thuc", methods=_FORM)
async def end_delegation_of(request: Request, account: Admin, account_id: str, delegation_id: str) -> Response:
    """End somebody's delegation."""
    accounts = accounts_of(request)
    found = {one.delegation_id: one for one in await accounts.delegations.ls(account_id)}
    if delegation_id not in found:
        raise Rejected("delegation.not_found")
    path = f"{href_of(account_id)}/uy-quyen/{delegation_id}/ket-thuc"
    names = await unit_names(request)
    action = ending(found[delegation_id], accounts, by=account.account_id, names=names, path=path)
    return await run_action(request, replace(action, back_href=href_of(account_id)))


@router.api_route(f"{PATH}/{{account_id}}/{{verb}}", methods=_FORM)
async def change_account(request: Request, account: Admin, account_id: str, verb: str) -> Response:
    """Do what needs nothing but a reason: disable, enable, unlock, end sessions, remove the second step."""
    accounts = accounts_of(request)
    verbs: dict[str, tuple[str, str, str, Callable[..., Awaitable[Any]]]] = {
        "ngung": (
            "Ngừng tài khoản",
            "Đã ngừng tài khoản.",
            "Mọi phiên đăng nhập của người này kết thúc ngay và không ai đăng nhập được bằng tài khoản này nữa, "
            "cho đến khi được mở lại.",
            accounts.disable,
        ),
        "mo-lai": ("Mở lại tài khoản", "Đã mở lại tài khoản.", "", accounts.enable),
        "mo-khoa": ("Mở khoá đăng nhập", "Đã mở khoá đăng nhập.", "", accounts.unlock),
        "ket-thuc-phien": ("Kết thúc mọi phiên", "Đã kết thúc mọi phiên đăng nhập.", "", accounts.end_sessions),
        "go-xac-thuc": (
            "Gỡ xác thực hai bước",
            "Đã gỡ xác thực hai bước.",
            "Thiết bị và mã dự phòng của người này không còn dùng được. "
            "Chỉ gỡ khi đã chắc chắn đúng người đang yêu cầu.",
            accounts.totp.remove,
        ),
    }
    if verb not in verbs:
        raise Rejected("page.not_found")
    title, done, confirm, act = verbs[verb]
    person = await accounts.account(account_id)

    async def carry_out(_: Request, values: Values) -> None:
        await act(person.account_id, by=account.account_id, reason=values["reason"])

    return await _run(request, person, verb, title=title, submit=title, done=done, carry_out=carry_out, confirm=confirm)


async def _run(
    request: Request,
    person: Account,
    verb: str,
    *,
    title: str,
    submit: str,
    done: str,
    carry_out: Callable[[Request, Values], Awaitable[Response | None]],
    inputs: tuple[Input, ...] = (_REASON,),
    more_facts: tuple[tuple[str, object], ...] = (),
    **rest: Any,
) -> Response:
    """Run a form about the account."""
    action = Action(
        title=title,
        submit=submit,
        done=done,
        path=f"{href_of(person.account_id)}/{verb}",
        back_href=href_of(person.account_id),
        carry_out=carry_out,
        facts=(("Tài khoản", f"{person.full_name} ({person.login})"), *more_facts),
        inputs=inputs,
        **rest,
    )
    return await run_action(request, action)


async def _link_page(request: Request, person: Account, token: str, *, is_new: bool = False) -> Response:
    base = (portal(request).settings.base_url or str(request.base_url)).rstrip("/")
    return await page(
        request,
        "accounts/link.html",
        person=person,
        link=f"{base}{RESET_PATH}/{token}",
        back_href=href_of(person.account_id),
        is_new=is_new,
    )
