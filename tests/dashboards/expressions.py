"""The PromQL inside dashboards and rule files, with Grafana's variables filled in."""
import json
import re

# As Grafana sends them, for a scrape each second. What we do not know selects everything.
INTERVALS = {"__rate_interval": "20s", "__interval": "5s", "__range": "30s", "interval": "20s",
             "__interval_ms": "5000", "__range_s": "30"}


def fill(text, values):
    def value(match):
        name = match.group(1) or match.group(2)
        return values.get(name, INTERVALS.get(name, ".*"))
    return re.sub(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)", value, text)


def _panels(node):
    for panel in node.get("panels", []) + [p for row in node.get("rows", []) for p in row.get("panels", [])]:
        yield panel
        yield from _panels(panel)


def _values(dashboard):
    """Those with a fixed value ("interval" and "custom"); the others select all by the regex `.*`."""
    out = {}
    for variable in dashboard.get("templating", {}).get("list", []):
        current = variable.get("current", {}).get("value")
        if variable["type"] in ("interval", "custom", "constant", "textbox") and isinstance(current, str) \
                and current not in ("$__all", "All", "") and not current.startswith("$__auto"):
            out[variable["name"]] = current
    return out


def dashboard_expressions(file):
    dashboard = json.loads(file.read_text())
    dashboard = dashboard.get("dashboard", dashboard)
    values = _values(dashboard)
    found = [(panel.get("title", ""), target["expr"]) for panel in _panels(dashboard)
             for target in panel.get("targets", []) if target.get("expr")]
    found += [(note.get("name", ""), note["expr"]) for note in dashboard.get("annotations", {}).get("list", [])
              if note.get("expr")]
    return [(title, fill(expression, values)) for title, expression in found]


def dashboard_variables(file):
    dashboard = json.loads(file.read_text())
    found = []
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            query = variable["query"]
            found.append((variable["name"], fill(query["query"] if isinstance(query, dict) else query, {})))
    return found


def rule_expressions(files):
    """(name, expression, is it an alert). Of YAML only what rule files need: no library is asked for."""
    found = []
    for file in files:
        lines = file.read_text().splitlines()
        name, alert = None, False
        for number, line in enumerate(lines):
            rule = re.match(r"\s*- (alert|record): (\S+)", line)
            if rule:
                name, alert = rule.group(2), rule.group(1) == "alert"
            text = re.match(r"(\s*)expr: *(.*)", line)
            if text and name:
                expression = text.group(2)
                if expression in ("|", ">", ">-", "|-"):
                    block = []
                    for following in lines[number + 1:]:
                        if following.strip() and len(following) - len(following.lstrip()) <= len(text.group(1)):
                            break
                        block.append(following)
                    expression = "\n".join(block)
                elif expression[:1] in "'\"":
                    expression = expression[1:-1].replace('\\"', '"')
                found.append((name, expression, alert))
    return found
