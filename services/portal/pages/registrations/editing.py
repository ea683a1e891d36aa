"""The form in which a unit writes down what it registers: one block a kind, rows added without JavaScript."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from services.plans.commands import NewRegistrationItem, SaveRegistration
from services.plans.events import RegistrationKind, TitleSubject
from services.plans.rules import ITEMS_MAX, RIGHTS, cleaned_item, item_problems, titles_of, typed_item
from services.plans.views import RegistrationDetail
from services.portal.backend import do, now
from services.portal.format import day
from services.portal.labels import sentence, word
from services.portal.numbers import Year, whole
from services.portal.pages.forms import Invalid, changes, command_id_of, parse_day
from services.portal.pages.reach import Signed, place, reach_of
from services.portal.pages.registrations.board import is_open_to_change
from services.portal.pages.registrations.unit import detail_of
from services.portal.session import form_of, notify
from services.portal.shell import page
from services.portal.web import status_of
from shared.clock import new_id
from shared.errors import Rejected
from shared.text import nfc

router = APIRouter(include_in_schema=False)

ROWS_ADDED = 3
_KINDS = tuple(RegistrationKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One field of a row: its name, its label, and how it is typed."""

    name: str
    label: str
    kind: str = "text"  # text, area, title, subject, date
    hint: str = ""


