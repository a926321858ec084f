"""Who imports whom (the dependency rule), and what a cold start may load (the import budgets)."""

import ast
import graphlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from benchmarks.package_sizes import DEPLOYED

ROOT = Path(__file__).parents[1]
CORE = ROOT / "layers" / "core"
PACKAGE = CORE / "earwitness"
FUNCTIONS = sorted((ROOT / "functions").glob("*.py"))
BUDGETS = yaml.safe_load((ROOT / "tests/cases/import_budgets.yaml").read_text("utf-8"))

GROUND = {"model", "text", "personal", "fetching"}
STOOD_ON = {"model", "text", "personal", "figures"}
DECISIONS = {"matching", "signals", "alerting", "judging", "stories"}
EDGES = {
    "channels", "store", "receivers", "polls", "offers", "rings", "secrets", "watchlist_bucket",
}  # fmt: skip
UPPER = {"judging", "stories"}  # may stand on other decisions
TOP = {
    "assessing",
    "cli",
    "exports",
    "forgetting",
    "operations",
    "polling",
}  # wire edges, as functions do

NOT_FOR_DECISIONS = {
    "asyncio", "http", "multiprocessing", "os", "random", "secrets", "shutil", "socket", "ssl",
    "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(CORE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, but for those that only a type checker sees."""
    tree = ast.parse(path.read_text("utf-8"))
    unseen = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: name the package"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else str(node.module)


def part(module: str) -> str:
    """The part of the house that a module belongs to: ``earwitness.store.keys`` -> ``store``."""
    return [*module.split("."), ""][1]


def parts_imported_by(name: str) -> set[str]:
    return {
        part(imported)
        for module, path in MODULES.items()
        if part(module) == name
        for imported in imports(path)
        if imported.startswith("earwitness")
    } - {name, ""}


PARTS = sorted({part(module) for module in MODULES} - {""})


def test_modules_import_one_another_in_no_circle() -> None:
    graph = {
        module: {imported for imported in imports(path) if imported in MODULES} - {module}
        for module, path in MODULES.items()
    }
    list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("name", sorted(GROUND & set(PARTS)))
def test_the_ground_floor_stands_on_nothing(name: str) -> None:
    assert parts_imported_by(name) == set()


def test_figures_stand_on_the_model_alone() -> None:
    assert parts_imported_by("figures") == {"model"}


@pytest.mark.parametrize("name", sorted(DECISIONS - UPPER & set(PARTS)))
def test_a_decision_stands_on_the_ground_alone(name: str) -> None:
    assert parts_imported_by(name) <= STOOD_ON


@pytest.mark.parametrize("name", sorted(UPPER & set(PARTS)))
def test_judging_and_stories_stand_on_decisions(name: str) -> None:
    assert parts_imported_by(name) <= STOOD_ON | DECISIONS - UPPER


@pytest.mark.parametrize("name", sorted(EDGES & set(PARTS)))
def test_an_edge_imports_no_other_edge(name: str) -> None:
    assert parts_imported_by(name) & EDGES == set()


@pytest.mark.parametrize("name", sorted(set(PARTS) - TOP))
def test_nothing_imports_what_wires_it(name: str) -> None:
    assert parts_imported_by(name) & TOP == set()


def decision_files() -> list[Path]:
    return [path for module, path in sorted(MODULES.items()) if part(module) in DECISIONS]


@pytest.mark.parametrize("path", decision_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_decision_imports_no_input_or_output(path: Path) -> None:
    outside = set(imports(path)) - {"urllib.parse"}
    packages = {name.split(".")[0] for name in outside} - {"earwitness"}
    assert packages - sys.stdlib_module_names <= {"numpy", "rapidfuzz"}
    assert packages & NOT_FOR_DECISIONS == set()


@pytest.mark.parametrize("path", decision_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_decision_reads_no_clock(path: Path) -> None:
    read = [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
    ]
    assert read == []


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda p: p.stem)
def test_a_function_imports_no_other_function(path: Path) -> None:
    others = {f.stem for f in FUNCTIONS} | {"functions"}
    assert {name.split(".")[0] for name in imports(path)} & others == set()


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda p: p.stem)
def test_a_cold_start_loads_no_more_than_its_budget(path: Path) -> None:
    assert loaded_by(path) <= {*BUDGETS["every"], *BUDGETS[path.stem], path.stem}


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda p: p.stem)
def test_a_budget_has_nothing_to_spare(path: Path) -> None:
    assert set(BUDGETS[path.stem]) <= loaded_by(path)


def loaded_by(path: Path) -> set[str]:
    """The third-party packages that importing a function loads, in a process of its own."""
    program = (
        f"import sys; import {path.stem}; "
        "print(*{m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names)"
    )
    environment = os.environ | {
        **DEPLOYED,
        "PYTHONPATH": os.pathsep.join(map(str, (path.parent, CORE))),
    }
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return {name for name in run.stdout.split() if not name.startswith("_")}
