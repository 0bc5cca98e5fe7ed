"""`Workspace` of one browser profile, and the resolution of its private references."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from vaegc.workspace._models import ModelStore
from vaegc.workspace._records import file_name, is_private

Spec = TypeVar("Spec", bound=Any)  # an `Experiment`, which is a room further up


class Workspace(ModelStore):
    """Data sets, runs and models of one browser profile on this server.

    Parameters
    ----------
    owner
        16 hexadecimal digits; the hash of the profile's secret.
    """

    def resolve(self, spec: Spec) -> Spec:
        """Return the spec with paths in place of "mine:…"; raises `BadInput` for what is not here."""
        made = spec
        if is_private(spec.dataset):
            made = replace(made, dataset=str(self._data_path(str(spec.dataset))))
        if is_private(spec.model):
            made = replace(made, model=str(self.find_model(str(spec.model)).folder))
        return made

    def portable(self, spec: Spec) -> Spec:
        """Return the spec with the names of downloads in place of "mine:…": what runs in a folder that holds them."""
        made = spec
        if is_private(spec.dataset):
            made = replace(made, dataset=f"{file_name(self.find_data(str(spec.dataset)).title)}.npz")
        if is_private(spec.model):
            made = replace(made, model=f"./{file_name(self.find_model(str(spec.model)).title)}")
        return made
