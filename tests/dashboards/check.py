#!/usr/bin/env python3
"""Every expression of the dashboard, the rules and the alerts, against a Convoy under load.

    check.py CONVOY [--more FILE...]

Starts two Convoys with backends of this program, sends requests, reloads, kills a worker, and lets Debian's
Prometheus scrape both each second. One of them, "sick", has a dead backend, a failing one, retries and a
rejected configuration; the other one is healthy. Then no panel, rule or variable of ours may be empty, nor
what public dashboards ask for by name (public_queries.tsv); the alerts that must fire are there, ours and those
that public sets have (public_alerts.yaml), and none is for the healthy one.

--more: dashboards and rules of other people, whose empty expressions are listed; they fail nothing.
The last line says how many checks passed and failed.
"""
import argparse
import itertools
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from expressions import dashboard_expressions, dashboard_variables, rule_expressions
from prometheus import Prometheus
import public
from world import World

CONF = pathlib.Path(__file__).resolve().parents[2] / "conf"
DASHBOARD = CONF / "grafana" / "convoy.json"
RULES = [CONF / "prometheus" / "recording.yaml", CONF / "prometheus" / "alerts.yaml"]
PUBLIC_ALERTS = pathlib.Path(__file__).with_name("public_alerts.yaml")

# What the sick one must have brought about by its end, and may: all others are false alarms.
MUST_FIRE = {
    "ConvoyClusterHasNoHealthyHost": {"envoy_cluster_name": "unhealthy"},
    "ConvoyUpstreamCannotConnect": {"envoy_cluster_name": "dead"},
    "ConvoyUpstreamErrors": {"envoy_cluster_name": "dead"},
    "ConvoyErrors": {"envoy_http_conn_manager_prefix": "web"},
    "ConvoyReloadRejected": {},
    "ConvoyWorkersDie": {"reason": "signal"},
    "ConvoyCertificateExpires": {},
    "ConvoyCertificateExpiresSoon": {},
    # Of public sets.
    "EnvoyClusterMembershipEmpty": {"envoy_cluster_name": "unhealthy"},
    "EnvoyClusterMembershipDegraded": {"envoy_cluster_name": "unhealthy"},
    "EnvoyHealthCheckFailures": {"envoy_cluster_name": "unhealthy"},
    "EnvoyUpstreamConnectFailures": {"envoy_cluster_name": "dead"},
    "EnvoyDownstream5xx": {"envoy_http_conn_manager_prefix": "web"},
    "EnvoyUpstream5xx": {"envoy_cluster_name": "dead"},
    "EnvoySslCertificateExpiringSoon": {},
    "EnvoySslCertificateExpires": {},
    "EnvoyListenerCertificateExpires": {},
}
# A connection that a killed worker had in its handshake is a failed one; hosts that fail their checks may be ejected, too.
MAY_FIRE = {"ConvoyNameDoesNotResolve", "ConvoyTlsHandshakesFail", "ConvoyRetriesExhausted", "EnvoyRetryOverflow",
            "EnvoyTlsErrors", "EnvoyOutlierEjections"}


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED:", what)

    def command(self, what, *argv):
        ended = subprocess.run(argv, capture_output=True, text=True)
        self.check(ended.returncode == 0, f"{what}\n{ended.stdout}{ended.stderr}")


def check_texts(report):
    report.command("promtool check rules", "promtool", "check", "rules", *map(str, RULES), str(PUBLIC_ALERTS))
    report.command("promtool test rules", "promtool", "test", "rules", str(CONF / "prometheus" / "alerts_test.yaml"))


def check_layout(report):
    """What Grafana would show oddly without a word: two panels at one place, one number for two, another source."""
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    report.check(len({panel["id"] for panel in panels}) == len(panels), "two panels have one id")
    taken = {}
    for panel in panels:
        at = panel["gridPos"]
        for cell in itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])):
            other = taken.setdefault(cell, panel["title"])
            if other != panel["title"] or cell[0] >= 24:
                report.check(False, f"panel {panel['title']!r} lies on {other!r}, or is too far to the right")
                break
        for target in panel.get("targets", []):
            report.check(target["datasource"]["uid"] == "${datasource}", f"panel {panel['title']!r} has a data source of its own")
    known = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", DASHBOARD.read_text())) - {"__rate_interval", "__all"}
    report.check(used <= known, f"variables that nobody defines: {used - known}")


