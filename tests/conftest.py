"""Which database the tests run on: `pytest --database sqlite` (the default) or `--database postgresql`."""

import os
import signal
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support import database, postgres

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the choice."""
    parser.addoption(
        "--database",
        choices=(_SQLITE, _POSTGRESQL),
        default=os.environ.get("TDKT_TEST_DATABASE", _SQLITE),
        help="run on SQLite, or what touches a database on PostgreSQL (or TDKT_TEST_DATABASE)",
    )


def pytest_configure() -> None:
    """Hear Ctrl-C also where a shell has put us into the background with SIGINT ignored, and let children hear it.

    And forget how wide the terminal is: what the command line writes into a pipe does not depend on it.
    """
    os.environ.pop("COLUMNS", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which database it is."""
    return f"database: {config.getoption('--database')}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run whole systems first, which take longest; on PostgreSQL leave out what touches no database.

    What touches none has run on SQLite, and would do the same again.
    """
    items.sort(key=lambda item: not item.nodeid.startswith("tests/system/"))
    if config.getoption("--database") == _SQLITE:
        return
    kept = [item for item in items if _touches_a_database(item) and not item.get_closest_marker("sqlite_only")]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _touches_a_database(item: pytest.Item) -> bool:
    """Return whether the test's module, or one that its fixtures come from, reaches what opens databases for tests."""
    info = getattr(item, "_fixtureinfo", None)
    names = {item.module.__name__} if isinstance(item, pytest.Function) else set()
    if info is not None:
        names |= {definition.func.__module__ for found in info.name2fixturedefs.values() for definition in found}
    return any(_reaches_a_database(name, set()) for name in names)


def _reaches_a_database(name: str, seen: set[str]) -> bool:
    if name in (postgres.__name__, database.__name__):
        return True
    if name in seen or not name.startswith("tests.") or name == __name__:
        return False
    seen.add(name)
    values = vars(sys.modules[name]).values()
    uses = {one.__name__ if isinstance(one, ModuleType) else getattr(one, "__module__", None) for one in values}
    return any(_reaches_a_database(one, seen) for one in uses if isinstance(one, str))


@pytest.fixture(scope="session", autouse=True)
def _server(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run one PostgreSQL for the session where it is asked for; where it is missing, every test fails and says so."""
    if request.config.getoption("--database") == _SQLITE:
        yield
        return
    with postgres.running_postgres(is_durable=False) as server:
        postgres.use_for_session(server)
        yield
        postgres.use_for_session(None)


@pytest.fixture(scope="module", autouse=True)
def _databases(_server: None) -> Iterator[None]:
    """Drop the databases of a module's folders when its tests, and the systems they share, have ended."""
    yield
    postgres.drop_databases()
