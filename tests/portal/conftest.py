"""One running system for the tests of pages and API: they begin with the demo and each changes its own part of it."""

from collections.abc import Iterator

import pytest

from tests.portal.console import running_console
from tests.support.services import RunningServices


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServices]:
    """Return the running system."""
    with running_console(tmp_path_factory.mktemp("console")) as running:
        yield running
