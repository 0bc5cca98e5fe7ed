"""Learn: one thing at a time, on data whose shape one can see."""

from vaegc.ui import explore, learn, page_frame, sentences

page_frame("Learn")

with sentences():
    spec = learn.lesson()
    learn.stage(explore.scene_of(spec))
