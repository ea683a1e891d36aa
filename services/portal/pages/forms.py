"""Forms as data: what is asked, what was typed, what the service said to it, and the page before what is final.

A page describes an `Action`; `run_action` shows its form, reads it, asks once more where that is
wanted, sends the command and goes on. Nothing typed is lost on a refusal.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from services.portal.backend import Dated, backend, do
from services.portal.format import day
from services.portal.labels import sentence
from services.portal.numbers import whole
from services.portal.pages.files import ACCEPTED, FILES_MAX, Kept, kept_files, take_files
from services.portal.session import notify, portal
from services.portal.shell import page
from services.portal.web import status_of
from shared.clock import derived_id, new_id
from shared.codec import to_plain
from shared.errors import Rejected
from shared.office.package import SIZE_MAX_BYTES, is_office_file
from shared.office.word import word_text
from shared.text import nfc

Kind = Literal["text", "date", "number", "decimal", "textarea", "select", "radios", "checks", "file", "files"]
Facts: TypeAlias = Sequence[tuple[str, object] | tuple[str, object, str]]
Values: TypeAlias = Mapping[str, Any]
DECIMAL_DIGITS_MAX = 12  # more than any number of points or of money here has
EMPTY: Mapping[str, str] = MappingProxyType({})
TEXT_MAX = 10_000  # the longest that any service takes
GONE_SAID_MAX = 5  # of choices that are no longer there, by name


class Invalid(Exception):  # noqa: N818 - an answer to who filled in the form
    """Say what is wrong with the fields: name → sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(str(dict(errors)))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One field of a form; `value` is what stands in it, a text (or texts, of check boxes; or the files there are).

    `names` are the words of choices that may have been offered before and are no longer among the options.
    """

    name: str
    label: str
    kind: Kind = "text"
    value: Any = ""
    hint: str = ""
    is_required: bool = True
    options: Sequence[tuple[str, str]] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    rows: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a person does with a form.

    `build` makes the command of the read values and may raise Invalid; `carry_out` stands in its place
    where no service is concerned, and may answer with a page that is shown this once. `fields` names
    the field that a refusal is about; `confirm` is the warning of the page before what cannot be
    undone; `onward` is where the person goes afterwards; `files_to` is the service that keeps the files.
    `template` draws the form where something stands `beside` it. A form that is not `is_allowed` to the
    person is not shown; what is sent all the same is for the service to refuse.
    """

    title: str
    submit: str
    path: str
    back_href: str
    done: str
    build: Callable[[Values], Dated] | None = None
    carry_out: Callable[[Request, Values], Awaitable[Response | None]] | None = None
    state_line: str = ""
    facts: Facts = ()
    inputs: Sequence[Input] = ()
    text: str = ""
    confirm: str = ""
    expected_seq: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    onward: str = ""
    files_to: str = ""
    template: str = "action.html"
    beside: Mapping[str, object] = field(default_factory=dict)
    is_allowed: bool = True


async def run_action(request: Request, action: Action) -> Response:
    """Show, check, confirm or do, as the request asks. Raises Rejected `access.denied` for a form of others."""
    if request.method == "GET":
        if not action.is_allowed:
            raise Rejected("access.denied")
        return await _show(request, action, action.inputs, {}, form_id=new_id())
    form = await request.form()
    form_id = _text(form, "form_id") or new_id()
    inputs = tuple(replace(one, value=typed(form, one)) for one in action.inputs)
    expected_seq = _sequence(form) if action.expected_seq is not None else None
    if form.get("sua"):
        return await _show(request, action, inputs, {}, form_id=form_id, expected_seq=expected_seq)
    inputs, files, complaints = await _with_files(request, form, inputs, action.files_to)
    try:
        values = {**read(form, action.inputs, complaints), **files}
        command = action.build(values) if action.build else None
    except Invalid as invalid:
        return await _show(
            request, action, inputs, invalid.errors, form_id=form_id, expected_seq=expected_seq, status_code=422
        )
    if action.confirm and form.get("xac_nhan") != "1":
        return await _confirm(request, action, inputs, form_id, expected_seq)
    response = RedirectResponse(action.onward or action.back_href, status_code=303)
    try:
        if command is not None:
            await do(request, response, command, expected_seq=expected_seq, command_id=command_id_of(form_id, command))
        elif action.carry_out is not None and (shown_once := await action.carry_out(request, values)) is not None:
            return shown_once
    except Rejected as refusal:
        changed = await changes(request, refusal.detail.get("changed")) if refusal.code == "form.stale" else []
        return await _show(
            request,
            action,
            inputs,
            {_field_of(action, refusal): sentence(refusal.code, refusal.detail)},
            # The refused command is not the one that is sent after a look at what changed.
            form_id=new_id(),
            expected_seq=expected_seq,
            changed=changed,
            status_code=status_of(refusal.code),
        )
    notify(request, response, action.done)
    return response


