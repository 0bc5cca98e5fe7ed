"""CSS of the Choose K page beyond the theme."""

from __future__ import annotations

import streamlit as st

# What is drawn again while a job computes must not fade meanwhile. Shades are mixed from the page's own colour, so that both themes are served.
STYLE = """
<style>
.st-key-choice-board [data-stale="true"] { opacity: 1 !important; transition: none !important; }
.st-key-verdict { padding: 1.1rem 1.5rem; }
.choice-k { font-size: clamp(4.4rem, 9vw, 7.4rem); font-weight: 700; line-height: .95; letter-spacing: -.05em; text-align: center; font-variant-numeric: tabular-nums; }
.choice-k-name { text-align: center; font-size: .95rem; color: color-mix(in srgb, currentColor 70%, transparent); }
.choice-headline { margin: .1rem 0 .2rem; padding: 0; font-size: 1.35rem; font-weight: 600; line-height: 1.3; letter-spacing: -.01em; max-width: 90ch; text-wrap: pretty; }
.choice-lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: .5rem 2rem; }
.choice-lists h3 { margin: 0 0 .15rem; padding: 0; font-size: .9rem; font-weight: 600; }
.choice-lists ul { margin: 0; padding: 0; list-style: none; font-size: .9rem; line-height: 1.4; }
.choice-lists li { margin: 0 0 .2rem; padding-left: 1.35em; position: relative; }
.choice-lists li::before { position: absolute; left: 0; content: "·"; font-weight: 700; }
.choice-for li::before { content: "✓"; color: color-mix(in srgb, #0a9d62 75%, currentColor); }
.choice-against li::before { content: "?"; color: color-mix(in srgb, #d97706 75%, currentColor); }
.choice-votes { width: 100%; border-collapse: collapse; font-size: .92rem; line-height: 1.4; table-layout: fixed; }
.choice-votes th, .choice-votes td { padding: .65rem .9rem .65rem 0; border: 0; border-bottom: 1px solid color-mix(in srgb, currentColor 16%, transparent); text-align: left; vertical-align: top; overflow-wrap: break-word; }
.choice-votes thead th { padding-top: 0; font-weight: 600; }
.choice-votes tr > :first-child { width: 9.5rem; }
.choice-votes tbody th { font-weight: 600; }
.choice-votes b { font-size: 1.35rem; font-weight: 700; line-height: 1.1; font-variant-numeric: tabular-nums; }
.choice-votes p { margin: .1rem 0 .15rem; }
.choice-votes small { display: block; font-size: .8rem; color: color-mix(in srgb, currentColor 70%, transparent); }
.choice-votes .choice-score { margin-top: .2rem; color: inherit; font-variant-numeric: tabular-nums; }
.choice-mark { display: inline-block; margin-left: .6rem; padding: 0 .5rem; border-radius: 1rem; font-size: .8rem; vertical-align: .15rem; background: color-mix(in srgb, currentColor 9%, transparent); }
.choice-mark.agrees { background: color-mix(in srgb, #0a9d62 24%, transparent); }
.choice-mark.differs { background: color-mix(in srgb, #d97706 22%, transparent); }
@media (max-width: 640px) {
  .st-key-verdict { padding: 1rem; }
  .choice-votes, .choice-votes tbody, .choice-votes tr { display: block; }
  .choice-votes thead { display: none; }
  .choice-votes tr { display: grid; grid-template-columns: 1fr 1fr; gap: 0 .8rem; padding: .6rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
  .choice-votes tr > :first-child { grid-column: 1 / -1; width: auto; }
  .choice-votes th, .choice-votes td { padding: 0; border: 0; }
  .choice-votes td:nth-of-type(1)::before { content: "before"; display: block; font-size: .75rem; opacity: .8; }
  .choice-votes td:nth-of-type(2)::before { content: "after"; display: block; font-size: .75rem; opacity: .8; }
}
</style>
"""


def style() -> None:
    """Add the CSS to the page; call it once, at the top."""
    st.html(STYLE)
