"""Files that were made to harm, or are not what they are called: each is refused by what its bytes say."""

import io
import random
import struct
import subprocess
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import xlsxwriter

from shared.errors import Rejected
from shared.office.package import SIZE_MAX_BYTES
from shared.office.workbook import Mark, mark_workbook, read_grids
from tests.office.sheets import FORM, HEAD, ROW, ods, refusal_of, xls, xlsx

GOOD = xlsx(HEAD, ROW)


def rezipped(content: bytes, change: Callable[[str, bytes], bytes | None], **more: bytes) -> bytes:
    """Return the archive with its parts changed, those left out for which `change` returns None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
        for name, part in more.items():
            new.writestr(name, part)
    return out.getvalue()


def far_cell(row: int, column: int) -> bytes:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = workbook.add_worksheet("Nhiệm vụ")
    sheet.write(0, 0, "Số thứ tự")
    sheet.write(row, column, "x")
    workbook.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "workbook.unsupported"),
        (b"PK\x03\x04 torn", "office_file.unreadable"),
        (GOOD[: len(GOOD) // 2], "office_file.unreadable"),
        (b"%PDF-1.7", "workbook.unsupported"),
        ("Số;Nội dung\n1;Việc".encode(), "workbook.unsupported"),
        (b"x" * (SIZE_MAX_BYTES + 1), "office_file.too_large"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "workbook.unsupported"),
        (xls(HEAD, ROW)[:3000], "workbook.unsupported"),
    ],
)
def test_what_is_no_spreadsheet_is_refused(content: bytes, code: str) -> None:
    assert refusal_of(content).code == code


def test_a_word_document_is_refused_whatever_it_is_called() -> None:
    from docx import Document

    out = io.BytesIO()
    Document().save(out)

    assert refusal_of(out.getvalue()).code == "workbook.unsupported"


def test_macros_are_refused_by_type_by_module_and_by_sheet() -> None:
    main = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    as_xlsm = rezipped(
        GOOD,
        lambda name, part: (
            part.replace(main, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
            if name == "[Content_Types].xml"
            else part
        ),
    )
    with_module = rezipped(GOOD, lambda name, part: part, **{"xl/vbaProject.bin": b"x"})
    with_sheet = rezipped(GOOD, lambda name, part: part, **{"xl/macrosheets/sheet1.xml": b"<x/>"})
    in_ods = rezipped(ods(HEAD, ROW), lambda name, part: part, **{"Basic/Standard/Module1.xml": b"<x/>"})
    in_xls = xls(HEAD, ROW) + "_VBA_PROJECT_CUR\0".encode("utf-16-le")

    for content in (as_xlsm, with_module, with_sheet, in_ods, in_xls):
        assert refusal_of(content).code == "office_file.macros"


def test_an_encrypted_file_is_refused() -> None:
    as_office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage\0".encode("utf-16-le")
    manifest = b'<manifest:encryption-data xmlns:manifest="urn:x"/>'
    as_ods = rezipped(ods(HEAD, ROW), lambda name, part: part + manifest if name == "META-INF/manifest.xml" else part)

    assert refusal_of(as_office).code == "office_file.encrypted"
    assert refusal_of(as_ods).code == "office_file.encrypted"


def test_an_xls_with_a_password_is_refused() -> None:
    content = bytearray(xls(HEAD, ROW))
    # After BOF (0809, 16 bytes) comes any record; FILEPASS (002F) in its place says that the rest is encrypted.
    start = content.index(struct.pack("<HH", 0x0809, 16))
    content[start + 20 : start + 22] = struct.pack("<H", 0x002F)

    assert refusal_of(bytes(content)).code == "office_file.encrypted"


def test_an_archive_that_inflates_without_end_is_refused() -> None:
    bomb = rezipped(GOOD, lambda name, part: part, **{"xl/media/image1.bin": bytes(40_000_000)})

    assert refusal_of(bomb).code == "office_file.unsafe"


def test_a_part_that_lies_about_its_size_ends_the_child_and_not_us() -> None:
    sheet = b"<row>" * 40_000_000
    bomb = bytearray(rezipped(GOOD, lambda name, part: sheet if name == "xl/worksheets/sheet1.xml" else part))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = bomb.index(b"xl/worksheets/sheet1.xml")
        start = bomb.rindex(signature, 0, place) if signature == b"PK\x03\x04" else bomb.rindex(signature)
        while signature == b"PK\x01\x02" and not bomb[start + 46 :].startswith(b"xl/worksheets/sheet1.xml"):
            start = bomb.rindex(signature, 0, start)
        bomb[start + offset : start + offset + 4] = struct.pack("<I", 4000)

    assert refusal_of(bytes(bomb)).code in ("workbook.too_costly", "office_file.unreadable", "office_file.unsafe")


def test_one_cell_in_the_last_corner_is_refused_and_not_allocated() -> None:
    assert refusal_of(far_cell(1_048_575, 16_383)).code == "workbook.too_costly"
    assert refusal_of(far_cell(30_000, 2)).code == "workbook.too_many_rows"
    assert refusal_of(far_cell(2, 300)).code == "workbook.too_many_columns"


def test_a_repeated_row_of_a_million_is_refused_in_ods() -> None:
    content = rezipped(
        ods(HEAD, ROW),
        lambda name, part: (
            part.replace(b"<table:table-row>", b'<table:table-row table:number-rows-repeated="400000000">')
            if name == "content.xml"
            else part
        ),
    )

    assert refusal_of(content).code in ("workbook.too_costly", "workbook.too_many_rows")


def test_a_text_that_fills_many_cells_from_one_place_does_not_come_back_to_us() -> None:
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = workbook.add_worksheet("Nhiệm vụ")
    for row in range(1100):
        sheet.write_string(row, 0, "x" * 32_000)
    workbook.close()

    assert len(out.getvalue()) < 100_000
    assert refusal_of(out.getvalue()).code == "workbook.too_costly"


def test_entities_are_not_expanded() -> None:
    lol = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    content = rezipped(
        GOOD,
        lambda name, part: (
            part[: part.index(b"?>") + 2] + lol + part[part.index(b"?>") + 2 :]
            if name == "xl/worksheets/sheet1.xml" and b"?>" in part
            else lol + part
            if name == "xl/worksheets/sheet1.xml"
            else part
        ),
    )

    assert refusal_of(content).code in ("office_file.unsafe", "office_file.unreadable")


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(chance.choice([GOOD, xls(HEAD, ROW), ods(HEAD, ROW)]))
    for _ in range(chance.randrange(1, 30)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    try:
        read_grids(bytes(content), ())
        mark_workbook(bytes(content), [Mark(sheet="Nhiệm vụ", head=1, row=2, column=1, text="x")])
    except Rejected as refusal:
        assert refusal.code.startswith(("workbook.", "office_file."))


def test_many_files_at_once_are_read_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    run, running, most = subprocess.run, 0, 0
    lock = threading.Lock()

    def counted(*args: Any, **more: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return run(*args, **more)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(subprocess, "run", counted)
    with ThreadPoolExecutor(5) as pool:
        grids = list(pool.map(lambda content: read_grids(content, [FORM]), [GOOD] * 5))
    assert all(grid == grids[0] for grid in grids) and most == 2
