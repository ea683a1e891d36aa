"""The plan 30/KH-UBND of quận Cái Răng as Word documents: drawn with python-docx, and converted by LibreOffice."""

import io
import re
import shutil
import subprocess
from itertools import groupby
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Mm
from docx.table import Table, _Cell

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
SEED_PATH = DEMO / "ke-hoach-30-kh-ubnd-2020.txt"
HEADER = ("TT", "Nội dung", "Đơn vị thực hiện")
CONVERSION_S_MAX = 120


def soffice(source: Path, kind: str, folder: Path) -> Path:
    """Convert a file with LibreOffice, in a profile of its own."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing: apt-get install -y libreoffice-writer"
    profile = folder / "profile"
    arguments = [program, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind]
    done = subprocess.run(
        [*arguments, "--outdir", str(folder), str(source)], capture_output=True, text=True, timeout=CONVERSION_S_MAX
    )
    made = folder / f"{source.stem}.{kind.partition(':')[0]}"
    assert made.exists(), done.stdout + done.stderr
    return made


def content_of(document: Document) -> bytes:
    """Return the document as bytes."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def drawn_plan(text: str) -> Document:
    """Draw the plan as a clerk would in Word: no empty paragraphs, one table over all pages, a line a unit."""
    document = docx.Document()
    lines = text.splitlines()
    table: Table | None = None
    for is_row, group in groupby(lines, key=lambda line: "\t" in line):
        for line in group:
            if is_row:
                table = table or _begun_table(document)
                _add_row(table, line.split("\t"))
            elif line.strip():
                _add_paragraph(document, line)
    return document


def _begun_table(document: Document) -> Table:
    table: Table = document.add_table(rows=1, cols=3)
    table.style = "Table Grid"
    for cell, name in zip(table.rows[0].cells, HEADER, strict=True):
        cell.text = name
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))
    return table


def _add_row(table: Table, cells: list[str]) -> None:
    if tuple(cells) == HEADER:
        return  # Word repeats it on each page
    row = table.add_row()
    if not any(cells[1:]):
        row.cells[0].merge(row.cells[2]).text = cells[0]
        return
    for cell, text in zip(row.cells[:2], cells[:2], strict=True):
        cell.text = text
    _fill(row.cells[2], re.findall(r"- .+?(?= - |$)", cells[2]) or [cells[2]])


def _fill(cell: _Cell, units: list[str]) -> None:
    # Shift+Enter between the units, as many do, and a paragraph for the last one, as others do.
    cell.text = "\n".join(units[:-1] or units)
    for unit in units[-1:] if len(units) > 1 else []:
        cell.add_paragraph(unit)


def _add_paragraph(document: Document, line: str) -> None:
    is_title = line == "KẾ HOẠCH" or line.startswith("Triển khai công tác thi đua, khen thưởng năm")
    paragraph = document.add_paragraph(line.replace("**", ""))
    if is_title:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    else:
        paragraph.paragraph_format.first_line_indent = Mm(10)
