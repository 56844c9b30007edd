"""The results of `make bench` as Markdown."""
import os
import platform
import statistics

import load
import peers

RIVALS = ("nginx", "nginx-tuned", "haproxy", "nghttpx")


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "processors": len(os.sched_getaffinity(0)),
            "kernel": platform.release()}


def label(name):
    base, _, suffix = name.partition("+")
    return peers.LABELS[base] + (f" + {suffix}" if suffix else "")


def cost(summary):
    if summary["failures"]:
        return f"{summary['failures']} failed"
    us = summary["cpu_us"]
    digits = 2 if us < 100 else 0
    return f"{us:.{digits}f} ({summary['cpu_us_min']:.{digits}f})"


def ratio(of, name, others):
    """To the cheapest of `others`: of the medians, and in brackets of the least."""
    here = [other for other in others if other in of]
    if not here or name not in of:
        return "-"
    medians, least = [of[name][field] / min(of[other][field] for other in here)
                      for field in ("cpu_us", "cpu_us_min")]
    return f"{medians:.2f} ({least:.2f})"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def time_text(us):
    if us != us:
        return "-"
    return f"{us / 1000:.1f} ms" if us >= 10000 else f"{us / 1000:.2f} ms"


def progress(key, of):
    return f"{key:6} " + "  ".join(f"{name} {cost(summary)}" for name, summary in of.items())


def failures(results):
    return [f"{key}, {name}: {summary['failures']} requests"
            for key, of in results["scenarios"].items()
            for name, summary in of.items() if summary["failures"]] + [
                f"{row['title']}, {name}: {why}" for row in results["scale"]
                for name, why in row["errors"].items()]


def cpu_table(results):
    targets = results["targets"]
    header = ["CPU us per request, median (least)"] + [label(name) for name in targets]
    header += ["to the best of nginx, HAProxy" + (", nghttpx" if "nghttpx" in targets else "")]
    header += ["to Envoy"] if "envoy" in targets else []
    rows = []
    for key, of in results["scenarios"].items():
        if load.SCENARIOS[key].pair:
            continue
        row = [load.SCENARIOS[key].title]
        row += [cost(of[name]) if name in of else "-" for name in targets]
        row += [ratio(of, "convoy", RIVALS)]
        rows.append(row + ([ratio(of, "convoy", ("envoy",))] if "envoy" in targets else []))
    return table(header, rows) if rows else ""


def pair_table(results):
    rows = []
    for key, of in results["scenarios"].items():
        scenario = load.SCENARIOS[key]
        for name in of if scenario.pair else ():
            base, _, suffix = name.partition("+")
            if suffix:
                rows.append([scenario.title, label(base), cost(of[base]), cost(of[name]),
                             ratio(of, name, (base,))])
    header = ["CPU us per request, median (least)", "", "without", "with", "ratio"]
    return table(header, rows) if rows else ""


def speed_table(results):
    targets = results["targets"]
    rows = []
    for key, of in results["scenarios"].items():
        if load.SCENARIOS[key].pair:
            continue
        rows.append([load.SCENARIOS[key].title] + [
            f"{of[name]['rps']:,.0f}/s, {time_text(of[name]['p50_us'])}, "
            f"{time_text(of[name]['p99_us'])}" if name in of else "-" for name in targets])
    header = ["requests/s, p50, p99 (medians)"] + [label(name) for name in targets]
    return table(header, rows) if rows else ""


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def row_progress(row):
    return row["title"] + " [" + row["unit"] + "]: " + "  ".join(
        [f"{name} {number(statistics.median(of))}" for name, of in row["values"].items()] +
        [f"{name}: {why}" for name, why in row["errors"].items()])


def scale_table(results):
    targets = [name for name in results["targets"]
               if any(name in row["values"] for row in results["scale"])]
    rows = []
    for row in results["scale"]:
        medians = {name: statistics.median(of) for name, of in row["values"].items()}
        rivals = [medians[name] for name in RIVALS if name in medians]
        best = min(rivals) if rivals else 0
        rows.append([row["title"], row["unit"]] +
                    [number(medians[name]) if name in medians else "-" for name in targets] +
                    [f"{medians['convoy'] / best:.2f}" if best and "convoy" in medians else "-"])
    header = ["memory, time, scale (medians)", "unit"] + [label(name) for name in targets]
    return table(header + ["to the better of nginx and HAProxy"], rows) if rows else ""


def scale_notes(results):
    return [f"{row['title']}: {label(name)} did not: {why}" for row in results["scale"]
            for name, why in row["errors"].items()]


def markdown(results):
    host = results["machine"]
    intro = (f"{host['processors']} processors ({host['processor']}), Linux {host['kernel']}; "
             f"{results['rounds']} rounds of {results['seconds']} s; one worker each, on one "
             "processor; the clients and the backend on the other.")
    parts = [intro, cpu_table(results), pair_table(results), scale_table(results),
             speed_table(results)]
    parts += [f"- {note}" for note in results["notes"] + scale_notes(results)]
    return "\n".join(part for part in parts if part)
