"""Debian's Prometheus: scrapes each second, evaluates the rules each second, answers queries."""
import json
import pathlib
import re
import subprocess
import time
import urllib.parse
import urllib.error
import urllib.request

from world import free_port

WORDS = {"sum", "min", "max", "avg", "count", "rate", "increase", "histogram_quantile", "by", "without", "on", "ignoring",
         "and", "or", "unless", "group_left", "group_right", "min_over_time", "max_over_time", "le", "bool", "changes",
         "absent", "topk", "irate", "delta", "instance", "job", "pod", "state", "envoy_response_code_class"}


class Prometheus:
    def __init__(self, folder, targets, rules):
        self.port = free_port()
        self.log = open(folder / "prometheus.log", "w")
        config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                  "rule_files": [str(pathlib.Path(rule).resolve()) for rule in rules],
                  "scrape_configs": [{"job_name": job, "metrics_path": "/stats/prometheus",
                                      "static_configs": [{"targets": [target]}]} for job, target in targets]}
        (folder / "prometheus.yml").write_text(json.dumps(config))
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def _get(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def query(self, expression):
        return self._get("/api/v1/query", query=expression)

    def label_values(self, query):
        """`label_values(selector, label)`, as Grafana asks for it."""
        selector, label = re.fullmatch(r"label_values\((.*),\s*(\w+)\)", query).groups()
        return self._get(f"/api/v1/label/{label}/values", **{"match[]": selector})["data"]

    def exists(self, selector):
        return bool(self._get("/api/v1/series", **{"match[]": selector})["data"])

    @staticmethod
    def selectors(expression):
        """The series that an expression names. Without their matchers: an alert may ask for a rare label."""
        bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\"[^\"]*\"", "", expression)
        bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", bare)
        return {word for word in re.findall(r"[a-zA-Z_:][\w:]*", bare) if word not in WORDS}

    def scrapes(self, job):
        """How many samples there are of the target; 0 while Prometheus starts."""
        try:
            result = self.query(f'count_over_time(up{{job="{job}"}}[1h])')["data"]["result"]
        except (OSError, KeyError, ValueError):  # it says in plain text that it is not ready
            time.sleep(0.1)
            return 0
        return int(result[0]["value"][1]) if result else 0
