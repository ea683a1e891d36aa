"""Write the examples and schemas that are missing; those that are there stay as they are."""

import json

from shared.codec import to_plain
from tests.golden import SERVICES, codec_of, example, path_of
from tests.golden.schemas import add_missing

for service in SERVICES:
    codec = codec_of(service)
    for member in codec.members:
        path = path_of(service, codec.wire_name(member))
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(to_plain(example(member)), ensure_ascii=False, indent=2) + "\n")
            print(f"added {path.name}")  # noqa: T201

for line in add_missing():
    print(line)  # noqa: T201
