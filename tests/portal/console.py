"""A person at the console, and a program at the API: real HTTP against a real portal and real services."""

import asyncio
import html
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx2

from services.cli.demo import PASSWORD, load
from tests.support.nats import running_nats
from tests.support.services import RunningServices, running_services

SERVICES = ("plans", "nominations", "scoring", "notifications", "portal")
_HIDDEN = re.compile(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"')
_CHECKED = re.compile(r'<input type="(?:radio|checkbox)" name="([^"]+)" value="([^"]*)" checked')
_CHOICES = re.compile(r'<input type="(?:radio|checkbox)"[^>]*>')
_AREA = re.compile(r'<textarea[^>]*?name="([^"]+)"[^>]*>(.*?)</textarea>', re.S)
_SELECT = re.compile(r'<select[^>]*?name="([^"]+)"[^>]*>(.*?)</select>', re.S)
_FORM = re.compile(r'<form class="(?:form|editor|score-form)"[^>]*action="([^"]+)".*?</form>', re.S)


@contextmanager
def running_console(folder: Path, **settings: Any) -> Iterator[RunningServices]:
    """Run all services and the portal with the data of the demo; `settings` are those that differ from a test's."""
    with ExitStack() as stack:
        bus = stack.enter_context(running_nats(folder))
        bus.settings = bus.settings.model_copy(update=settings)
        system = stack.enter_context(running_services(folder, SERVICES, bus=bus))
        # In a process of its own: loading traces what it does, and a process has one tracer for ever.
        child = get_context("fork").Process(target=_seed, args=(system,))
        child.start()
        child.join(60)
        assert child.exitcode == 0, "the demo was not loaded"
        yield system


def _seed(system: RunningServices) -> None:
    asyncio.run(load(system.settings.model_copy(update={"process": "cli"})))


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the console."""

    status: int
    path: str
    text: str
    headers: httpx2.Headers

    @property
    def words(self) -> str:
        """Return what stands on the page, without markup."""
        main = self.text.split('<main id="main"', 1)[-1]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())

    @property
    def notice(self) -> str:
        """Return the sentence that the last form left."""
        found = re.search(r'<p class="notice notice-good">.*?</span> (.*?)</p>', self.text, re.S)
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""
        return text.removeprefix("Tốt: ")

    @property
    def errors(self) -> str:
        """Return the error summary in words, empty where there is none."""
        found = re.search(r'<div class="error-summary".*?</div>', self.text, re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""

    @property
    def action(self) -> str:
        """Return where the page's form goes."""
        found = _FORM.search(self.text)
        assert found, self.words
        return html.unescape(found[1])

    @property
    def fields(self) -> dict[str, Any]:
        """Return the form as a browser would send it untouched."""
        found = _FORM.search(self.text)
        assert found, self.words
        form = found[0]
        fields: dict[str, Any] = {}
        for name, value in _HIDDEN.findall(_CHOICES.sub("", form)):
            fields[name] = [*fields[name], html.unescape(value)] if name in fields else [html.unescape(value)]
        fields = {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
        fields |= {name: html.unescape(text) for name, text in _AREA.findall(form)}
        for name, options in _SELECT.findall(form):
            chosen = re.search(r'value="([^"]*)" selected', options)
            fields[name] = chosen[1] if chosen else ""
        for name, value in _CHECKED.findall(form):
            fields.setdefault(name, [])
            fields[name].append(value)
        return fields

    def links(self, pattern: str) -> list[str]:
        """Return the addresses on the page that match."""
        return [one for one in map(html.unescape, re.findall(r'href="([^"]+)"', self.text)) if re.search(pattern, one)]


class Person:
    """Somebody with a browser, signed in."""

    def __init__(self, url: str, login: str) -> None:
        """Sign in with the password of the demo."""
        self.client = httpx2.Client(
            base_url=url, headers={"accept": "text/html", "origin": url}, follow_redirects=True, timeout=20
        )
        answer = self.client.post("/dang-nhap", data={"login": login, "password": PASSWORD, "tiep": "/"})
        assert answer.status_code == 200, answer.text[:500]

    def open(self, path: str, *, headers: dict[str, str] | None = None) -> Page:
        """Open a page."""
        return _page(self.client.get(path, headers=headers))

    def send(self, shown: Page, /, **typed: Any) -> Page:
        """Fill in the page's form and send it."""
        return self.post(shown.action, {**shown.fields, **typed})

    def upload(self, shown: Page, name: str, content: bytes, /, **typed: Any) -> Page:
        """Fill in the page's form with a file named `document` and send it."""
        answer = self.client.post(
            shown.action, data={**shown.fields, **typed}, files={"document": (name, content, "text/plain")}
        )
        return _page(answer)

    def confirm(self, shown: Page) -> Page:
        """Say yes on the page before what cannot be undone."""
        return self.send(shown, xac_nhan="1")

    def post(self, path: str, fields: dict[str, Any]) -> Page:
        """Send fields to an address."""
        return _page(self.client.post(path, data=fields))

    def csrf(self) -> str:
        """Return a form token of the session."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.client.get("/tai-khoan").text)
        assert found
        return found[1]


def _page(answer: httpx2.Response) -> Page:
    path = answer.url.raw_path.decode()
    return Page(status=answer.status_code, path=path, text=answer.text, headers=answer.headers)
