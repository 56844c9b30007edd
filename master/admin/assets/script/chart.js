// chart: one small figure of lines over time, drawn as SVG. The scale grows at once and shrinks
// late, so that the picture stays calm. Its text says what the picture does.

const kWidth = 320, kHeight = 84;
const kGapMs = 6500;  // without an answer for so long (a hidden tab), the line is broken

function niceMax(value, before) {
  if (!(value > 0)) return before || 1;
  const power = Math.pow(10, Math.floor(Math.log10(value)));
  const nice = [1, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * 1.05) * power || 10 * power * 1.2;
  return before && nice < before && value > before * 0.35 ? before : nice;
}

class Chart {
  // lines: [{column, label, class}]; format: number -> text
  constructor(title, lines, format, about) {
    this.lines = lines;
    this.format = format;
    this.title = title;
    this.max = 0;
    this.values = lines.map(() => h("b", null, "–"));
    this.paths = lines.map((line) => svg("path", {class: "line " + line.class}));
    this.areas = lines.map((line) => svg("path", {class: "area " + line.class}));
    this.top = h("span", {class: "top", "aria-hidden": "true"});
    this.cross = svg("line", {class: "cross", y1: 0, y2: kHeight, visibility: "hidden"});
    this.svg = svg("svg", {viewBox: `0 0 ${kWidth} ${kHeight}`, preserveAspectRatio: "none", role: "img"},
      svg("path", {class: "grid", d: `M0 ${kHeight / 2}H${kWidth}M0 0.5H${kWidth}M0 ${kHeight - 0.5}H${kWidth}`}),
      ...this.areas, ...this.paths, this.cross);
    this.element = h("figure", {class: "chart"},
      h("figcaption", null, h("h3", {title: about}, title),
        h("span", {class: "legend"}, ...lines.map((line, i) => h("span", {class: line.class}, h("i", {"aria-hidden": "true"}), h("span", null, line.label), this.values[i])))),
      h("div", {class: "plot"}, this.svg, this.top));
  }

  // Points of `series` between two times; `at`: the time under the pointer, or null for the last.
  draw(series, from, until, at) {
    const columns = this.lines.map((line) => kColumns.indexOf(line.column));
    let peak = 0, first = series.size;
    for (let i = series.size - 1; i >= 0 && series.value(i, 0) >= from; --i) {
      first = i;
      for (const column of columns) peak = Math.max(peak, series.value(i, column) || 0);
    }
    this.max = niceMax(peak, this.max);
    setText(this.top, this.format(this.max));
    const x = (t) => ((t - from) / (until - from)) * kWidth;
    const y = (v) => kHeight - (v / this.max) * (kHeight - 2) - 1;
    const step = Math.max(1, Math.ceil((series.size - first) / 450));
    columns.forEach((column, line) => {
      let path = "", area = "", start = null, last = null;
      const close = () => {
        if (start !== null) area += `L${last.toFixed(1)} ${kHeight}L${start.toFixed(1)} ${kHeight}Z`;
        start = null;
      };
      let before = -Infinity;
      for (let i = first; i < series.size; i += step) {
        const t = series.value(i, 0), value = series.value(i, column);
        if (!Number.isFinite(value)) {
          close();
          before = -Infinity;
          continue;
        }
        const at = x(t).toFixed(1) + " " + y(value).toFixed(1);
        if (t - before > kGapMs) {
          close();
          path += "M" + at;
          area += "M" + at;
          start = x(t);
        } else {
          path += "L" + at;
          area += "L" + at;
        }
        last = x(t);
        before = t;
      }
      close();
      this.paths[line].setAttribute("d", path);
      this.areas[line].setAttribute("d", area);
    });
    this.tell(series, columns, first, at, x);
  }

  tell(series, columns, first, at, x) {
    let index = series.size - 1;
    if (at !== null) {
      while (index > first && series.value(index, 0) > at) --index;
      const place = x(series.value(index, 0)).toFixed(1);
      set(this.cross, {x1: place, x2: place, visibility: "visible"});
    } else {
      setAttribute(this.cross, "visibility", "hidden");
    }
    const texts = columns.map((column, line) => {
      const value = index >= 0 ? series.value(index, column) : NaN;
      setText(this.values[line], Number.isFinite(value) ? this.format(value) : "–");
      let low = Infinity, high = -Infinity;
      for (let i = first; i < series.size; ++i) {
        const v = series.value(i, column);
        if (v < low) low = v;
        if (v > high) high = v;
      }
      if (low > high) return this.lines[line].label + ": nothing";
      return `${this.lines[line].label}: now ${this.format(value)}, lowest ${this.format(low)}, highest ${this.format(high)}`;
    });
    const text = this.title + ". " + texts.join(". ");
    // Not each second: whoever listens to it could not follow.
    if (!this.told || Date.now() - this.told > 10000) {
      this.told = Date.now();
      setAttribute(this.svg, "aria-label", text);
    }
  }
}
