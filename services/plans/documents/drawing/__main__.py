"""Write the default templates anew."""

from services.plans.documents.drawing import DRAWN

for kind, draw in DRAWN.items():
    kind.default.write_bytes(draw())
