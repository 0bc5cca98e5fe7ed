"""Train: choose data and a model, watch it learn, keep what is good."""

import streamlit as st

from vaegc.ui import set_up_page, show_errors, train

set_up_page("Train")
train.style()
st.title("Train a model and watch it learn", anchor=False)
st.caption("Choose data and a model, press Train, and open the result in Explore.")

with show_errors():
    runs, models = train.my_runs(), train.uploaded_models()
    train.new_run_section(runs)
    chosen = train.selected(runs, models)
    if chosen is None:
        train.empty_state()
    else:
        train.show_selected(chosen)
        st.divider()
        ticked = train.run_list(runs, models, st.session_state["train_run"])
        if len(ticked) > 1:
            train.compare_runs([run for run in runs if run.job.id in ticked])
    train.upload_section()
