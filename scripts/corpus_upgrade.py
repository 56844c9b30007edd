#!/usr/bin/env python3
"""What `convoy --mode upgrade` makes of the configurations of a folder.

    corpus_upgrade.py [--binary build/convoy] [--envoy PROGRAM] FOLDER...

For each file that parses: the result has no old form left (W0401), is judged as the file itself was
(the same diagnostics at the same paths, but for what was old), and upgrading it again changes nothing.
With --envoy the real Envoy must take each result that Convoy takes. Prints what fails and a summary;
the exit status is 1 if anything did."""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

ENDINGS = (".yaml", ".yml", ".json")
OLD = ("W0401", "W0403")


def run(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)


def judged(binary, path):
    report = json.loads(run(binary, "check", path, "--format", "json", "--allow-unsupported").stdout)
    return report, collections.Counter(
        (d["code"], re.sub(r"\.config\b", ".typed_config", d["path"]), d["message"]) for d in report["diagnostics"]
        if d["code"] not in OLD)


def examine(binary, envoy, path, folder):
    """(what kind of file, list of complaints)."""
    made = run(binary, "--mode", "upgrade", "-c", path)
    if made.returncode != 0:
        return "not upgraded", [] if made.stderr else ["refused without a word"]
    old = b"[W0401]" in made.stderr
    result = os.path.join(folder, os.path.basename(path) + ".new.yaml")
    with open(result, "wb") as out:
        out.write(made.stdout)
    before, diagnostics = judged(binary, path)
    after, again = judged(binary, result)
    complaints = [f"old form left: {d['path']}: {d['message']}" for d in after["diagnostics"]
                  if d["code"] == "W0401"]
    complaints += [f"only before: {d}" for d in diagnostics - again]
    complaints += [f"only after: {d}" for d in again - diagnostics]
    if run(binary, "--mode", "upgrade", "-c", result).stdout != made.stdout:
        complaints.append("upgrading again changes it")
    if envoy and old and before["ok"] and not any(d["code"] == "E0201" for d in before["diagnostics"]):
        checked = run(envoy, "--mode", "validate", "--service-node", "n", "--service-cluster", "c", "-c", result)
        if checked.returncode != 0:
            text = checked.stderr.decode("utf-8", "replace")
            lines = [line for line in text.splitlines() if "error initializing" in line or "critical" in line]
            complaints.append("Envoy: " + (lines[-1] if lines else text[-300:]))
    return "old" if old else "of today", complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--binary", default="build/convoy")
    parser.add_argument("--envoy", help="the program of the real Envoy")
    args = parser.parse_args()
    paths = [os.path.join(folder, name) for folder in args.folders for name in sorted(os.listdir(folder))
             if name.endswith(ENDINGS)]
    kinds, failed = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda path: examine(args.binary, args.envoy, path, folder), paths)
        for path, (kind, complaints) in zip(paths, results):
            kinds[kind] += 1
            failed += bool(complaints)
            for complaint in complaints:
                print(f"{os.path.basename(path)}: {complaint}")
    print(", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) + f"; {failed} wrong")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