def check_scrape(report, world):
    """promtool reads the text; it dislikes (status 3) Envoy's names: no HELP, no _total."""
    for convoy in world.convoys:
        ended = subprocess.run(["promtool", "check", "metrics"], input=convoy.get("/stats/prometheus"),
                               capture_output=True, text=True)
        said = ended.stdout + ended.stderr
        report.check(ended.returncode in (0, 3) and "error while linting" not in said, f"promtool check metrics: {said[:500]}")


def empty(prometheus, expression):
    """Why an expression shows nothing, or None."""
    answer = prometheus.query(expression)
    if answer["status"] != "success":
        return answer.get("error", "error")
    result = answer["data"]["result"]
    if answer["data"]["resultType"] == "scalar":
        return None
    if not result:
        return "no series"
    if all(sample["value"][1] == "NaN" for sample in result):
        return "only NaN"
    return None


def check_expressions(report, prometheus):
    for name, query in dashboard_variables(DASHBOARD):
        report.check(prometheus.label_values(query), f"variable {name} has no value: {query}")
    for title, expression in dashboard_expressions(DASHBOARD):
        why = empty(prometheus, expression)
        report.check(why is None, f"panel {title!r}: {why}: {expression}")
    for name, expression, is_alert in rule_expressions(RULES):
        if not is_alert:
            why = empty(prometheus, expression)
            report.check(why is None, f"rule {name}: {why}")
        else:
            # Nothing is expected of it but that it can be asked, and that each series in it exists.
            report.check(prometheus.query(expression)["status"] == "success", f"alert {name}: {expression}")
            for selector in prometheus.selectors(expression):
                report.check(prometheus.exists(selector), f"alert {name}: there is no {selector}")


def check_public(report, prometheus):
    """Of both Convoys, so that no panel depends on something having gone wrong."""
    shown, lacking = {}, {}
    for query in public.queries():
        here = prometheus.exists(query.family) or prometheus.exists(query.family + "_count")
        if query.lacking:
            lacking.setdefault(query.lacking, set()).add(query.family)
            report.check(not here, f"{query.family} is there: take the remark \"{query.lacking}\" out of {public.FILE.name}")
            continue
        for expression in public.expressions(query):
            if expression not in shown:
                shown[expression] = empty(prometheus, expression)
            report.check(shown[expression] is None, f"{query.project}: {shown[expression]}: {expression}")
    print(f"public dashboards, alerts and tools: {len(shown)} expressions; not here:")
    for why, families in sorted(lacking.items()):
        print(f"    {why}: {', '.join(sorted(families))}")


def check_alerts(report, prometheus):
    alerts = [sample["metric"] for sample in prometheus.query("ALERTS")["data"]["result"]]
    healthy = [a["alertname"] for a in alerts if a.get("job") == "convoy-healthy"]
    report.check(not healthy, f"alerts of the healthy one: {healthy}")
    for name, labels in MUST_FIRE.items():
        wanted = {"alertname": name, "job": "convoy-sick", **labels}
        report.check(any(wanted.items() <= a.items() for a in alerts), f"{name} does not fire, nor is it pending: {labels}")
    others = {a["alertname"] for a in alerts} - MUST_FIRE.keys() - MAY_FIRE
    report.check(not others, f"false alarms: {others}")


def list_more(prometheus, files):
    for file in files:
        expressions = (dashboard_expressions(file) if file.suffix == ".json"
                       else [(name, text) for name, text, _ in rule_expressions([file])])
        shown = [(name, text, empty(prometheus, text)) for name, text in expressions]
        missing = [(name, text, why) for name, text, why in shown if why]
        print(f"{file.name}: {len(shown) - len(missing)} of {len(shown)} expressions show something")
        for name, text, why in missing:
            print(f"    {name}: {why}: {' '.join(text.split())[:220]}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("convoy")
    arguments.add_argument("--more", nargs="*", type=pathlib.Path, default=[])
    arguments = arguments.parse_args()
    for program in ("prometheus", "promtool", "openssl"):
        if not shutil.which(program):
            print(f"dashboards-check: SKIPPED: {program} is not installed; run: make deps")
            return 0
    report = Report()
    check_texts(report)
    check_layout(report)
    with tempfile.TemporaryDirectory() as folder, World(arguments.convoy, pathlib.Path(folder)) as world, \
            Prometheus(pathlib.Path(folder), world.targets(), [*RULES, PUBLIC_ALERTS]) as prometheus:
        world.live(lambda: prometheus.scrapes("convoy-sick"))
        check_scrape(report, world)
        check_expressions(report, prometheus)
        check_public(report, prometheus)
        check_alerts(report, prometheus)
        list_more(prometheus, arguments.more)
    print(f"dashboards-check: {report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
