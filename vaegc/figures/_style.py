"""What charts share: colours for light and dark pages, an empty Plotly figure in the common style, text that Plotly shows as it is."""

from __future__ import annotations

from typing import Any

from vaegc.web import palette
from vaegc.wording import counted

# Each is a pair, for a light and a dark page: index it by `dark`.
PALETTE = (palette.LIGHT, palette.DARK)
TEXT_COLOR, MUTED_COLOR = ("#1c2330", "#e6eaf2"), ("#586274", "#a5afc0")
GRID_COLOR, PAPER_COLOR = ("rgba(28,35,48,0.10)", "rgba(230,234,242,0.12)"), ("#ffffff", "#1a202b")
TRANSPARENT = "rgba(0,0,0,0)"
LINE_MODE = ("markers", "lines")  # Plotly's mode of a line, by whether it has more than one point


def base_figure(title: str, subtitle: str, dark: bool, height: int = 280) -> Any:
    """Return an empty Plotly chart in the common style; `height` in pixels."""
    import plotly.graph_objects as go

    small = f"<span style='font-size:12px;color:{MUTED_COLOR[dark]}'>{subtitle}</span>"
    head = {"text": f"{title}<br>{small}", "font": {"size": 15, "color": TEXT_COLOR[dark]}}
    top = 34 + 17 * (subtitle.count("<br>") + 1)
    axis = {
        "gridcolor": GRID_COLOR[dark], "zeroline": False, "automargin": True, "tickfont": {"size": 11, "color": MUTED_COLOR[dark]},
        "title": {"font": {"size": 12, "color": TEXT_COLOR[dark]}, "standoff": 6},
    }  # fmt: skip
    return go.Figure(layout={
        "template": go.layout.Template(), "height": height, "margin": {"l": 8, "r": 12, "b": 8, "t": top},
        "title": {**head, "x": 0, "xref": "paper", "yref": "container", "y": 1 - 22 / height, "yanchor": "top"},
        "paper_bgcolor": TRANSPARENT, "plot_bgcolor": TRANSPARENT, "font": {"family": "sans-serif", "color": TEXT_COLOR[dark]},
        "xaxis": axis, "yaxis": axis, "showlegend": False, "hovermode": "x", "hoverdistance": -1, "dragmode": False,
        "hoverlabel": {"bgcolor": PAPER_COLOR[dark], "bordercolor": MUTED_COLOR[dark], "font": {"color": TEXT_COLOR[dark], "size": 12}, "align": "left"},
        "modebar": {"remove": ["select", "lasso", "autoScale"], "bgcolor": TRANSPARENT, "color": MUTED_COLOR[dark], "activecolor": TEXT_COLOR[dark]},
    })  # fmt: skip


def empty_figure(title: str, n: int, dark: bool) -> Any:
    """Return a chart without axes that says in its title why there is nothing to draw, of N points."""
    return base_figure(title, f"N = {counted(n, 'point')}", dark).update_xaxes(visible=False).update_yaxes(visible=False)


def escape_text(name: str) -> str:
    """Return a name that Plotly shows as it is: it reads a few tags in texts."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
