"""Templates that officers edit in Word (vi: mẫu văn bản): find them, check them, fill them.

A template is a .docx with `{{ field }}` in its text; `{%p … %}`, `{%tr … %}` stand in a paragraph or a row of their
own, which is then gone. The libraries that read and write it are imported when they are needed: they take longer
than the start of a service.
"""

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from shared.errors import Json, Rejected
from shared.office.package import Package, open_package
from shared.office.word.fields import misuses, sample_of, unnamed
from shared.office.word.reading import CONTENT_TYPES

if TYPE_CHECKING:
    from docxtpl import DocxTemplate
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

_TEXT_SHOWN_CHARACTERS = 80
_PARAGRAPH = re.compile(r"<w:p([ >])")
_TAG = re.compile(r"<[^>]+>")
# XML has no place for them, and the filling would read some of them as page and paragraph breaks.
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
_LINE_ENDS = str.maketrans({"\r": "\n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateKind:
    """A kind of document: the dataclass whose fields its template may name, and the template that comes with us.

    A template must name each field without a default. `name` is the name of its file without .docx.
    """

    name: str
    title: str
    fields: type
    default: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The template in force of a kind; `is_own` where the office put one of its own in place of ours."""

    kind: TemplateKind
    content: bytes
    is_own: bool

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the file in hexadecimal, which names this very template."""
        return hashlib.sha256(self.content).hexdigest()


def find_template(kind: TemplateKind, folder: Path) -> Template:
    """Return the office's own template from the folder, else the default."""
    own = folder / f"{kind.name}.docx"
    try:
        return Template(kind=kind, content=own.read_bytes(), is_own=True)
    except FileNotFoundError:
        return Template(kind=kind, content=kind.default.read_bytes(), is_own=False)


def install_template(kind: TemplateKind, content: bytes, folder: Path) -> Template:
    """Check a template and put it in force, whole or not at all. Raises as `check_template`."""
    check_template(kind, content)
    folder.mkdir(parents=True, exist_ok=True)
    file, name = tempfile.mkstemp(dir=folder, prefix=".template-")
    try:
        with os.fdopen(file, "wb") as opened:
            os.fchmod(file, 0o644)  # the services may run as another user than who installs
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(folder / f"{kind.name}.docx")
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Template(kind=kind, content=content, is_own=True)


def check_template(kind: TemplateKind, content: bytes) -> None:
    """Return where documents of the kind can be written from the template.

    Raises Rejected `office_file.…` for a file that is no harmless .docx; `template.field_unknown`, `.forbidden`,
    `.not_a_list` (field, line, text), `.broken` (line, text, problem), `.field_missing` (fields), and
    `.structure` where what is written would be no document. Lines are paragraphs counted from 1.
    """
    _check_fields(kind, content)
    for count in (2, 0):  # with everything, and with nothing: both ways of each `if`, loops that never run
        _filled(kind, content, sample_of(kind.fields, count))


def fill(template: Template, values: object) -> bytes:
    """Return the document made of the values, as the bytes of a .docx. Raises as `check_template`."""
    kind = template.kind
    assert isinstance(values, kind.fields)
    _check_fields(kind, template.content)
    return _filled(kind, template.content, values)


# A service writes from the same template again and again; what is refused is not kept.
@lru_cache(maxsize=8)
def _check_fields(kind: TemplateKind, content: bytes) -> None:
    package = open_package(content, CONTENT_TYPES)
    _refuse_links(package)
    document = _docx_template(content)
    environment = _environment()
    named: set[tuple[type, str]] = set()
    for source in _sources(document):
        tree = _parsed(environment, source)
        found, names = misuses(tree, kind.fields)
        if found:
            first = found[0]
            _refuse(first.code, source, first.line, field=first.name)
        named |= names
    if missing := unnamed(kind.fields, frozenset(named)):
        raise Rejected("template.field_missing", fields=", ".join(missing))


def _refuse_links(package: Package) -> None:
    """Refuse what Word would fetch from elsewhere when the document is opened; a link to click is none of that."""
    for name in package.archive.namelist():
        if not name.endswith(".rels"):
            continue
        folder, _, file = name.rpartition("_rels/")
        for one in package.relationships(f"{folder}{file.removesuffix('.rels')}"):
            if one.is_external and one.kind != "hyperlink":
                raise Rejected("office_file.external", target=one.target[:200])
    for name in package.archive.namelist():
        if name.endswith(".xml"):
            package.xml(name)  # without entities, each of them


def _docx_template(content: bytes) -> "DocxTemplate":
    import docx.opc.exceptions
    from docxtpl import DocxTemplate

    template = DocxTemplate(io.BytesIO(content))
    try:
        template.init_docx()
    except (KeyError, ValueError, SyntaxError, docx.opc.exceptions.OpcError) as error:
        raise Rejected("office_file.unreadable") from error
    return template


def _environment() -> "SandboxedEnvironment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    environment.globals.clear()
    return environment


def _sources(document: "DocxTemplate") -> Iterator[str]:
    """Return every text that is filled: body, headers, footers, footnotes, properties; a paragraph a line."""
    yield document.patch_xml(_paragraph_lines(document.get_xml()))
    for uri in (document.HEADER_URI, document.FOOTER_URI):
        for _, part in document.get_headers_footers(uri):
            yield document.patch_xml(_paragraph_lines(document.get_part_xml(part)))
    for part in document.docx.part.package.parts:
        if part.content_type.endswith(".footnotes+xml"):
            yield document.patch_xml(_paragraph_lines(part.blob.decode("utf-8")))
    properties = document.docx.core_properties
    for name in ("author", "comments", "identifier", "language", "subject", "title"):
        yield getattr(properties, name)


def _paragraph_lines(xml: str) -> str:
    """Return the text with each paragraph on a line of its own, so that the number of a line says which it is."""
    return _PARAGRAPH.sub(r"\n<w:p\1", xml.replace("\n", " "))


def _parsed(environment: "SandboxedEnvironment", source: str) -> "nodes.Template":
    from jinja2 import TemplateSyntaxError

    try:
        return environment.parse(source)
    except TemplateSyntaxError as error:
        _refuse("template.broken", source, error.lineno, problem=str(error.message)[:200])


def _refuse(code: str, source: str, line: int, **detail: Json) -> NoReturn:
    lines = source.splitlines()
    text = _TAG.sub("", lines[line - 1]).strip() if 0 < line <= len(lines) else ""
    # The first line of the source is what stands before the first paragraph.
    raise Rejected(code, line=max(line - 1, 1), text=text[:_TEXT_SHOWN_CHARACTERS], **detail)


def _filled(kind: TemplateKind, content: bytes, values: object) -> bytes:
    from jinja2 import TemplateError

    document = _docx_template(content)
    plain = _plain(values)
    assert isinstance(plain, dict)
    _keep_whole(document)
    try:
        document.render(plain, _environment(), autoescape=True)
    except (TemplateError, SyntaxError, AttributeError, TypeError, ValueError) as error:
        raise Rejected("template.structure", problem=f"{type(error).__name__}: {error}"[:200]) from error
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _keep_whole(document: "DocxTemplate") -> None:
    """Make the filling refuse what is no XML any more, where it would mend it silently and lose text.

    A cell needs a paragraph, also where the template repeats one for each of nothing.
    """
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement, parse_xml

    mended = document.fix_tables

    def fix_tables(xml: str) -> Any:
        parse_xml(xml.encode())
        tree = mended(xml)
        for cell in tree.iter(qn("w:tc")):
            if not len(cell) or cell[-1].tag != qn("w:p"):
                cell.append(OxmlElement("w:p"))
        return tree

    document.fix_tables = fix_tables


def _plain(value: object) -> object:
    """Return the values as the template sees them: mappings, lists, and text without control characters."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return value.replace("\r\n", "\n").translate(_LINE_ENDS).translate(_CONTROLS)
    return value