async def _with_files(
    request: Request, form: FormData, inputs: Sequence[Input], service: str
) -> tuple[tuple[Input, ...], dict[str, tuple[str, ...]], dict[str, str]]:
    """Upload what was chosen; return the fields with what is there now, the handle of each file, what was not taken.

    It is uploaded before the rest is read: what the form is refused for does not cost the files.
    """
    shown: list[Input] = []
    handles: dict[str, tuple[str, ...]] = {}
    complaints: dict[str, str] = {}
    for one in inputs:
        if one.kind == "files":
            kept, complaint = await take_files(request, form, one.name, service)
            one = replace(one, value=kept)
            handles[one.name] = tuple(file.handle for file in kept)
            complaints |= {one.name: complaint} if complaint else {}
        shown.append(one)
    return tuple(shown), handles, complaints


def _field_of(action: Action, refusal: Rejected) -> str:
    """Return the field that the refusal is about: the one it names itself, else the usual one of its code."""
    named = str(refusal.detail.get("field", ""))
    return named if any(one.name == named for one in action.inputs) else action.fields.get(refusal.code, "")


async def changes(request: Request, changed: object) -> list[Mapping[str, object]]:
    """Return what others changed, for people: who, what, when, and the sequence."""
    found: list[Mapping[str, object]] = []
    for one in changed if isinstance(changed, list) else ():
        if isinstance(one, dict):
            found.append(
                {
                    "type": str(one.get("type", "")),
                    "who": await backend(request).name_of(str(one.get("by", ""))),
                    "at": str(one.get("at", "")),
                    "seq": int(str(one.get("seq", 0))),
                }
            )
    return found


async def _show(
    request: Request,
    action: Action,
    inputs: Sequence[Input],
    errors: Mapping[str, str],
    *,
    form_id: str,
    expected_seq: int | None = None,
    changed: Sequence[Mapping[str, object]] = (),
    status_code: int = 200,
) -> Response:
    seen = max((int(str(one["seq"])) for one in changed), default=0)
    given = expected_seq if expected_seq is not None else action.expected_seq
    return await page(
        request,
        action.template,
        status_code=status_code,
        action=action,
        inputs=inputs,
        errors=errors,
        changed=changed,
        form_id=form_id,
        expected_seq=None if given is None else max(given, seen),
    )


async def _confirm(
    request: Request, action: Action, inputs: Sequence[Input], form_id: str, expected_seq: int | None
) -> Response:
    return await page(
        request,
        "action_confirm.html",
        action=action,
        inputs=inputs,
        shown=[(one.label, shown(one)) for one in inputs],
        form_id=form_id,
        expected_seq=expected_seq,
    )


def command_id_of(form_id: str, command: Dated) -> str:
    """Return the id of what this form says: the same for a second click, another once the content was changed."""
    body = to_plain(command)
    body.pop("at", None)
    return derived_id("form", form_id, type(command).__name__, json.dumps(body, sort_keys=True))


def files_input(request: Request, kept: Sequence[Kept] = ()) -> Input:
    """Return the field of the files that are attached, with those that are there already."""
    limit_mb = portal(request).settings.attachment_max_mb
    return Input(
        name="attachments",
        label="Tệp đính kèm",
        kind="files",
        value=tuple(kept),
        is_required=False,
        options=[(one, one) for one in ACCEPTED.split(",")],
        hint=f"Tối đa {FILES_MAX} tệp, mỗi tệp {limit_mb} MB: văn bản .pdf, .docx, bảng .xlsx, ảnh .jpg, .png.",
    )


def shown(one: Input) -> str:
    """Return what stands in the field as a person reads it."""
    if one.kind == "files":
        return ", ".join(file.words for file in one.value)
    words = dict(one.options)
    values = one.value if isinstance(one.value, (list, tuple)) else [one.value]
    return ", ".join(words.get(str(value), str(value)) for value in values)


# -- reading ----------------------------------------------------------------------------------


def typed(form: FormData, one: Input) -> Any:
    """Return what was typed, to be shown again."""
    if one.kind == "checks":
        return [str(value) for value in form.getlist(one.name)]
    if one.kind == "files":
        return kept_files(form, one.name)
    return _text(form, one.name)


