"""Train: choose data and a model, watch it learn, keep what is good."""

import streamlit as st

from vaegc.ui import set_up_page, show_errors, train

set_up_page("Train")
train.style()
st.title("Train a model and watch it learn", anchor=False)
st.caption("Choose data and a model, press Train, and open the result in Explore.")

with show_errors():
    runs, models = train.my_runs(), train.uploaded_models()
    train.new_run(runs)
    chosen = train.selected(runs, models)
    if chosen is None:
        train.nothing_yet()
    else:
        train.show(chosen)
        st.divider()
        ticked = train.listing(runs, models, st.session_state["train_run"])
        if len(ticked) > 1:
            train.compare([run for run in runs if run.job.id in ticked])
    train.upload()
