"""Headers of messages, read twice as fast as nats-py reads them (docs/adr/0018).

Half of what a reader of the log spends on receiving goes into headers: nats-py looks at every character of
every name. What the server and we ourselves write is of the plainest form, and that is read here in two steps;
any other form is left to nats-py.
"""

import re

from nats.aio.client import Client

_LINE = re.compile(r"^([!-9;-~]+): ([!-~]+)\r\n", re.MULTILINE)
_parse_any = Client._parse_header_lines


def parse_headers(raw: bytes) -> dict[str, str]:
    """Return the headers of a block, `Name: value` a line and an empty line behind, as nats-py does."""
    if raw.isascii() and raw.endswith(b"\r\n\r\n"):
        pairs = _LINE.findall(raw.decode("ascii"))
        if len(pairs) == raw.count(b"\n") - 1:  # every line but the empty one at the end is of the plain form
            return dict(pairs)
    return _parse_any(raw)


def quicken(client: Client) -> Client:
    """Let the connection read headers this way, and return it."""
    client._parse_header_lines = parse_headers  # type: ignore[method-assign]  # nats-py asks for it nowhere else
    return client
