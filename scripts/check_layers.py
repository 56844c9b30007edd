#!/usr/bin/env python3
"""Includes point down only: this script is what keeps that rule alive.

  common <- master, common <- worker; master and worker never see each other, except that
  master/main.cc may name worker/worker.h. Inside common the rooms are ordered as in ALLOWED.
  No two headers include each other, directly or round a corner. Third-party headers stay behind
  the fences of FENCES. Product code never includes tests.

Exit status 1 and one line "file:line: reason" for each violation. --self-test breaks every rule
once in a made-up tree and checks that it is found.
"""
import os
import re
import sys

ROOMS = ("common", "master", "worker")

# What a room of common may include besides itself.
ALLOWED = {
    "base": (),
    "config/model": ("base",),
    "stats": ("base", "config/model"),
    "net": ("base", "config/model", "stats"),
    "http": ("base", "config/model", "stats", "net"),
    "config": ("base", "config/model", "stats", "net", "http"),
    "ipc": ("base", "config/model", "stats", "net", "http", "config"),
}

# Third-party header -> the files that may include it.
FENCES = (
    (r"http_parser\.h", r"common/http/h1_parser\.cc"),
    (r"nghttp2/", r"common/http/h2_\w+\.cc"),
    (r"json/", r"common/base/json\.(h|cc)|common/config/[^/]+\.(h|cc)"),
    (r"yaml-cpp/", r"common/config/(load|yaml)\w*\.cc"),
    (r"openssl/", r"common/net/tls_\w+\.(h|cc)"),
    (r"uv\.h", r"common/net/[^/]+\.cc"),
    (r"prometheus/", r"master/metrics/[^/]+\.(h|cc)"),
    (r"spdlog/", r"common/base/log\.cc"),
    (r"re2/", r"common/base/matcher\.cc"),
    (r"ares(_\w+)?\.h", r"master/upstream/resolver\w*\.cc"),
    (r"CLI/", r"master/cli\.cc"),
    (r"zlib\.h", r"master/admin/gzip\.cc"),
)

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def room_of(path):
    """("common", "net"), ("common", "config/model"), ("master", "") ..."""
    parts = path.split("/")
    if parts[0] != "common" or len(parts) < 3:
        return parts[0], ""
    if parts[1:3] == ["config", "model"]:
        return "common", "config/model"
    return "common", parts[1]


def includes_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def forbidden(source, target):
    """The reason why source must not include target (both from the root), or None."""
    (top, room), (target_top, target_room) = room_of(source), room_of(target)
    if target_top not in ROOMS:
        return f"product code includes {target}; ours start at common/, master/ or worker/"
    if source == "master/main.cc" and target == "worker/worker.h":
        return None
    if top == "common" and target_top != "common":
        return f"common includes {target}: includes point down only"
    if top != target_top and target_top != "common":
        return f"{top} includes {target}: master and worker never see each other"
    if top == "common" and room != target_room:
        if room not in ALLOWED:
            return f"common/{room} is not a room this script knows: add it to ALLOWED"
        if target_room not in ALLOWED[room]:
            return f"common/{room} includes {target}: includes point down only"
    return None


def fenced(source, header):
    for pattern, files in FENCES:
        if re.match(pattern, header) and not re.fullmatch(files, source):
            return f"<{header}> is fenced: only {files} may include it".replace("\\", "")
    return None


def cycles(graph):
    """Each cycle of headers once, as a list that ends where it began."""
    found, done = [], set()

    def visit(node, path):
        if node in path:
            found.append(path[path.index(node):] + [node])
            return
        if node in done:
            return
        for target in sorted(graph.get(node, {})):
            visit(target, path + [node])
        done.add(node)

    for start in sorted(graph):
        visit(start, [])
    return found


def check(files):
    """files: path -> text. The violations as sorted (path, line, reason)."""
    problems, graph = [], {}
    for path, text in files.items():
        for line, ours, header in includes_of(text):
            reason = forbidden(path, header) if ours else fenced(path, header)
            if ours and reason and fenced(path, header):
                reason = fenced(path, header)
            if reason:
                problems.append((path, line, reason))
            if ours and path.endswith(".h") and header in files:
                graph.setdefault(path, {})[header] = line
    for cycle in cycles(graph):
        problems.append((cycle[0], graph[cycle[0]][cycle[1]], "cycle: " + " -> ".join(cycle)))
    return sorted(problems)


def read_tree(root):
    files = {}
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(root, room)):
            for name in names:
                if name.endswith((".h", ".cc")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        files[os.path.relpath(path, root)] = file.read()
    return files


def self_test():
    good = {
        "common/base/a.h": "#include <string>\n",
        "common/net/b.h": '#include "common/base/a.h"\n',
        "common/net/b.cc": '#include "common/net/b.h"\n#include <uv.h>\n',
        "master/main.cc": '#include "worker/worker.h"\n',
        "worker/worker.h": '#include "common/net/b.h"\n',
    }
    assert check(good) == [], check(good)
    wrong = {
        ("common/base/a.h", "#include <string>\n#include \"common/net/b.h\"\n"): (2, "point down"),
        ("common/base/a.h", '#include "worker/worker.h"\n'): (1, "point down"),
        ("common/base/a.cc", "#include <uv.h>\n"): (1, "fenced"),
        ("common/base/a.cc", '#include "http_parser.h"\n'): (1, "fenced"),
        ("common/base/a.cc", '#include "tests/fakes/x.h"\n'): (1, "product code"),
        ("common/other/x.cc", '#include "common/base/a.h"\n'): (1, "not a room"),
        ("common/stats/s.h", '#include "common/config/load.h"\n'): (1, "point down"),
        ("master/x.cc", '#include "worker/worker.h"\n'): (1, "never see"),
        ("worker/x.cc", '#include "master/cli.h"\n'): (1, "never see"),
        ("worker/worker.h", '#include "worker/y.h"\n'): (1, "cycle"),
    }
    extra = {"worker/y.h": '#include "worker/worker.h"\n'}
    for (path, text), (line, reason) in wrong.items():
        tree = dict(good, **{path: text})
        if reason == "cycle":
            tree.update(extra)
        found = check(tree)
        assert any(p == path and n == line and reason in r for p, n, r in found), (path, text, found)
    print(f"check_layers: self test, {len(wrong)} broken rules found")


def main():
    if "--self-test" in sys.argv[1:]:
        self_test()
        return 0
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    files = read_tree(root)
    problems = check(files)
    for path, line, reason in problems:
        print(f"{path}:{line}: {reason}")
    print(f"check_layers: {len(files)} files, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
