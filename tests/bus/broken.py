"""A process that does not start."""

from tests.bus.fakes import crash as main

__all__ = ["main"]
