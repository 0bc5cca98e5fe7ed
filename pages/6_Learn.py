"""Learn: one thing at a time, on data whose shape one can see."""

from vaegc.ui import learn, page_frame, sentences
from vaegc.ui.session_scene import scene_of

page_frame("Learn")

with sentences():
    spec = learn.lesson()
    learn.stage(scene_of(spec))
