"""What public projects ask of an Envoy, by name: public_queries.tsv, made into PromQL."""
import collections
import pathlib

FILE = pathlib.Path(__file__).with_name("public_queries.tsv")

Query = collections.namedtuple("Query", "project family type labels lacking")


def queries():
    found = []
    for line in FILE.read_text().splitlines():
        if line.startswith("#"):
            continue
        project, family, kind, labels, lacking = line.split("\t")
        found.append(Query(project, family, kind, [] if labels == "-" else labels.split(","),
                           None if lacking == "-" else lacking))
    return found


def expressions(query):
    """As dashboards write them: the labels are selected by a regular expression and grouped by."""
    selector = "{" + ",".join(f'{label}=~".+"' for label in query.labels) + "}"
    by = ", ".join(["job", *query.labels])
    if query.type == "gauge":
        return [f"sum by ({by}) ({query.family}{selector})"]
    if query.type == "counter":
        return [f"sum by ({by}) (rate({query.family}{selector}[20s]))"]
    return [f"histogram_quantile(0.99, sum by (le, {by}) (rate({query.family}_bucket{selector}[20s])))",
            f"sum by ({by}) (rate({query.family}_sum{selector}[20s])) / sum by ({by}) (rate({query.family}_count{selector}[20s]))"]
