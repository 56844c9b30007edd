"""SVG charts of the results of `make bench`. Grey and one colour, which can be read on a white and
on a dark page; no page colour of their own. charts.py FOLDER [bench.json] draws an earlier run."""
import json
import math
import os
import statistics
import sys
from xml.sax.saxutils import escape

import load
import peers

COLOURS = {"convoy": "#3b82f6", "nginx": "#9aa5b1", "nginx-tuned": "#7b8794", "haproxy": "#a8977c",
           "envoy": "#b08ea2", "nghttpx": "#8fa88c"}
TEXT = "#7d8590"
LINE = "#7d859055"
WIDTH, LEFT, RIGHT = 900, 360, 70
BAR, GAP = 14, 14
FONT = "font-family=\"system-ui,sans-serif\" font-size=\"12\""


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def bars(title, unit, groups, targets):
    """`groups`: [(title, {target: value})], each drawn on a scale of its own: what is compared is
    the bars of one group, whose longest fills the width."""
    room = WIDTH - LEFT - RIGHT
    shapes, y = [], 62
    for name, values in groups:
        here = [target for target in targets if target in values]
        longest = max(values[target] for target in here) or 1
        middle = y + len(here) * BAR / 2 + 4
        shapes.append(f"<text x=\"{LEFT - 12}\" y=\"{middle:.0f}\" text-anchor=\"end\">"
                      f"{escape(name)}</text>")
        for target in here:
            length = max(1.0, values[target] / longest * room)
            weight = " font-weight=\"600\"" if target == "convoy" else ""
            shapes.append(f"<rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1f}\" "
                          f"height=\"{BAR - 3}\" rx=\"2\" fill=\"{COLOURS[target]}\"/>"
                          f"<text x=\"{LEFT + length + 6:.0f}\" y=\"{y + BAR - 4}\" "
                          f"font-size=\"11\"{weight}>{number(values[target])}</text>")
            y += BAR
        y += GAP
    drawn = [target for target in targets if any(target in values for _, values in groups)]
    shapes.append(f"<path d=\"M{LEFT} 56V{y - GAP}\" stroke=\"{LINE}\"/>")
    return _page(f"{title}, {unit} (less is better)", drawn, shapes, y)


def _page(title, targets, shapes, height):
    """A legend above `shapes`."""
    legend, x = [], LEFT
    for target in targets:
        label = peers.LABELS[target]
        legend.append(f"<rect x=\"{x}\" y=\"34\" width=\"10\" height=\"10\" rx=\"2\" "
                      f"fill=\"{COLOURS[target]}\"/><text x=\"{x + 15}\" y=\"43\">{label}</text>")
        x += 30 + 7 * len(label)
    return (f"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" "
            f"width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-label=\"{escape(title)}\" "
            f"{FONT} fill=\"{TEXT}\">\n"
            f"<text x=\"12\" y=\"20\" font-size=\"14\" font-weight=\"600\">{escape(title)}</text>\n"
            + "\n".join(legend + shapes) + "\n</svg>\n")


def lines(title, unit, points, targets):
    """`points`: {target: [(x, y)]}, both axes logarithmic in steps of ten."""
    height, left, top = 320, 64, 64
    room_x, room_y = WIDTH - left - 110, height - top - 40
    xs = [math.log10(x) for of in points.values() for x, _ in of]
    ys = [math.log10(y) for of in points.values() for _, y in of]
    low, high = math.floor(min(ys)), max(math.ceil(max(ys)), math.floor(min(ys)) + 1)

    def place(x, y):
        return (left + (math.log10(x) - min(xs)) / (max(xs) - min(xs) or 1) * room_x,
                top + (high - math.log10(y)) / (high - low) * room_y)

    shapes = []
    for power in range(low, high + 1):
        y = place(10 ** min(xs), 10.0 ** power)[1]
        shapes.append(f"<path d=\"M{left} {y:.0f}H{left + room_x}\" stroke=\"{LINE}\"/>"
                      f"<text x=\"{left - 8}\" y=\"{y + 4:.0f}\" text-anchor=\"end\">"
                      f"{10.0 ** power:,.0f}</text>")
    for x in sorted({x for of in points.values() for x, _ in of}):
        shapes.append(f"<text x=\"{place(x, 10.0 ** low)[0]:.0f}\" y=\"{height - 16}\" "
                      f"text-anchor=\"middle\">{x:,}</text>")
    for target in (name for name in targets if name in points):
        at = [place(x, y) for x, y in points[target]]
        path = "L".join(f"{x:.0f} {y:.0f}" for x, y in at)
        shapes.append(f"<path d=\"M{path}\" fill=\"none\" stroke=\"{COLOURS[target]}\" "
                      f"stroke-width=\"{3 if target == 'convoy' else 2}\"/>")
        shapes += [f"<circle cx=\"{x:.0f}\" cy=\"{y:.0f}\" r=\"3.5\" fill=\"{COLOURS[target]}\"/>"
                   for x, y in at]
    drawn = [name for name in targets if name in points]
    return _page(f"{title}, {unit} (less is better)", drawn, shapes, height)


def draw(results, folder):
    """Writes what there are results of."""
    os.makedirs(folder, exist_ok=True)
    targets = results["targets"]
    pages = {}
    loads = [(load.SCENARIOS[key].title, {name: of[name]["cpu_us"] for name in of})
             for key, of in results["scenarios"].items() if not load.SCENARIOS[key].pair]
    if loads:
        pages["cpu"] = bars("CPU time per request", "microseconds", loads, targets)
    medians = [(row["title"], row["unit"],
                {name: statistics.median(of) for name, of in row["values"].items()})
               for row in results["scale"] if row["values"]]
    for name, unit, title in (("memory", ("KiB", "bytes"), "Memory"),
                              ("start", ("ms",), "Start and reload")):
        groups = [(f"{what} [{of}]" if len(unit) > 1 else what, values)
                  for what, of, values in medians if of in unit]
        if groups:
            pages[name] = bars(title, "KiB or bytes" if len(unit) > 1 else "milliseconds",
                               groups, targets)
    for word in ("routes", "virtual hosts"):
        points = {}
        for what, _, values in medians:
            if what.endswith(" " + word) and "the last of" in what:
                size = int(what.split("the last of ")[1].split(" ")[0].replace(",", ""))
                for name, value in values.items():
                    points.setdefault(name, []).append((size, value))
        if points:
            pages[word.replace(" ", "_")] = lines(
                f"A request for the last of N {word}", "CPU microseconds", points, targets)
    for name, text in pages.items():
        with open(os.path.join(folder, name + ".svg"), "w") as file:
            file.write(text)
    return sorted(pages)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: charts.py FOLDER [bench.json]")
    USUAL = os.path.join(peers.ROOT, "build/bench/bench.json")
    with open(sys.argv[2] if len(sys.argv) > 2 else USUAL) as earlier:
        print(" ".join(draw(json.load(earlier), sys.argv[1])))
