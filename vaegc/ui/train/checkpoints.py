"""Checkpoints as files: a zip of model.json and model.safetensors, downloaded and uploaded; never a pickle."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from vaegc.errors import BadInput, VaegcError
from vaegc.limits import max_upload_mb, read_only
from vaegc.ui.catalog import available_datasets, dataset_size, default_spec, open_in_explore
from vaegc.ui.profile import workspace
from vaegc.wording import counted
from vaegc.workspace import StoredModel, file_name

CHECKPOINT_FILES = ("model.json", "model.safetensors")


def download_checkpoint(folder: Path, title: str, key: str) -> None:
    """Draw the download button of the checkpoint in a folder."""

    def packed() -> bytes:
        from vaegc.models.packed import pack_model

        return pack_model(folder)

    st.download_button(
        "Download checkpoint", packed, f"{file_name(title)}.zip", "application/zip", icon=":material/download:", key=key, on_click="ignore",
        width="stretch", help="model.json and model.safetensors in a zip: vaegc.load_model opens the folder.",
    )  # fmt: skip


def upload_section() -> None:
    """Draw the expander that takes a checkpoint as a zip, or as its two files."""
    with st.expander("Upload a checkpoint", icon=":material/upload_file:", key="train-upload"):
        if read_only():
            st.info("This server is read-only: nothing can be uploaded.", icon=":material/info:")
            return
        given = st.file_uploader(
            "A zip that was downloaded here, or model.json and model.safetensors together", ["zip", "json", "safetensors"], key=_key(),
            accept_multiple_files=True, max_upload_size=max_upload_mb(), help="Weights and settings only; nothing in them is run.",
        )  # fmt: skip
        if not given:
            return
        try:
            files = {file.name: file for file in given}
            zipped = [name for name in files if name.lower().endswith(".zip")]
            if len(zipped) == 1 and len(files) == 1:
                kept = workspace().add_model(given[0].getvalue(), _title(zipped[0]))
            elif set(files) == set(CHECKPOINT_FILES):
                kept = workspace().add_model({name: file.getvalue() for name, file in files.items()}, "Uploaded model")
            elif set(files) < set(CHECKPOINT_FILES):
                missing = next(iter(set(CHECKPOINT_FILES) - set(files)))
                st.info(f"Add {missing} too: the two files belong together.", icon=":material/info:")
                return
            else:
                raise BadInput("One checkpoint at a time: a single zip, or model.json together with model.safetensors.")
        except VaegcError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.session_state["train-uploads"] = st.session_state.get("train-uploads", 0) + 1  # an empty uploader for the next one
        st.session_state["train_run"] = kept.id
        st.rerun()


def show_uploaded(model: StoredModel) -> None:
    """Draw an uploaded model, and the data sets that it can encode."""
    from vaegc.models import kind_name

    with st.container(key="run-status"):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.subheader(model.title, anchor=False, width="content")
        row.badge("Uploaded", icon=":material/upload_file:", color="gray")
        made = f" on {model.data}" if model.data else ""
        st.caption(
            f"{kind_name(model.kind)}{made} · {counted(model.input_dim, 'feature')} to {counted(model.latent_dim, 'latent dimension')} · "
            f"{counted(model.epochs, 'epoch')} · seed {model.seed}"
        )
    open_with_dataset(model)


def open_with_dataset(model: StoredModel) -> None:
    """Draw the choice of a data set that a model can encode, and the button that opens both in Explore."""
    fitting = {name: words for name, words in available_datasets().items() if dataset_size(name).d == model.input_dim}
    if not fitting:
        st.info(
            f"None of the data sets here has the {counted(model.input_dim, 'feature')} that this model takes: upload one on the Data page.",
            icon=":material/info:",
        )
        return
    names = list(fitting)
    begin = names.index(model.data) if model.data in names else 0
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Data to look at with it", names, begin, key=f"fitting-{model.id}", format_func=fitting.__getitem__, width=320
        )
        if st.button("Open in Explore", type="primary", icon=":material/explore:", key="open"):
            try:
                open_in_explore(default_spec(name, model.ref))
            except VaegcError as error:
                st.error(str(error), icon=":material/error:")


def _key() -> str:
    return f"train-files-{st.session_state.get('train-uploads', 0)}"


def _title(name: str) -> str:
    return Path(name).stem.replace("-", " ").replace("_", " ").strip()[:80] or "Uploaded model"
