#!/usr/bin/env python3
"""Reports files and functions over their usual size, and the medians. It never fails: it asks for a
second look. A source is usually ~150 lines (look again at 400), a header ~80 (250), a function
5 to 25 (60)."""
import os
import re
import subprocess
import sys

LIMITS = {".cc": 400, ".h": 250}
FUNCTION_LIMIT = 60


def functions(lines):
    """(first line, length) of each function body, told by clang-format's own layout: the body opens
    with a line that ends in "{" after a ")" and closes with "}" at the same indent."""
    index = 0
    while index < len(lines):
        line = lines[index]
        opens = re.search(r"\)[^;=]*\{$", line)
        if opens and not re.match(r"\s*(if|for|while|switch|\}|else|do)\b", line):
            start = index
            while start > 0 and re.match(r"\s{4,}", lines[start]) and lines[start - 1].strip():
                start -= 1
            indent = len(lines[start]) - len(lines[start].lstrip())
            end = index
            while end + 1 < len(lines) and not re.match(rf"\s{{{indent}}}\}}", lines[end]):
                end += 1
            yield start + 1, end - index
            index = end
        index += 1


def spread(name, sizes, limit):
    sizes.sort()
    if sizes:
        print(f"{name}: {len(sizes)}, median {sizes[len(sizes) // 2]}, "
              f"p90 {sizes[len(sizes) * 9 // 10]}, longest {sizes[-1]}, "
              f"{sum(size > limit for size in sizes)} over {limit}")


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    names = subprocess.run(["git", "ls-files", "*.h", "*.cc"], capture_output=True, text=True,
                           check=True).stdout.split()
    sizes, lengths = {".h": [], ".cc": []}, []
    for name in names:
        if name.split("/")[0] not in ("common", "master", "worker"):
            continue
        with open(name, encoding="utf-8") as file:
            lines = file.read().splitlines()
        kind = os.path.splitext(name)[1]
        sizes[kind].append(len(lines))
        if len(lines) > LIMITS[kind]:
            print(f"{name}: {len(lines)} lines")
        for first, length in functions(lines):
            lengths.append(length)
            if length > FUNCTION_LIMIT:
                print(f"{name}:{first}: a function of {length} lines")
    spread("sources", sizes[".cc"], LIMITS[".cc"])
    spread("headers", sizes[".h"], LIMITS[".h"])
    spread("functions", lengths, FUNCTION_LIMIT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