def read(form: FormData, inputs: Sequence[Input], complaints: Mapping[str, str] = EMPTY) -> dict[str, Any]:
    """Return the values by name: text, date, int, Decimal, tuple of texts; None for what was left out.

    Files are not read here. Raises Invalid for what cannot be read and for what is complained of already.
    """
    values: dict[str, Any] = {}
    errors = dict(complaints)
    for one in inputs:
        if one.kind in ("file", "files"):
            continue
        if one.kind == "checks":
            chosen = tuple(str(value) for value in form.getlist(one.name))
            known = {key for key, _ in one.options}
            values[one.name] = tuple(value for value in chosen if value in known)
            if gone := [value for value in chosen if value not in known]:
                # What somebody chose is never left out without a word, also where other choices remain.
                errors[one.name] = f"{one.label}: {_gone(one, gone)}"
            elif one.is_required and not chosen:
                errors[one.name] = f"{one.label}: hãy chọn ít nhất một mục."
            continue
        text = _text(form, one.name)
        if not text:
            values[one.name] = "" if one.kind in ("text", "textarea") and not one.is_required else None
            if one.is_required:
                verb = "chọn" if one.kind in ("select", "radios") else "nhập"
                errors[one.name] = f"Hãy {verb}: {one.label}."
            continue
        try:
            values[one.name] = _value(one, text)
        except ValueError as error:
            errors[one.name] = f"{one.label}: {error}"
    if errors:
        raise Invalid(errors)
    return values


def _gone(one: Input, values: Sequence[str]) -> str:
    """Return which of the choices are no longer there, by name where the form knows it."""
    said = ", ".join(f"“{one.names.get(value, value)[:80]}”" for value in values[:GONE_SAID_MAX])
    more = f" và {len(values) - GONE_SAID_MAX} mục khác" if len(values) > GONE_SAID_MAX else ""
    return f"{said}{more} không còn nữa, hãy xem lại và chọn lại."


def _value(one: Input, text: str) -> object:
    match one.kind:
        case "date":
            return parse_day(text)
        case "number":
            if not text.isdecimal() or len(text) > 9:
                raise ValueError("hãy nhập một số nguyên, ví dụ 60.")
            return int(text)
        case "decimal":
            return parse_decimal(text)
        case "select" | "radios":
            if text not in {key for key, _ in one.options}:
                raise ValueError(_gone(one, (text,)))
            return text
        case _:
            if len(text) > TEXT_MAX:
                raise ValueError(f"tối đa {TEXT_MAX} ký tự.")
            return text


def parse_day(text: str) -> date:
    """Return the date typed as 25/06/2020 (or 25-6-2020, 25.6.2020). Raises ValueError with the sentence."""
    parts = text.replace("-", "/").replace(".", "/").split("/")
    try:
        numbers = [int(part) for part in parts]
        return date(numbers[2], numbers[1], numbers[0])
    except (ValueError, IndexError, OverflowError):
        raise ValueError("ngày phải có dạng 25/06/2020.") from None


def parse_decimal(text: str) -> Decimal:
    """Return the number typed as 9,5. Raises ValueError with the sentence."""
    try:
        value = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value.adjusted()) > DECIMAL_DIGITS_MAX or len(text) > 2 * DECIMAL_DIGITS_MAX:
        raise ValueError("hãy nhập một số, ví dụ 9,5.")
    return value


async def read_text_file(form: FormData, name: str, *, bytes_max: int) -> str:
    """Return the text of an uploaded file, plain or of Word, empty where none was chosen. Raises Invalid."""
    upload = form.get(name)
    if not isinstance(upload, UploadFile) or not upload.filename:
        return ""
    content = await upload.read(SIZE_MAX_BYTES + 1)
    if is_office_file(content):
        try:
            text = await asyncio.to_thread(word_text, content)
        except Rejected as refusal:
            raise Invalid({name: sentence(refusal.code, refusal.detail)}) from refusal
        if len(text.encode()) > bytes_max:
            raise Invalid({name: f"Văn bản quá dài, tối đa {bytes_max // 1000} kB chữ."})
        return text
    if len(content) > bytes_max:
        raise Invalid({name: f"Tệp quá lớn, tối đa {bytes_max // 1000} kB."})
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid({name: "Tệp không phải văn bản Word (.docx) hay văn bản thuần (.txt, UTF-8). Hãy lưu lại dạng đó."})


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    # A browser sends line ends as CR LF.
    return "" if isinstance(value, UploadFile) else nfc(value.replace("\r\n", "\n"))


def _sequence(form: FormData) -> int | None:
    return whole(_text(form, "expected_seq"))


def day_text(value: date | None) -> str:
    """Return a date as it is typed."""
    return day(value)