CELLS: Mapping[RegistrationKind, Sequence[Cell]] = {
    RegistrationKind.TITLE: (
        Cell(name="name", label="Cá nhân, tập thể"),
        Cell(name="title", label="Danh hiệu", kind="title"),
        Cell(name="subject", label="Đối tượng", kind="subject"),
        Cell(name="position", label="Chức vụ (của cá nhân)"),
    ),
    RegistrationKind.INITIATIVE: (
        Cell(name="name", label="Tên sáng kiến"),
        Cell(name="authors", label="Tác giả", hint="Nhiều tác giả cách nhau bằng dấu chấm phẩy."),
        Cell(name="effect", label="Hiệu quả dự kiến", kind="area"),
    ),
    RegistrationKind.MOVEMENT: (
        Cell(name="name", label="Tên phong trào"),
        Cell(name="starts_on", label="Từ ngày", kind="date"),
        Cell(name="ends_on", label="Đến ngày", kind="date"),
        Cell(name="effect", label="Mục tiêu", kind="area"),
    ),
    RegistrationKind.MODEL: (
        Cell(name="name", label="Tên mô hình"),
        Cell(name="field", label="Lĩnh vực"),
        Cell(name="place", label="Nơi thực hiện"),
        Cell(name="effect", label="Hiệu quả dự kiến", kind="area"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRow:
    """A row as it was typed."""

    values: Mapping[str, str] = field(default_factory=dict)
    is_dropped: bool = False

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was typed; a blank row is no row."""
        return not any(self.values.values())


Typed = Mapping[RegistrationKind, Sequence[TypedRow]]


@router.api_route("/dang-ky/{district}/{year}/{unit_id}/soan", methods=["GET", "POST"])
async def edit(request: Request, account: Signed, district: str, year: Year, unit_id: str) -> Response:
    """Show the form, add rows to it, or save it."""
    detail = (await detail_of(request, district, year, unit_id)).view
    reach = reach_of(request, account)
    if not RIGHTS[SaveRegistration].allows(account.actor, on=reach.today, district=district, unit=unit_id):
        raise Rejected("access.denied")
    if detail.round is None:
        raise Rejected("registration.round_not_open", year=year)
    if request.method == "GET":
        # What was typed while another submitted is shown again with what the command is refused for.
        status = detail.registration.status if detail.registration else None
        if not is_open_to_change(status):
            raise Rejected("registration.wrong_status", status=str(status))
        return await _show(request, detail, _of_detail(detail), form_id=new_id(), expected_seq=detail.seq)
    form = await form_of(request)
    typed = _read(form)
    form_id = _text(form, "form_id") or new_id()
    expected_seq = whole(_text(form, "expected_seq")) or 0
    added = _text(form, "them")
    if added in set(_KINDS):
        kind = RegistrationKind(added)
        typed[kind] += [TypedRow() for _ in range(ROWS_ADDED)]
        return await _show(request, detail, typed, form_id=form_id, expected_seq=expected_seq, opened=kind)
    typed = {kind: [row for row in rows if not row.is_dropped] for kind, rows in typed.items()}
    try:
        items, keys = _items(typed, year)
    except Invalid as invalid:
        return await _show(
            request,
            detail,
            typed,
            form_id=form_id,
            expected_seq=expected_seq,
            errors=invalid.errors,
            status_code=422,
        )
    return await _save(request, detail, typed, items, keys, form_id, expected_seq)


async def _save(
    request: Request,
    detail: RegistrationDetail,
    typed: Typed,
    items: Sequence[NewRegistrationItem],
    keys: Sequence[str],
    form_id: str,
    expected_seq: int,
) -> Response:
    unit, year = detail.unit, _year(request)
    path = f"/dang-ky/{unit.district}/{year}/{unit.unit_id}"
    response = RedirectResponse(path, status_code=303)
    command = SaveRegistration(
        district=unit.district, year=year, unit_id=unit.unit_id, items=tuple(items), at=now(request)
    )
    try:
        await do(request, response, command, expected_seq=expected_seq, command_id=command_id_of(form_id, command))
    except Rejected as refusal:
        changed = await changes(request, refusal.detail.get("changed")) if refusal.code == "form.stale" else []
        number = refusal.detail.get("item")
        key = keys[number - 1] if isinstance(number, int) and 0 < number <= len(keys) else ""
        return await _show(
            request,
            detail,
            typed,
            # The refused command is not the one that is sent after a look at what changed.
            form_id=new_id(),
            expected_seq=max((int(str(one["seq"])) for one in changed), default=expected_seq),
            errors={f"{key}-{refusal.detail['field']}" if key else "": sentence(refusal.code, refusal.detail)},
            changed=changed,
            status_code=status_of(refusal.code),
        )
    notify(request, response, "Đã lưu bản đăng ký. Kiểm tra lại rồi nộp cho Phòng Nội vụ.")
    return response


def _year(request: Request) -> int:
    return int(request.path_params["year"])


async def _show(
    request: Request,
    detail: RegistrationDetail,
    typed: Typed,
    *,
    form_id: str,
    expected_seq: int,
    opened: RegistrationKind | None = None,
    errors: Mapping[str, str] | None = None,
    changed: Sequence[Mapping[str, object]] = (),
    status_code: int = 200,
) -> Response:
    unit, year = detail.unit, _year(request)
    return await page(
        request,
        "registrations/edit.html",
        status_code=status_code,
        detail=detail,
        place=place(unit.district),
        year=year,
        path=f"/dang-ky/{unit.district}/{year}/{unit.unit_id}",
        blocks=[(kind.value, word("registration_kind", kind), CELLS[kind], typed[kind]) for kind in _KINDS],
        title_options=[(one.code, one.name) for one in detail.titles],
        subject_options=[(one.value, word("title_subject", one)) for one in TitleSubject],
        form_id=form_id,
        expected_seq=expected_seq,
        opened=opened.value if opened else "",
        errors=errors or {},
        changed=changed,
    )


def _of_detail(detail: RegistrationDetail) -> Typed:
    """Return what is written down already, with a blank row at the end of each kind."""
    rows: dict[RegistrationKind, list[TypedRow]] = {kind: [] for kind in _KINDS}
    for line in detail.items:
        if line.name is None:
            continue  # nobody can read it any more: it is gone when this is saved
        item = typed_item(line)
        values = {
            "name": item.name,
            "title": item.title,
            "subject": item.subject or "",
            "position": item.position,
            "authors": "; ".join(item.authors),
            "field": item.field,
            "place": item.place,
            "effect": item.effect,
            "starts_on": day(item.starts_on),
            "ends_on": day(item.ends_on),
        }
        rows[line.kind].append(TypedRow(values={cell.name: values[cell.name] for cell in CELLS[line.kind]}))
    return {kind: (*found, TypedRow()) for kind, found in rows.items()}


def _read(form: FormData) -> dict[RegistrationKind, list[TypedRow]]:
    """Return the rows as they were typed. Raises Rejected `registration.too_many_items`: no row is ever left out."""
    found: dict[RegistrationKind, list[TypedRow]] = {}
    for kind in _KINDS:
        count = whole(_text(form, f"{kind}-rows")) or 0
        if count > ITEMS_MAX + ROWS_ADDED:
            raise Rejected("registration.too_many_items", limit=ITEMS_MAX)
        found[kind] = [
            TypedRow(
                values={cell.name: _text(form, f"{kind}-{index}-{cell.name}") for cell in CELLS[kind]},
                is_dropped=_text(form, f"{kind}-{index}-drop") == "1",
            )
            for index in range(count)
        ]
    return found


def _items(typed: Typed, year: int) -> tuple[list[NewRegistrationItem], list[str]]:
    """Return the things typed, and the place of each in the form. Raises Invalid with all that is wrong."""
    items: list[NewRegistrationItem] = []
    keys: list[str] = []
    errors: dict[str, str] = {}
    for kind in _KINDS:
        for index, row in enumerate(typed[kind]):
            if row.is_blank:
                continue
            key = f"{kind}-{index}"
            try:
                item = _item(kind, row.values, year, key)
            except Invalid as invalid:
                errors |= invalid.errors
                continue
            where = f"{word('registration_kind', kind)} {index + 1}"
            for name, refusal in item_problems(item, year):
                errors.setdefault(f"{key}-{name}", f"{where}: {sentence(refusal.code, refusal.detail)}")
            items.append(item)
            keys.append(key)
    if errors:
        raise Invalid(errors)
    return items, keys


def _item(kind: RegistrationKind, values: Mapping[str, str], year: int, key: str) -> NewRegistrationItem:
    days: dict[str, date | None] = {}
    errors: dict[str, str] = {}
    for name in ("starts_on", "ends_on"):
        try:
            days[name] = parse_day(text) if (text := values.get(name, "")) else None
        except ValueError as error:
            errors[f"{key}-{name}"] = str(error).capitalize()
    if errors:
        raise Invalid(errors)
    title = titles_of(year).get(values.get("title", ""))
    subject = values.get("subject", "")
    if kind is RegistrationKind.TITLE and not subject and title is not None and len(title.subjects) == 1:
        subject = title.subjects[0]
    item = NewRegistrationItem(
        kind=kind,
        name=values["name"],
        subject=TitleSubject(subject) if subject in set(TitleSubject) else None,
        title=values.get("title", ""),
        position=values.get("position", ""),
        authors=tuple(values.get("authors", "").replace("\n", ";").split(";")),
        field=values.get("field", ""),
        place=values.get("place", ""),
        effect=values.get("effect", ""),
        starts_on=days["starts_on"],
        ends_on=days["ends_on"],
    )
    return cleaned_item(item)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return nfc(value.replace("\r\n", "\n")) if isinstance(value, str) else ""
