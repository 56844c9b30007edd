#!/usr/bin/env python3
"""Writes what of the documentation is made of the program: docs.py [--check] PROGRAM

conf/docs/errors.md (of `convoy explain`), conf/docs/support.md (support_matrix.py), and the options in
conf/convoy.8 between their marks (of `convoy --help`). With --check nothing is written: the exit status is
1, and the reason printed, if a file is not up to date."""
import re
import subprocess
import sys

BEGIN, END = '.\\" BEGIN OPTIONS, written by make docs\n', '.\\" END OPTIONS\n'


def said(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def roff(text):
    return re.sub(r"(?m)^([.'])", r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-"))


def entries_of_help(text):
    """[(heading, [[spelling, help]])] of `convoy --help`."""
    groups, entry = [], None
    for line in text.splitlines():
        flag = re.match(r"  (-\w, |    )(--\S.*?)(?:\s{2,}(\S.*))?$", line)
        if re.match(r"[A-Z][^.]*$", line):
            groups.append((line, []))
            entry = None
        elif flag and groups:
            entry = [flag.group(1).strip() + (" " if flag.group(1).strip() else "") + flag.group(2), flag.group(3) or ""]
            groups[-1][1].append(entry)
        elif entry and line.startswith(" " * 20):
            entry[1] = (entry[1] + " " + line.strip()).strip()
        else:
            entry = None
    return [(heading, entries) for heading, entries in groups if entries]


def options(program):
    out = BEGIN + ".SH OPTIONS\n"
    for heading, entries in entries_of_help(said(program, "--help")):
        out += f".SS {roff(heading)}\n"
        for spelling, text in entries:
            match = re.match(r"((?:-\w, )?--[\w-]+)(.*)$", spelling)
            operand = match.group(2).strip()
            out += f".TP\n\\fB{roff(match.group(1))}\\fR" + (f" \\fI{roff(operand)}\\fR" if operand else "")
            out += f"\n{roff(text)}\n"
    return out + END


def manual(program):
    with open("conf/convoy.8", encoding="utf-8") as file:
        text = file.read()
    begin, end = text.index(BEGIN), text.index(END) + len(END)
    return text[:begin] + options(program) + text[end:]


def errors(program):
    out = ("# What the codes mean\n\nMade by `make docs`; `convoy explain CODE` prints one of them.\n"
           "E: the configuration is refused. W: it is taken.\n")
    for code in re.findall(r"(?m)^([EW]\d{4}) ", said(program, "explain")):
        title, text = said(program, "explain", code).split("\n", 1)
        text = re.sub(r"(?m)(?:^    .*\n)+", lambda block: "```yaml\n" + re.sub(r"(?m)^    ", "", block.group(0)) + "```\n",
                      text.rstrip("\n") + "\n")
        out += f"\n## {code}\n\n{title.split(': ', 1)[1]}\n{text}"
    return out


def main():
    check, program = "--check" in sys.argv, sys.argv[-1]
    wanted = {"conf/docs/errors.md": errors(program), "conf/convoy.8": manual(program),
              "conf/docs/support.md": said(sys.executable, "scripts/support_matrix.py", program)}
    stale = 0
    for path, text in wanted.items():
        try:
            with open(path, encoding="utf-8") as file:
                same = file.read() == text
        except FileNotFoundError:
            same = False
        if same:
            continue
        stale += 1
        if check:
            print(f"{path} is not up to date: run make docs")
            continue
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        print(f"wrote {path}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
