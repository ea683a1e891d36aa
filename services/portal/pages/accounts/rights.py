"""Vì sao được, vì sao không được: each grant held against what a right asks for, and what it lacks."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.nominations.rules import RIGHTS as NOMINATIONS
from services.notifications.rules import RIGHTS as NOTIFICATIONS
from services.plans.rules import RIGHTS as PLANS
from services.portal.labels import label, word
from services.portal.pages.accounts.naming import accounts_of, person_key, unit_names, unit_options
from services.portal.pages.forms import parse_day
from services.portal.pages.reach import Signed, districts_of
from services.portal.session import holds, portal
from services.portal.shell import page
from services.scoring.rules import RIGHTS as SCORING
from shared.errors import Rejected
from shared.rights import Right
from shared.text import kebab, sort_key
from shared.types import CITY, DISTRICTS, Role

router = APIRouter(include_in_schema=False)
PATH = "/to-chuc/quyen"
RIGHTS: Mapping[str, Mapping[str, Right]] = {
    service: {
        kebab(command.__name__): right for command, right in rights.items() if right.roles != frozenset({Role.POLICY})
    }
    for service, rights in (
        ("plans", PLANS),
        ("nominations", NOMINATIONS),
        ("scoring", SCORING),
        ("notifications", NOTIFICATIONS),
    )
}


@router.get(PATH)
async def show_rights(
    request: Request,
    account: Signed,
    tai_khoan: str = "",
    viec: str = "",
    quan: str = "",
    don_vi: str = "",
    ngay: str = "",
) -> Response:
    """Answer why an account may, or may not, do something; who does not administer accounts asks about the own one."""
    clock, accounts = portal(request).clock, accounts_of(request)
    is_admin = holds(account, Role.ADMIN, clock=clock)
    if tai_khoan and tai_khoan != account.account_id and not is_admin:
        raise Rejected("access.denied")
    person_id = tai_khoan or account.account_id
    names = await unit_names(request)
    errors: dict[str, str] = {}
    on = clock.today()
    try:
        on = parse_day(ngay.strip()) if ngay.strip() else on
    except ValueError as error:
        errors["ngay"] = f"Ngày: {error}"
    service, _, command = viec.partition("/")
    right = RIGHTS.get(service, {}).get(command)
    if viec and right is None:
        errors["viec"] = "Hãy chọn một việc trong danh sách."
    district, _, unit = don_vi.partition("/")
    if unit and quan and district != quan:
        errors["don_vi"] = "Đơn vị không thuộc nơi đã chọn."
    why = None
    if right is not None and quan and not errors:
        why = await accounts.why(person_id, right, district=quan, unit=unit or None, on=on)
    people = await accounts.ls() if is_admin else ()
    return await page(
        request,
        "accounts/rights.html",
        status_code=422 if errors else 200,
        why=why,
        right_words=label("actions", command),
        may=roles_words(right, quan) if right else [],
        is_admin=is_admin,
        errors=errors,
        people=[
            (one.account_id, f"{one.full_name} ({one.login})")
            for one in sorted(people, key=lambda one: person_key(one.full_name))
        ],
        commands=commands(),
        districts=districts_of((*DISTRICTS, CITY)),
        units=unit_options(names),
        given={"tai_khoan": person_id, "viec": viec, "quan": quan, "don_vi": don_vi, "ngay": ngay},
        names=names,
        today=clock.today(),
    )


def roles_words(right: Right, district: str) -> list[str]:
    """Return the roles that have the right in the place, in words."""
    whole = [label("roles", role) for role in Role if role in right.roles_of(district)]
    return whole + [f"{label('roles', role)} (việc của chính đơn vị mình)" for role in Role if role in right.unit_roles]


def commands() -> list[tuple[str, str]]:
    """Return what people do, as options: `<service>/<command>` and its words, by service."""
    return [
        (f"{service}/{name}", f"{word('process', service)}: {words}")
        for service, rights in RIGHTS.items()
        for name, words in sorted(((one, label("actions", one)) for one in rights), key=lambda one: sort_key(one[1]))
    ]
