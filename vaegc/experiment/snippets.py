"""Code snippets, Python and shell, that reproduce what a page shows; tests run them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from vaegc.experiment.spec import ExperimentSpec
from vaegc.models import ModelConfig


def run_python(spec: ExperimentSpec, model_zip: str | None = None) -> str:
    """Return Python that computes the result of a spec; `model_zip` is unpacked first, to the folder that the spec names."""
    return f"{_spec_in_python(spec, model_zip)}result = spec.run()\nprint(result.suggestion.reason, result.scores)"


def run_command(spec: ExperimentSpec, model_zip: str | None = None) -> str:
    """Return shell lines that do so; parameters as in `run_python`."""
    return f"{_shell_unpacked(spec, model_zip)}{_spec_file(spec)}vaegc run spec.yaml --labels labels.csv"


def selection_python(spec: ExperimentSpec, model_zip: str | None = None) -> str:
    """Return Python that makes the same selection of K, and prints what its page shows; parameters as in `run_python`."""
    return (
        f"{_spec_in_python(spec, model_zip)}"
        "choice = vaegc.select_k(spec)\n"
        'print(choice.verdict.headline, *choice.verdict.reasons, *choice.verdict.doubts, sep="\\n")\n'
        "for sweep in choice.step_sweeps:\n"
        '    print("step", sweep.step, sweep.suggestion.n_clusters, sweep.suggestion.reason)\n'
        "for cell in choice.bandwidth_cells:\n"
        '    print("bandwidth", cell.neighbors, "step", cell.step, cell.suggestion.n_clusters)\n'
        "for when, rows in choice.votes.items():\n"
        "    for row in rows:\n"
        '        print(when, row["method"], row["n_clusters"], row["reason"])'
    )


def selection_command(spec: ExperimentSpec, model_zip: str | None = None) -> str:
    """Return shell lines that do so; parameters as in `run_python`."""
    return f"{_shell_unpacked(spec, model_zip)}{_spec_file(spec)}vaegc choose spec.yaml"


def _spec_in_python(spec: ExperimentSpec, model_zip: str | None) -> str:
    return f'{_unpacked(spec, model_zip)}import vaegc\n\nspec = vaegc.Experiment.from_query("{spec.to_query()}")\n'


def _unpacked(spec: ExperimentSpec, model_zip: str | None) -> str:
    return f'import shutil\n\nshutil.unpack_archive("{model_zip}", "{spec.model}")\n\n' if model_zip else ""


def _shell_unpacked(spec: ExperimentSpec, model_zip: str | None) -> str:
    return f"python -m zipfile -e {model_zip} {spec.model}\n" if model_zip else ""


def _spec_file(spec: ExperimentSpec) -> str:
    return f"cat > spec.yaml <<'END'\n{spec.to_yaml()}END\n"


# --- Generate --------------------------------------------------------------------------------------------------------------


def generate_python(spec: ExperimentSpec, ways: Sequence[tuple[str, Mapping[str, Any]]], model_zip: str | None = None) -> str:
    """Return Python that makes image grids of Generate again.

    Parameters
    ----------
    spec
        The experiment.
    ways
        Of each grid what it is, "clusters", "modes", "grid" or "styles", and the settings that made it.
    model_zip
        As in `run_python`.
    """
    made = []
    for what, settings in ways:
        given = dict(settings)
        if what == "styles":
            dimension = given.pop("dimension", None)
            first = given.pop("styles")
            styles = first if dimension is None else f"generation.styles_along_dimension(result.model, {dimension}, {first})"
            made.append(f"{what} = generation.style_table(result.model, {styles}{_arguments(given)})")
        else:
            function = {"clusters": "cluster_samples", "modes": "modes_and_means", "grid": "latent_grid"}[what]
            call = f"generation.{function}(result{_arguments(given)})"
            made.append(f"{what} = generation.plane_image_grid(result, {call})" if what == "grid" else f"{what} = {call}")
        made.append(f"print({what}.caption, {what}.to_array().shape)")
    head = f'import vaegc\nfrom vaegc import generation\n\nresult = vaegc.Experiment.from_query("{spec.to_query()}").run()\n'
    return _unpacked(spec, model_zip) + head + "\n".join(made)


def generate_command(spec: ExperimentSpec, ways: Sequence[tuple[str, Mapping[str, Any]]], model_zip: str | None = None) -> str:
    """Return shell lines that make image grids of Generate again, as PNG files; parameters as in `generate_python`."""
    options: dict[str, str] = {}
    for what, settings in ways:
        given = dict(settings)
        if what == "grid":
            options["--grid"] = f"{given.pop('rows')}x{given.pop('columns')}"
        else:
            options[f"--{what}"] = str(given.pop("styles", ""))
        options |= {f"--{name.replace('_', '-')}": f"{value}" for name, value in given.items() if value is not None}
    written = " ".join(f"{name} {value}".strip() for name, value in options.items())
    return f"{_shell_unpacked(spec, model_zip)}{_spec_file(spec)}vaegc generate spec.yaml {written} --out generated"


def _arguments(given: Mapping[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)


# --- Train and Data --------------------------------------------------------------------------------------------------------


def train_python(dataset: str, config: ModelConfig, out: str, seed: int = 0, n: int | None = None) -> str:
    """Return Python that trains a model of `config` on a named set, or on a file, and saves it to the folder `out`."""
    from dataclasses import fields

    usual = ModelConfig()
    given = [f"kind={config.kind!r}"]
    given += [
        f"{f.name}={value!r}"
        for f in fields(ModelConfig)
        if f.name != "kind" and (value := getattr(config, f.name)) != getattr(usual, f.name)
    ]
    some = "" if n is None else f", n={n}"
    return (
        "import vaegc\n\n"
        f"data = vaegc.load_dataset({dataset!r}{some})\n"
        f"config = vaegc.ModelConfig({', '.join(given)})\n"
        f"model = vaegc.train(data, config, seed={seed})\n"
        f"model.save({out!r})\n"
        "print(model.provenance.history[-1])"
    )


def load_python(dataset: str) -> str:
    """Return Python that loads a named set, or a file, and says what is in it."""
    return f"import vaegc\n\ndata = vaegc.load_dataset({dataset!r})\nprint(data.name, data.x.shape, data.class_counts())"


def shell_line(words: tuple[str, ...]) -> str:
    """Return the arguments of `vaegc` as a quoted line of the shell."""
    return shlex.join(("vaegc", *words))
