"""Word documents (vi: văn bản Word): read them as blocks or as plain text, write them from officers' templates."""

from shared.office.word.fields import TemplateField, about, fields_of
from shared.office.word.plain import word_text
from shared.office.word.reading import Block, Cell, Merge, Paragraph, Table, read_word
from shared.office.word.templates import (
    Template,
    TemplateKind,
    check_template,
    fill,
    find_template,
    install_template,
)

__all__ = [
    "Block",
    "Cell",
    "Merge",
    "Paragraph",
    "Table",
    "Template",
    "TemplateField",
    "TemplateKind",
    "about",
    "check_template",
    "fields_of",
    "fill",
    "find_template",
    "install_template",
    "read_word",
    "word_text",
]
