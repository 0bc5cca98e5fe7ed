"""Learn: short lessons on two-dimensional data."""

from vaegc.ui import learn, set_up_page, show_errors
from vaegc.ui.session_scene import load_scene

set_up_page("Learn")

with show_errors():
    spec = learn.lesson()
    learn.stage(load_scene(spec))
