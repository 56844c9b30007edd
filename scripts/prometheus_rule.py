#!/usr/bin/env python3
"""Writes conf/prometheus/prometheusrule.yaml, the rules as an object of the prometheus-operator.

    prometheus_rule.py           writes it
    prometheus_rule.py --check   fails if it is not what the rules say now
"""
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "conf" / "prometheus"
HEAD = """# Made of recording.yaml and alerts.yaml by scripts/prometheus_rule.py: change those.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: convoy
spec:
  groups:
"""


def groups(name):
    """What follows the line `groups:`, two columns further to the right."""
    _, _, text = (FOLDER / name).read_text().partition("\ngroups:\n")
    return "".join(("  " + line).rstrip() + "\n" for line in text.splitlines())


def main():
    target = FOLDER / "prometheusrule.yaml"
    text = HEAD + groups("recording.yaml") + groups("alerts.yaml")
    if "--check" not in sys.argv[1:]:
        target.write_text(text)
    elif not target.exists() or target.read_text() != text:
        sys.exit(f"{target} is older than the rules; run: scripts/prometheus_rule.py")


if __name__ == "__main__":
    main()
