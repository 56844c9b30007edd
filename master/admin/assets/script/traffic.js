// traffic: the charts, of everything or of one listener or cluster.

class Traffic {
  constructor(store) {
    this.store = store;
    this.at = null;  // the time under the pointer
    this.windowS = 60;
    this.scope = "total";
    this.charts = [
      new Chart("Requests", [{column: "rate", label: "per second", class: "c1"}], short, "Requests per second"),
      new Chart("Errors", [{column: "e5", label: "5xx/s", class: "c5"}, {column: "e4", label: "4xx/s", class: "c4"}], short, "Answers with a 5xx or 4xx status, per second"),
      new Chart("Latency", [{column: "p99", label: "p99", class: "c3"}, {column: "p95", label: "p95", class: "c2"}, {column: "p50", label: "p50", class: "c1"}], milliseconds,
        "Quantiles of the time of requests, over the last seconds; estimated inside the buckets of the histogram"),
      new Chart("Connections", [{column: "down", label: "clients", class: "c1"}, {column: "up", label: "upstream", class: "c2"}], count, "Open connections"),
      new Chart("Throughput", [{column: "rx", label: "received", class: "c1"}, {column: "tx", label: "sent", class: "c2"}], (n) => bytes(n) + "/s", "Bytes per second: from and to clients, or from and to hosts where a cluster is chosen"),
      new Chart("Under way", [{column: "active", label: "requests", class: "c1"}], count, "Requests that have no complete answer yet"),
    ];
    const box = byId("charts");
    box.append(...this.charts.map((chart) => chart.element));
    box.addEventListener("pointermove", (event) => this.point(event));
    box.addEventListener("pointerleave", () => {
      this.at = null;
      this.draw();
    });
    byId("window").addEventListener("change", (event) => {
      this.windowS = Number(event.target.value);
      this.draw();
    });
    byId("scope").addEventListener("change", (event) => this.choose(event.target.value));
  }

  point(event) {
    const plot = event.target.closest(".plot");
    if (!plot || !this.store.last) return;
    const box = plot.getBoundingClientRect();
    const until = this.store.last.time_ms;
    this.at = until - (1 - (event.clientX - box.left) / box.width) * this.windowS * 1000;
    this.draw();
  }

  choose(scope) {
    this.scope = scope;
    for (const chart of this.charts) chart.max = 0;
    const select = byId("scope");
    if (![...select.options].some((option) => option.value === scope)) {
      select.append(h("option", {value: scope}, scope.slice(scope.indexOf(":") + 1)));
    }
    select.value = scope;
    this.draw();
  }

  // A thousand clusters do not fit a menu: those with traffic do; others are chosen in their table.
  fillScopes() {
    const map = this.store.map;
    const select = byId("scope");
    const group = (label, names, kind) => h("optgroup", {label}, ...names.map((name) => h("option", {value: kind + name}, name)));
    const clusters = map.clusters.map((c) => c.name).slice(0, 100);
    select.replaceChildren(h("option", {value: "total"}, "everything"),
      group("Listeners", map.listeners.map((l) => l.name), "listener:"), group("Clusters", clusters, "cluster:"));
    const known = this.scope === "total" || map.listeners.some((l) => "listener:" + l.name === this.scope) ||
      map.clusters.some((c) => "cluster:" + c.name === this.scope);
    this.choose(known ? this.scope : "total");
  }

  draw() {
    const series = this.store.series.get(this.scope) || new Series();
    const last = this.store.last;
    if (!last) return;
    for (const chart of this.charts) chart.draw(series, last.time_ms - this.windowS * 1000, last.time_ms, this.at);
  }
}
