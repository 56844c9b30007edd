#!/usr/bin/env python3
"""How many configurations of a folder load, and what keeps the others from it.

    corpus_share.py [--binary build/convoy] [--envoy PROGRAM] [--blocked N] FOLDER

Each file is validated on its own; where it names files that are not published with it, a copy with
stand-ins for them is validated too (stand_ins.py), and counts where it loads. A feature is an error's
code and message without what only one file says (names, numbers). The table is sorted by the files
that a feature alone would unlock, then by all files that it blocks.

A file may be refused for what conf/docs/support.md lists as not there yet, or for a mistake in it.
With --envoy the real Envoy has to refuse the mistakes too; what it takes and Convoy refuses without
naming a missing feature is printed, and makes the exit status 1."""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

import stand_ins

ENDINGS = (".yaml", ".yml", ".json")
MOST_PER_FILE = 5
SUPPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conf/docs/support.md")
BESIDE = "Refused beside something else"
NOT_YET = "E0201"  # Envoy has it, Convoy does not


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


def documented(path):
    """{message: {field: what the support matrix says of it}}; BESIDE: fields refused now and then."""
    out, fields = {}, {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("## "):
                fields = out.setdefault(line[3:].strip(), {})
            if fields is out.get(BESIDE):
                fields.update((name, "refused") for name in re.findall(r"`(\w+)`", line))
            match = re.match(r"\| `(\w+)` \| ([^|]+) \|", line)
            if match:
                fields[match.group(1)] = match.group(2).strip()
    return out


def undocumented(message, support):
    """Of an E0201: whether it is of a field that the matrix calls done."""
    match = re.match(r'Envoy has "([^"]+)" in ([\w.]+), Convoy does not yet', message)
    if not match:
        return False  # a value of an enum, a type, a filter: what does not stand there is not done
    field = match.group(1)
    said = support.get(match.group(2), {}).get(field, "refused")
    return not said.startswith(("refused", "partly")) and field not in support.get(BESIDE, {})


class Judge:
    def __init__(self, binary, envoy, folder):
        self.binary, self.envoy, self.folder = binary, envoy, folder

    def report(self, path, variables):
        done = subprocess.run([self.binary, "check", path, "--format", "json"], timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              env={**os.environ, **variables})
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"ok": False, "diagnostics": [
                {"level": "error", "code": f"exit code {done.returncode}", "path": "",
                 "message": done.stderr.decode("utf-8", "replace").strip()[:200]}]}

    def envoy_takes(self, path, variables):
        done = subprocess.run([self.envoy, "--mode", "validate", "--service-node", "n",
                               "--service-cluster", "c", "-c", path], timeout=120, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**os.environ, **variables})
        return done.returncode == 0

    def examine(self, path):
        """(report, report with stand-ins or None, whether Envoy takes what is refused)."""
        name = os.path.basename(path)
        report = self.report(path, {})
        if report["ok"]:
            return report, None, False
        own = os.path.join(self.folder, name + ".files")
        os.mkdir(own)
        copy = os.path.join(own, name)
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()

        def report_of(changed, variables):
            with open(copy, "w", encoding="utf-8", errors="surrogateescape") as out:
                out.write(changed)
            return self.report(copy, variables)

        filled = stand_ins.fill(text, report_of, stand_ins.Folder(own)) if names_files(report) else None
        last, variables = (filled[2], filled[1]) if filled else (report, {})
        mistakes = not last["ok"] and all(code != NOT_YET for code, _ in errors(last))
        taken = bool(self.envoy and mistakes and self.envoy_takes(copy if filled else path, variables))
        return report, filled and last, taken


def errors(report):
    return [(one["code"], one["message"]) for one in report["diagnostics"] if one["level"] == "error"]


def names_files(report):
    return any(pattern.match(message) for _, message in errors(report)
               for pattern in (stand_ins.CANNOT_READ, stand_ins.NO_VARIABLE))


def print_table(blocked):
    alone, all_files = collections.Counter(), collections.Counter()
    for features in blocked.values():
        all_files.update(features)
        if len(features) == 1:
            alone[features[0]] += 1
    print(f"\n{'alone':>6} {'files':>6}  what blocks them")
    for name in sorted(all_files, key=lambda name: (-alone[name], -all_files[name], name)):
        print(f"{alone[name]:6} {all_files[name]:6}  {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--binary", default="build/convoy")
    parser.add_argument("--envoy", help="the program of the real Envoy")
    parser.add_argument("--blocked", type=int, default=-1, help="list at most N blocked files")
    args = parser.parse_args()
    paths = [os.path.join(args.folder, name) for name in sorted(os.listdir(args.folder))
             if name.endswith(ENDINGS)]
    if not paths:
        print(f"{args.folder} holds no configuration ({', '.join(ENDINGS)})", file=sys.stderr)
        return 1
    support = documented(SUPPORT)
    blocked, wrong, plain, helped = {}, [], 0, 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(Judge(args.binary, args.envoy, folder).examine, paths)
        for path, (report, filled, taken) in zip(paths, results):
            plain += report["ok"]
            helped += bool(filled and filled["ok"])
            found = errors(filled or report)
            if found:
                blocked[path] = list(dict.fromkeys(feature(*one) for one in found))
            name = os.path.basename(path)
            if taken:
                wrong.append(f"{name}: Envoy takes it: " + "; ".join(blocked[path]))
            wrong += sorted({f"{name}: conf/docs/support.md does not say so: {message}"
                             for code, message in found
                             if code == NOT_YET and undocumented(message, support)})
    for path in sorted(blocked)[:args.blocked if args.blocked >= 0 else None]:
        features = blocked[path]
        more = len(features) - MOST_PER_FILE
        print(f"{os.path.basename(path)}: " + "; ".join(features[:MOST_PER_FILE]) +
              (f"; and {more} more" if more > 0 else ""))
    print_table(blocked)
    if wrong:
        print("\nRefused neither for a missing feature nor as Envoy does:\n" + "\n".join(wrong))
    loaded = plain + helped
    mistakes = sum(1 for features in blocked.values()
                   if all(re.match(r"E\d+ ", one) and not one.startswith(NOT_YET) for one in features))
    print(f"\n{len(blocked) - mistakes} lack a feature, {mistakes} have mistakes only"
          + ("" if args.envoy is None else f", of which Envoy takes {sum('Envoy takes' in w for w in wrong)}"))
    print(f"{loaded} of {len(paths)} configurations load ({100 * loaded / len(paths):.0f} %); {helped} of "
          "them with stand-ins for files their authors did not publish")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.exit(0)
