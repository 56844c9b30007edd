#!/usr/bin/env python3
"""How many configurations of a folder load, and what keeps the others from it.

    corpus_share.py [--binary build/convoy] [--blocked N] FOLDER

Each file is validated on its own. A feature is an error's code and message without what only one
file says (names, numbers). The table is sorted by the files that a feature alone would unlock, then
by all files that it blocks."""
import argparse
import collections
import concurrent.futures
import os
import re
import subprocess
import sys

ENDINGS = (".yaml", ".yml", ".json")
ERROR = re.compile(r"^.*?(?::\d+:\d+)?: error\[(E\d+)\]: (.*)$")
MOST_PER_FILE = 5


def feature(code, message):
    """What is missing, without what differs from file to file."""
    match = re.match(r'Envoy has "([^"]+)" in ([\w.]+), Convoy does not yet', message)
    if match:
        return f"{match.group(2).rsplit('.', 1)[-1]}.{match.group(1)}"
    match = re.match(r'Envoy has the (.+? filter) "([^"]+)"', message)
    if match:
        return f"{match.group(1)} {match.group(2)}"
    match = re.match(r"Envoy has (\w+ \w+), Convoy does not yet", message)
    if match:
        return match.group(1)
    match = re.match(r'unknown field "([^"]+)" in ([\w.]+)', message)
    if match:
        return f"{code} unknown field {match.group(2).rsplit('.', 1)[-1]}.{match.group(1)}"
    return f"{code} {message}"


def blockers(binary, path):
    """The features that a file lacks, in order; empty if it loads."""
    done = subprocess.run([binary, "--mode", "validate", "-c", path], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    text = done.stdout.decode("utf-8", "replace")
    found = [feature(*match.groups()) for match in map(ERROR.match, text.splitlines()) if match]
    if done.returncode != 0 and not found:
        return [f"exit code {done.returncode}"]
    return list(dict.fromkeys(found)) if done.returncode != 0 else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--binary", default="build/convoy")
    parser.add_argument("--blocked", type=int, default=-1, help="list at most N blocked files")
    args = parser.parse_args()
    paths = [os.path.join(args.folder, name) for name in sorted(os.listdir(args.folder))
             if name.endswith(ENDINGS)]
    if not paths:
        print(f"{args.folder} holds no configuration ({', '.join(ENDINGS)})", file=sys.stderr)
        return 1
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        lacking = dict(zip(paths, pool.map(lambda path: blockers(args.binary, path), paths)))
    blocked = {path: features for path, features in lacking.items() if features}
    alone, all_files = collections.Counter(), collections.Counter()
    for features in blocked.values():
        all_files.update(features)
        if len(features) == 1:
            alone[features[0]] += 1
    for path in sorted(blocked)[:args.blocked if args.blocked >= 0 else None]:
        features = blocked[path]
        more = len(features) - MOST_PER_FILE
        print(f"{os.path.basename(path)}: " + "; ".join(features[:MOST_PER_FILE]) +
              (f"; and {more} more" if more > 0 else ""))
    print(f"\n{'alone':>6} {'files':>6}  what blocks them")
    for name in sorted(all_files, key=lambda name: (-alone[name], -all_files[name], name)):
        print(f"{alone[name]:6} {all_files[name]:6}  {name}")
    loaded = len(paths) - len(blocked)
    print(f"\n{loaded} of {len(paths)} configurations load ({100 * loaded / len(paths):.0f} %)")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.exit(0)
