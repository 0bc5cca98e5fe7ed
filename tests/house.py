"""The rooms of the package as their imports are: who imports whom, circles of files, and the diagram in CONTRIBUTING.md.

`python tests/house.py` writes that diagram again.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
TIERS = (  # top to bottom; a room imports rooms of lower tiers only, those of the last two also their own
    ("pages",), ("ui",), ("cli",), ("vaegc",), ("report", "benchmarks"), ("selection", "studies", "generation"), ("experiment",), ("estimator",),
    ("baselines", "figures"), ("web",), ("densities", "training", "ascent", "projection", "workspace"), ("sweep", "models", "datasets", "jobs"),
    ("clusterers",), ("store",), ("metrics", "limits"), ("checks", "neighbors", "robust", "wording"), ("progress", "errors"),
)  # fmt: skip
TIER = {room: number for number, tier in enumerate(TIERS) for room in tier}
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
MODULES = sorted((ROOT / "vaegc").rglob("*.py"))
BEGIN, END = "<!-- rooms: python tests/house.py -->\n", "<!-- end of rooms -->\n"


def name_of(path: Path) -> str:
    """Dotted name of a file: "vaegc.sweep" for its `__init__`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(path: Path) -> str:
    """Room of a file."""
    if path in PAGES:
        return "pages"
    parts = path.relative_to(ROOT / "vaegc").with_suffix("").parts
    return {"__init__": "vaegc", "__main__": "cli"}.get(parts[0], parts[0])


@cache
def imports(path: Path) -> tuple[tuple[str, bool], ...]:
    """Names imported anywhere in a file, each with whether that happens at module level; what only type checkers see is left out."""
    found: list[tuple[str, bool]] = []
    known = {name_of(module) for module in MODULES}

    def visit(node: ast.AST, at_top: bool) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for child in node.orelse:
                visit(child, at_top)
            return
        if isinstance(node, ast.Import):
            found.extend((alias.name, at_top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports name the whole path"
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found.extend((name if name in known else str(node.module), at_top) for name in whole)
        inside = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            visit(child, at_top and not inside)

    visit(ast.parse(path.read_text(encoding="utf-8")), True)
    return tuple(found)


def rooms_imported(path: Path) -> set[str]:
    """Rooms that a file imports from, its own included."""
    parts = [name.split(".") for name, _ in imports(path) if name.split(".")[0] == "vaegc"]
    return {part[1] if len(part) > 1 else "vaegc" for part in parts}


def file_imports() -> dict[str, set[str]]:
    """Modules of the package that each of them imports, inside functions too."""
    known = {name_of(path) for path in MODULES}
    return {name_of(path): {name for name, _ in imports(path) if name in known} - {name_of(path)} for path in MODULES}


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, along any way (strongly connected components of two or more)."""

    def reached(start: str) -> set[str]:
        seen, waiting = set(), [start]
        while waiting:
            for other in edges[waiting.pop()] - seen:
                seen.add(other)
                waiting.append(other)
        return seen

    ways = {name: reached(name) for name in edges}
    groups = {tuple(sorted(other for other in ways[name] if name in ways[other])) for name in edges if name in ways[name]}
    return [list(group) for group in sorted(groups)]


def room_imports() -> dict[str, set[str]]:
    """Rooms that each room imports; the front door, which names all of them, left out."""
    edges: dict[str, set[str]] = {}
    for path in [*PAGES, *MODULES]:
        room = room_of(path)
        if room != "vaegc":
            edges.setdefault(room, set()).update(rooms_imported(path) - {room, "vaegc"})
    return edges


def diagram() -> str:
    """The rooms as a Mermaid chart, tier by tier; an arrow that follows from others is left out."""
    edges = room_imports()

    def below(room: str) -> set[str]:
        return edges.get(room, set()).union(*(below(other) for other in edges.get(room, set())))

    direct = {room: others - set().union(*(below(other) for other in others)) for room, others in edges.items()}
    lines = ["```mermaid", "flowchart TD"]
    for tier in TIERS:
        rooms = [room for room in tier if room in edges]
        for room in rooms:
            lines += [f"  {room} --> {other}" for other in sorted(direct[room], key=lambda other: (TIER[other], other))]
    return "\n".join([*lines, "```\n"])


# --- names -------------------------------------------------------------------------------------------------------------

SCRIPTS = sorted((ROOT / "vaegc").rglob("*.js"))
STYLES = sorted((ROOT / "vaegc").rglob("*.css"))
DECLARED = (  # in JavaScript: functions and classes, variables, methods
    re.compile(r"\b(?:function\*?|class)\s+(\w+)"),
    re.compile(r"\b(?:const|let|var)\s+(\w+)"),
    re.compile(r"^\s+(?:(?:static|async|get|set)\s+)*#?(\w+)\([^()]*\)\s*\{", re.MULTILINE),
    re.compile(r"\bthis\.#?(\w+)\s*="),
)
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def python_names(text: str) -> set[str]:
    """Names that outlive a line: functions, classes, arguments, attributes, and what a module or a class defines."""
    found: set[str] = set()

    def define(target: ast.AST) -> None:
        found.update(node.id for node in ast.walk(target) if isinstance(node, ast.Name))

    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, ast.arg):
            found.add(node.arg)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        if isinstance(node, (ast.Module, ast.ClassDef)):
            for child in node.body:
                for target in getattr(child, "targets", [getattr(child, "target", None)]):
                    if target is not None and not isinstance(child, ast.For):
                        define(target)
    return found


def script_names(text: str) -> set[str]:
    """Declared names of a JavaScript module: functions, classes, variables, methods, properties that are set."""
    code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", text, flags=re.DOTALL)
    return {name for pattern in DECLARED for name in pattern.findall(code)} - {
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "function",
    }


def style_names(text: str) -> set[str]:
    """Classes that a style sheet names."""
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", text, flags=re.DOTALL)
    return set(re.findall(r"\.([A-Za-z][\w-]*)", selectors))


def names_of(path: Path) -> set[str]:
    """Names that a file of the package defines, and its own."""
    read = {".py": python_names, ".js": script_names, ".css": style_names}[path.suffix]
    return read(path.read_text(encoding="utf-8")) | ({path.stem} if path.parent != ROOT / "pages" else set())


def words_of(name: str) -> set[str]:
    """Words that an identifier is made of: "choice_in_words" and "choiceInWords" have the same."""
    return {part.lower() for part in PARTS.findall(name)}


def write() -> None:
    """Put the diagram where CONTRIBUTING.md has it."""
    path = ROOT / "CONTRIBUTING.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    path.write_text(before + BEGIN + diagram() + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    write()
