"""Charts as SVG pictures, drawn on the server; each stands beside its table."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

# The package has no types; what comes out of it is bytes.
_pygal: Any = import_module("pygal")
_style: Any = import_module("pygal.style")

FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", Arial, sans-serif'


def draw_shares(names: Sequence[str], percents: Sequence[float | None]) -> bytes:
    """Return horizontal bars from 0 to 100 percent, the first name on top; None has no bar."""
    chart = _pygal.HorizontalBar(
        style=_style.Style(
            background="white",
            plot_background="white",
            foreground="#1a1a1a",
            foreground_strong="#1a1a1a",
            foreground_subtle="#767676",
            colors=("#3d3d3d",),
            value_colors=("#1a1a1a",),
            font_family=FONT,
            label_font_size=15,
            major_label_font_size=15,
            value_font_size=15,
            value_label_font_size=15,
            opacity="1",
            transition="0s",
        ),
        js=(),
        show_legend=False,
        range=(0, 100),
        width=640,
        height=300,
        margin=10,
        print_values=False,  # the table beside it has them
        value_formatter=lambda value: f"{value:.1f}%".replace(".0%", "%").replace(".", ","),
        y_labels=[0, 25, 50, 75, 100],
        disable_xml_declaration=True,
        no_prefix=True,
    )
    chart.add_xml_filter(_without_scripts)
    # A horizontal chart is drawn from below.
    chart.x_labels = list(reversed(names))
    chart.add("", list(reversed(percents)))
    return str(chart.render()).encode()


def _without_scripts(root: Any) -> Any:
    """Return the picture without what only its pop-ups need; our policy would block it anyway."""
    for parent in list(root.iter()):
        for child in [one for one in parent if str(one.tag).endswith("script")]:
            parent.remove(child)
    return root
