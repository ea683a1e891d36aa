"""Người dùng: who has an account, with which roles, signed in where, and what was changed by whom."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.labels import label, word
from services.portal.numbers import whole
from services.portal.pages.accounts.delegations import delegation_state
from services.portal.pages.accounts.naming import Admin, accounts_of, unit_names
from services.portal.pages.reach import districts_of, with_query
from services.portal.session import portal
from services.portal.shell import page
from shared.accounts import Account
from shared.text import nfc
from shared.types import CITY, DISTRICTS, Role

router = APIRouter(include_in_schema=False)
PATH = "/to-chuc/nguoi-dung"
TRAIL_PATH = "/to-chuc/nhat-ky"
PAGE_ROWS = 50
TRAIL_ROWS = 20
QUERY_MAX = 100


@router.get(PATH)
async def show_people(
    request: Request,
    account: Admin,
    q: str = "",
    vai_tro: str = "",
    quan: str = "",
    tinh_trang: str = "",
    trang: str = "",
) -> Response:
    """Show the accounts that match: search without accents, by role, district and state."""
    today, now = portal(request).clock.today(), portal(request).now()
    query = nfc(q)[:QUERY_MAX]
    found = [
        one
        for one in await accounts_of(request).ls(query)
        if (not tinh_trang or account_state(one, now) == tinh_trang)
        and (
            not (vai_tro or quan)
            or any(
                grant.holds_on(today) and vai_tro in ("", grant.role) and quan in ("", grant.district)
                for grant in one.grants
            )
        )
    ]
    pages = max(1, -(-len(found) // PAGE_ROWS))
    number = min(max(1, whole(trang) or 1), pages)
    return await page(
        request,
        "accounts/people.html",
        people=found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS],
        total=len(found),
        number=number,
        pages=pages,
        more_href=with_query(PATH, q=query, vai_tro=vai_tro, quan=quan, tinh_trang=tinh_trang, trang="{page}").replace(
            "%7Bpage%7D", "{page}"
        ),
        filters={"q": query, "vai_tro": vai_tro, "quan": quan, "tinh_trang": tinh_trang},
        roles=[(role.value, label("roles", role)) for role in Role if role is not Role.POLICY],
        districts=districts_of((*DISTRICTS, CITY)),
        state_of=lambda one: account_state(one, now),
        href_of=href_of,
        names=await unit_names(request),
        today=today,
    )


@router.get(f"{PATH}/{{account_id}}")
async def show_person(request: Request, account: Admin, account_id: str) -> Response:
    """Show one account, with everything that may be done to it."""
    accounts = accounts_of(request)
    person = await accounts.account(account_id)
    today, now = portal(request).clock.today(), portal(request).now()
    held = await accounts.grants.of(person.account_id)
    delegations = await accounts.delegations.ls(person.account_id)
    return await page(
        request,
        "accounts/person.html",
        person=person,
        is_self=person.account_id == account.account_id,
        state=account_state(person, now),
        held=[one for one in held if one.withdrawn_at is None],
        withdrawn=[one for one in held if one.withdrawn_at is not None],
        delegations=delegations,
        delegation_state=lambda one: delegation_state(
            one, in_force=one.is_in_force(today), is_past=one.valid_to < today
        ),
        sessions=await accounts.sessions(person.account_id),
        totp=await accounts.totp.of(person.account_id),
        identities=await accounts.identities.ls(person.account_id),
        has_provider=portal(request).provider is not None,
        trail=await accounts.audit.ls(person.account_id, limit=TRAIL_ROWS),
        trail_href=with_query(TRAIL_PATH, tai_khoan=person.account_id),
        trail_rows=TRAIL_ROWS,
        who=await names_of(request),
        href=href_of(person.account_id),
        names=await unit_names(request),
        today=today,
    )


@router.get(TRAIL_PATH)
async def show_trail(request: Request, account: Admin, tai_khoan: str = "", truoc: str = "") -> Response:
    """Show what was changed of accounts, roles and keys, newest first."""
    accounts = accounts_of(request)
    found = await accounts.audit.ls(tai_khoan or None, limit=PAGE_ROWS + 1, before=whole(truoc))
    shown, more = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    return await page(
        request,
        "accounts/trail.html",
        trail=shown,
        who=await names_of(request),
        account_id=tai_khoan,
        earlier_href=with_query(TRAIL_PATH, tai_khoan=tai_khoan, truoc=shown[-1].number) if more else "",
        names=await unit_names(request),
    )


async def names_of(request: Request) -> Mapping[str, str]:
    """Return who may stand in the audit trail: account id → full name, and those that are no account."""
    nobody = {one: word("actor", one) for one in ("system", "cli")}
    return nobody | {one.account_id: one.full_name for one in await accounts_of(request).ls()}


def account_state(one: Account, now: datetime) -> str:
    """Return the key of the account's state at the real instant, as labels.toml has it."""
    if one.disabled_at is not None:
        return "account_disabled"
    if one.locked_until is not None and one.locked_until > now:
        return "account_locked"
    return "account_open" if one.has_password or one.last_sign_in_at else "account_not_begun"


def href_of(account_id: str) -> str:
    """Return the address of the account's page."""
    return f"{PATH}/{quote(account_id, safe='')}"
