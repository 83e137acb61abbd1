#!/usr/bin/env python3
"""Builds the peers: `python3 tests/bench/peers/build.py [NAME...]`, all of them if none is named.

What a Lambda would get of a peer lies in target/bench/peers/NAME/package afterwards, and beside it in package.zip.
run.json says how to start it: program, arguments and further variables of the environment. A peer is built anew only
when one of its files has changed, or the programs that build it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
OUT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "bench" / "peers"


def run(*command, cwd=None, env=None):
    """Runs a step of a build, heard only when it fails."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n`{' '.join(map(str, command))}` failed: see its words above.")


def copy(folder, pattern, to):
    to.mkdir(parents=True, exist_ok=True)
    for file in sorted((HERE / folder).glob(pattern)):
        shutil.copy(file, to)


def node(work, package):
    copy("node", "*.mjs", work)
    copy("node", "package*.json", work)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=work)
    run("npm", "run", "build", cwd=work, env={"OUT": str(package)})
    quiet = {"AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true"}  # Node 20 is warned of at each start
    return {"program": shutil.which("node"), "arguments": [str(package / "index.js")], "environment": quiet}


def pip(folder, package):
    """As `sam build` does it: wheels are unpacked, and nothing is compiled. What is Lambda's own is compiled there."""
    requirements = HERE / folder / "requirements.txt"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps", "--only-binary", ":all:",
        "--target", package, "--requirement", requirements)
    lambdas_own = [package / name for name in ("awslambdaric", "snapshot_restore_py.py", "simplejson")]
    run(sys.executable, "-m", "compileall", "-q", *lambdas_own)


def start_of_python(package, handler):
    """A function cannot write to its own folder, so that compiled code is not kept from one start to the next."""
    environment = {"PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    return {"program": sys.executable, "arguments": ["-m", "awslambdaric", handler], "environment": environment}


def python(_, package):
    pip("python", package)
    copy("python", "*.py", package)
    return start_of_python(package, "notify.handler")


def python_powertools(_, package):
    pip("python_powertools", package)
    copy("python", "*.py", package)
    copy("python_powertools", "*.py", package)
    return start_of_python(package, "notify_once.handler")


def rust_defaults(work, package):
    folder = HERE / "rust-defaults"
    run("cargo", "build", "--release", "--locked", cwd=folder, env={"CARGO_TARGET_DIR": str(work)})
    package.mkdir(parents=True)
    program = shutil.copy(work / "release" / "notify-with-defaults", package / "bootstrap")
    # A Lambda shows two processors, where one that is pinned shows one: tokio starts a thread for each.
    return {"program": str(program), "arguments": [], "environment": {"TOKIO_WORKER_THREADS": "2"}}


# How each is built, from which folders, and with which programs.
PEERS = {
    "node": (node, ["node"], ["node", "--version"]),
    "python": (python, ["python"], [sys.executable, "--version"]),
    "python_powertools": (python_powertools, ["python", "python_powertools"], [sys.executable, "--version"]),
    "rust-defaults": (rust_defaults, ["rust-defaults"], ["cargo", "--version"]),
}


def stamp(folders, version):
    """Of all that a build starts from."""
    digest = hashlib.sha256(subprocess.check_output(version, cwd=HERE))
    files = [Path(__file__), *(file for folder in folders for file in (HERE / folder).rglob("*") if file.is_file())]
    skipped = {"node_modules", "__pycache__", "target"}
    for file in sorted(files):
        if not skipped & set(file.parts[len(HERE.parts):]):
            digest.update(f"{file.relative_to(HERE)}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def pack(package, to):
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for file in sorted(file for file in package.rglob("*") if file.is_file()):
            packed.write(file, file.relative_to(package))
    return to.stat().st_size


def build(name):
    recipe, folders, version = PEERS[name]
    out = OUT / name
    stamped, wanted = out / "stamp", stamp(folders, version)
    if stamped.exists() and stamped.read_text() == wanted:
        return
    package = out / "package"
    shutil.rmtree(package, ignore_errors=True)
    stamped.unlink(missing_ok=True)
    (out / "work").mkdir(parents=True, exist_ok=True)
    start = recipe(out / "work", package)
    start["zip_bytes"] = pack(package, out / "package.zip")
    (out / "run.json").write_text(json.dumps(start, indent=2) + "\n")
    stamped.write_text(wanted)


def main():
    names = sys.argv[1:] or list(PEERS)
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        sys.exit(f"There is no peer {unknown[0]}: there are {', '.join(PEERS)}.")
    for name in names:
        build(name)
        size = json.loads((OUT / name / "run.json").read_text())["zip_bytes"]
        print(f"{name}: {size / 1e6:.2f} MB zipped, in {OUT / name}")


if __name__ == "__main__":
    main()
