#!/usr/bin/env python3
"""The rules of this house that a machine can see. Usage: architecture.py RULE; without one, lists the rules.

Reads `cargo metadata` and the files of the tree, changes nothing, prints each breach on a line of its own.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Who may use whom among our own crates, as the diagram in ARCHITECTURE.md draws it. A new pair here is a decision
# about the design: it is looked at hard.
MAY_USE = {
    "domain": set(),
    "store": {"domain"},
    "jobs": {"domain", "store"},
    "media": {"net"},
    "net": set(),
    "actions": {"domain", "store", "jobs", "media", "net"},
    "http": {"domain", "actions"},
    "mastodon-api": {"domain", "actions", "http"},
    "web": {"domain", "media", "actions", "http"},
    "federation": {"domain", "store", "jobs", "net", "actions", "http"},
    "server": {
        "domain", "store", "jobs", "media", "net", "actions",
        "http", "mastodon-api", "web", "federation",
    },
}
TESTS = {"coverage", "tests", "load"}  # they drive everything from outside and ship nothing, so the tables here do not bind them

# Outside crates that have a home: nobody else names them in a manifest.
HOMES = {
    r"diesel.*|libsqlite3-sys|pq-sys|rusqlite|postgres|tokio-postgres|sqlx.*": {"store"},
    r"reqwest|hyper|hyper-util|lettre": {"net"},
    r"actix-.*": {"http", "mastodon-api", "web", "federation", "server"},
    r"activitypub_federation": {"federation"},
    r"rusty-s3": {"media"},
    r"askama": {"web"},
    r"clap|toml|tracing-subscriber": {"server"},
}

# `domain` may offer its words as column types behind this feature of its own; only `store` turns it on.
COLUMN_TYPES = "diesel"

# What must not be reachable at all, through any chain of dependencies.
OUT_OF_REACH = {
    "domain": {"tokio", "reqwest", "hyper", "actix-web", "tracing-subscriber"},
    "store": {"reqwest", "hyper", "actix-web"},
    "jobs": {"reqwest", "hyper", "actix-web"},
    "actions": {"actix-web", "activitypub_federation"},
}

MOST_LINES = 600
WITHOUT_LIMIT = ("crates/store/src/schema.rs", "tests/fixtures/")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME)\b|\btodo!\(|\bunimplemented!\(|#\[ignore")
NAMES_THAT_SAY_NOTHING = {"utils", "util", "common", "helpers", "helper", "misc"}


@cache
def metadata() -> dict:
    run = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"],
        cwd=ROOT, stdout=subprocess.PIPE, check=False,
    )
    if run.returncode != 0:
        sys.exit("cargo metadata failed, so this rule could not be checked")
    return json.loads(run.stdout)


def members() -> dict[str, dict]:
    """Our packages by their short name: `store` for kontor-store."""
    ours = set(metadata()["workspace_members"])
    return {p["name"].removeprefix("kontor-"): p for p in metadata()["packages"] if p["id"] in ours}


def rust_files() -> Iterator[tuple[str, str]]:
    for room in ("crates", "tests", "fuzz/fuzz_targets"):
        for path in sorted((ROOT / room).rglob("*.rs")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def dependency_direction() -> Iterator[str]:
    """which of our crates ships which; tests may open a store"""
    ours = members()
    for name in sorted(set(ours) - set(MAY_USE) - TESTS):
        yield f"kontor-{name}: not in the table MAY_USE"
    for name, package in sorted(ours.items()):
        if name in TESTS:
            continue
        shipped = {d["name"] for d in package["dependencies"] if d["kind"] != "dev"}
        for used in sorted(used for used in shipped if used.startswith("kontor-")):
            short = used.removeprefix("kontor-")
            if short not in MAY_USE.get(name, set()):
                yield f"kontor-{name} must not use {used}"


def homes_of_outside_crates() -> Iterator[str]:
    """SQL only in store, the HTTP client only in net, actix only in http, doors and server, and so on"""
    for name, package in sorted(members().items()):
        if name in TESTS:
            continue
        for dep in package["dependencies"]:
            used = dep["name"]
            if used == "kontor-domain" and COLUMN_TYPES in dep["features"] and name != "store":
                yield f"kontor-{name} must not turn on the feature {COLUMN_TYPES} of {used}: only kontor-store does"
            if name == "domain" and used == COLUMN_TYPES and dep["optional"]:
                continue
            for pattern, homes in HOMES.items():
                if re.fullmatch(pattern, used) and name not in homes:
                    yield f"kontor-{name} must not use {used}: its home is {', '.join(sorted(homes))}"


def out_of_reach() -> Iterator[str]:
    """what a crate must not reach through any chain of dependencies"""
    nodes = {n["id"]: n for n in metadata()["resolve"]["nodes"]}
    names = {p["id"]: p["name"] for p in metadata()["packages"]}
    for name, forbidden in OUT_OF_REACH.items():
        start = members()[name]["id"]
        came_from = {start: None}
        queue = [start]
        for at in queue:
            for dep in nodes[at]["deps"]:
                shipped = any(kind["kind"] is None for kind in dep["dep_kinds"])
                if shipped and dep["pkg"] not in came_from:
                    came_from[dep["pkg"]] = at
                    queue.append(dep["pkg"])
        for found in queue:
            if names[found] in forbidden:
                chain, at = [], found
                while at is not None:
                    chain.append(names[at])
                    at = came_from[at]
                yield f"must not reach {names[found]}: {' -> '.join(reversed(chain))}"


def unused_dependencies() -> Iterator[str]:
    """each declared dependency is named in the sources of the crate that declares it"""
    declared_by_members = set()
    for name, package in sorted(members().items()):
        folder = Path(package["manifest_path"]).parent
        ignored = set(((package["metadata"] or {}).get("cargo-machete") or {}).get("ignored", []))
        code = "\n".join(
            line
            for path in folder.rglob("*.rs")
            for line in path.read_text(encoding="utf-8").splitlines()
            if not line.lstrip().startswith("//")
        )
        for dep in package["dependencies"]:
            declared_by_members.add(dep["name"])
            word = (dep["rename"] or dep["name"]).replace("-", "_")
            named = re.search(rf"(?<![\w:]){word}\s*::|\buse\s+(::)?{word}\b|\bextern\s+crate\s+{word}\b", code)
            if not named and dep["name"] not in ignored:
                yield f"kontor-{name} declares {dep['name']} and never names it"
            if named and dep["name"] in ignored:
                yield f"kontor-{name} names {dep['name']}: take it off the list of ignored ones"
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    table = manifest.partition("[workspace.dependencies]")[2].partition("\n[")[0]
    for offered in re.findall(r"^([A-Za-z0-9_-]+)\s*=", table, flags=re.MULTILINE):
        if offered not in declared_by_members:
            yield f"[workspace.dependencies] offers {offered} and no crate takes it"


def migration_names() -> Iterator[str]:
    """the same migrations for both databases, each with up.sql and down.sql"""
    names = {}
    for backend in ("sqlite", "postgres"):
        folder = ROOT / "migrations" / backend
        names[backend] = {path.name for path in folder.iterdir() if path.is_dir()}
        for name in sorted(names[backend]):
            for script in ("up.sql", "down.sql"):
                if not (folder / name / script).is_file():
                    yield f"migrations/{backend}/{name}/{script} is missing"
    for name in sorted(names["sqlite"] ^ names["postgres"]):
        lacking = "postgres" if name in names["sqlite"] else "sqlite"
        yield f"migrations/{lacking}/{name} is missing"


def file_lengths() -> Iterator[str]:
    """no Rust file over 600 lines, but for the schema and fixtures"""
    for path, text in rust_files():
        lines = len(text.splitlines())
        if lines > MOST_LINES and not path.startswith(WITHOUT_LIMIT):
            yield f"{path}: {lines} lines, {MOST_LINES} at most"


def file_heads() -> Iterator[str]:
    """each Rust file says on its first line what lives in it, and has a name that says something"""
    for path, text in rust_files():
        if not text.startswith("//!"):
            yield f"{path}:1: the first line is no //! line"
        for part in Path(path).parts:
            if part.removesuffix(".rs") in NAMES_THAT_SAY_NOTHING:
                yield f"{path}: the name {part} says nothing"


def unfinished_work() -> Iterator[str]:
    """no placeholders and no ignored tests"""
    for path, text in rust_files():
        for number, line in enumerate(text.splitlines(), start=1):
            if found := UNFINISHED.search(line):
                yield f"{path}:{number}: {found.group()}"


RULES = (
    dependency_direction,
    homes_of_outside_crates,
    out_of_reach,
    unused_dependencies,
    migration_names,
    file_lengths,
    file_heads,
    unfinished_work,
)


def main() -> int:
    if len(sys.argv) == 1:
        for rule in RULES:
            print(f"{rule.__name__}\t{rule.__doc__}")
        return 0
    rule = next(rule for rule in RULES if rule.__name__ == sys.argv[1])
    breaches = list(rule())
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
