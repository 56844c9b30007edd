#!/usr/bin/env python3
"""Which fields of Envoy's configuration Convoy supports, found out by asking it: support_matrix.py PROGRAM

Every field of every message in common/config/envoy_fields.def is put into a configuration at each way
that leads to its message, and given to `convoy check`. A field that does not exist stands beside it: only
if that one is reported has the loader looked into the message. A second try with a value of a wrong type
tells what is read from what is only let pass. Prints Markdown."""
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

TABLE = "common/config/envoy_fields.def"
SCHEMA = "common/config/schema.cc"
ROOT = "envoy.config.bootstrap.v3.Bootstrap"
CANARY = "no_such_field_of_envoy"
WAYS = 4        # places of one message that are tried
TOGETHER = 20   # fields in one configuration

Field = collections.namedtuple("Field", "name type repeated map status")
Step = collections.namedtuple("Step", "field held")  # held: of an any


# What the tries do not find: whether these are refused depends on what else stands there.
BESIDE = """
## Refused beside something else

These are read and done, or do nothing, as said above; but:

- `rate_limits`: refused (E0201) where http_filters has envoy.filters.http.ratelimit
- `tls_certificate_sds_secret_configs`, `validation_context_sds_secret_config`,
  `session_ticket_keys_sds_secret_config`: refused (E0201) where the secret comes from a control plane (ads,
  api_config_source); files and static_resources.secrets are read"""


def read_table():
    messages, current = {}, None
    with open(TABLE, encoding="utf-8") as file:
        for line in file:
            match = re.match(r'MESSAGE\("([^"]+)"\)', line)
            if match:
                current = messages.setdefault(match.group(1), [])
            match = re.match(r'FIELD\("([^"]+)", "([^"]+)", (\w+)\)', line)
            if match:
                name, kind, status = match.groups()
                current.append(Field(name, kind.split()[-1], kind.startswith("repeated "),
                                     kind.startswith("map "), status))
    with open(SCHEMA, encoding="utf-8") as file:
        names = {message: name for name, message in
                 re.findall(r'\{"([\w.]*)",\s*"(envoy\.extensions\.[\w.]+)"\}', file.read())}
    return messages, names


def build(way, members, names):
    """(the configuration, the path of the message in it)."""
    value, path = dict(members), ""
    for step in reversed(way):
        name = names.get(step.held, "") or "x"
        if step.held:
            value = {"@type": "type.googleapis.com/" + step.held, **value}
        if step.field.map:
            value = {step.held if step.field.name.startswith("typed_extension") else name: value}
        value = {step.field.name: [value] if step.field.repeated else value}
        if step.held and not step.field.map:
            value["name"] = name
    for step in way:
        key = step.field.name + ("[0]" if step.field.repeated else "")
        if step.field.map:
            key += "." + (step.held if step.field.name.startswith("typed_extension") else names.get(step.held, "") or "x")
        path += ("." if path else "") + key
    return value, path


def sample(field, wrong):
    kind = field.type
    if wrong:
        return 7 if kind in ("message", "any", "struct") or "." in kind else {CANARY: 7}
    value = {"string": "x", "bytes": "eA==", "bool": True, "duration": "1s"}.get(kind)
    if value is None:
        value = {} if kind in ("message", "any", "struct") or "." in kind else 1
    return [value] if field.repeated else {"x": value} if field.map else value


class Asker:
    def __init__(self, program, names, folder):
        self.program, self.names, self.folder = program, names, folder

    def ask(self, way, members):
        """{field or "": [(code, message, help)]} of what was said at or below the message."""
        config, path = build(way, members, self.names)
        handle, name = tempfile.mkstemp(suffix=".json", dir=self.folder)
        with os.fdopen(handle, "w") as file:
            json.dump(config, file)
        out = subprocess.run([self.program, "check", name, "--format", "json", "--allow-unsupported"],
                             stdout=subprocess.PIPE, check=False, timeout=300).stdout
        os.unlink(name)
        said = collections.defaultdict(list)
        for d in json.loads(out)["diagnostics"]:
            prefix = path + "." if path else ""
            if d["path"].startswith(prefix):
                field = re.split(r"[.\[]", d["path"][len(prefix):])[0]
                said[field].append((d["code"], d["message"], d["help"], d["path"] == prefix + field))
        return said

    def looks_into(self, way):
        return any(code == "E0102" for code, *_ in self.ask(way, {CANARY: 1})[CANARY])


