#!/usr/bin/env python3
"""Writes the octets of the conformance cases as seeds: fuzz_seeds.py request|response|chunks DIR.
The first byte of the HTTP targets is their mode; the chunk decoder starts behind the head."""
import glob
import os
import re
import sys

MAX_SEED = 4096


def unescape(text):
    """The escapes of tests/conformance/case_file.h, as bytes."""
    simple = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
    out, at = b"", 0
    while at < len(text):
        if text[at] != "\\" or at + 1 == len(text):
            out += text[at].encode()
            at += 1
            continue
        kind, at = text[at + 1], at + 2
        if kind == "x":
            out += bytes([int(text[at:at + 2], 16)])
            at += 2
        elif kind == "{":
            run = re.compile(r"(\d+)\*([^}]*)\}").match(text, at)
            out += int(run[1]) * unescape(run[2])
            at = run.end()
        else:
            out += simple.get(kind, b"")
    return out


def main():
    kind, directory = sys.argv[1:]
    pattern = "request_chunks" if kind == "chunks" else kind + "_*"
    number = 0
    for path in sorted(glob.glob(f"tests/conformance/cases/{pattern}.cases")):
        with open(path, encoding="utf-8") as cases:
            for line in cases:
                if not line.startswith("send: "):
                    continue
                octets = unescape(line[len("send: "):].rstrip("\n"))[:MAX_SEED]
                seed = octets.split(b"\r\n\r\n", 1)[-1] if kind == "chunks" else b"\0" + octets
                with open(os.path.join(directory, f"case_{number:03}"), "wb") as out:
                    out.write(seed)
                number += 1


if __name__ == "__main__":
    main()