def find_ways(messages, asker, pool):
    """For each message the shortest ways on which the loader looks into it."""
    ways, wave = collections.defaultdict(list), [(ROOT, ())]
    extensions = [name for name in messages if name.startswith("envoy.extensions.")]
    while wave:
        wave = [(message, way) for message, way in wave if len(ways[message]) < WAYS]
        reached = pool.map(lambda item: asker.looks_into(item[1]), wave)
        longer = []
        for (message, way), looked in zip(wave, reached):
            if not looked or len(ways[message]) == WAYS:
                continue
            ways[message].append(way)
            been = {ROOT, message} | {step.held or step.field.type for step in way}
            for field in messages[message]:
                if field.status == "Removed":
                    continue
                if field.type in messages and field.type not in been:
                    longer.append((field.type, way + (Step(field, None),)))
                if field.type == "any":
                    longer.extend((held, way + (Step(field, held),)) for held in extensions if held not in been)
        wave = longer
    return ways


def refusal(said, field):
    for code, _, text, exact in said[field]:
        if exact and code in ("E0201", "W0402"):
            return code, text
    return None


def effect(code, said, field):
    for found, message, text, exact in said[field]:
        if exact and found == code:
            return text.replace("left out, so ", "") if code == "E0201" else message.split(": ", 1)[-1]
    return ""


def examine(asker, fields, ways):
    """{field: set of (level, note)}."""
    levels = collections.defaultdict(set)
    for way in ways:
        for begin in range(0, len(fields), TOGETHER):
            part = fields[begin:begin + TOGETHER]
            right = asker.ask(way, {f.name: sample(f, False) for f in part})
            wrong = asker.ask(way, {f.name: sample(f, True) for f in part})
            for field in part:
                said = right
                if refusal(said, field.name):  # alone: another field may have been in its way
                    said = asker.ask(way, {field.name: sample(field, False)})
                found = refusal(said, field.name)
                if found:
                    code = found[0]
                    levels[field.name].add(("refused (E0201)" if code == "E0201" else "no effect (W0402)",
                                            effect(code, said, field.name)))
                elif wrong[field.name] or right[field.name] or field.type in ("any", "struct"):
                    levels[field.name].add(("yes", ""))
                else:
                    levels[field.name].add(("let pass", ""))
    return levels


def verdict(found):
    kinds = {level for level, _ in found} - ({"let pass"} if len({level for level, _ in found}) > 1 else set())
    notes = "; ".join(sorted({note for _, note in found if note}))
    return (kinds.pop() if len(kinds) == 1 else "partly"), notes.replace("|", "\\|")


def main():
    messages, names = read_table()
    count, tables, unreached = collections.Counter(), "", []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        asker = Asker(sys.argv[1], names, folder)
        live = {name: [f for f in fields if f.status != "Removed"] for name, fields in sorted(messages.items())}
        ways = find_ways(messages, asker, pool)
        results = pool.map(lambda name: examine(asker, live[name], ways[name]), live)
        for name, levels in zip(live, results):
            if not ways[name]:
                unreached.append(name)
                continue
            tables += f"\n## {name}\n\n| field | | what is missing |\n|---|---|---|\n"
            for field in sorted(live[name]):
                level, notes = verdict(levels[field.name])
                count[level] += 1
                tables += f"| `{field.name}` | {level} | {notes} |\n"
    print("# What of Envoy's configuration is supported\n\nMade by `make docs`, which gives every field of every message "
          "that Convoy knows to `convoy check` and writes down\nwhat it says. \"yes\": read and done. \"let pass\": taken "
          "without a word, there is nothing to do or to miss. \"partly\": in\nsome places of a configuration only. \"refused\": "
          "an error, and a warning with `--allow-unsupported`. Messages that do\nnot stand here are refused where they are "
          "used; of an enum some values may be (E0201 says which).\n\n| | fields |\n|---|---|")
    for level, number in count.most_common():
        print(f"| {level} | {number} |")
    print(f"| all | {sum(count.values())} |")
    print(tables, end="")
    print(BESIDE)
    if unreached:
        print("\n## Not measured\n\nThese are looked into only beside something else (a filter that they belong to, a name), "
              "so nothing is said\nof their fields here:\n\n" + "\n".join(f"- `{name}`" for name in unreached))


if __name__ == "__main__":
    main()
