// clusters: the table of clusters and, below the chosen one, its hosts, limits and failures. Only
// kPage rows exist at a time, however many clusters there are.

const kPage = 50;
const kLimits = [["Connections", "cx_active", "cx_open"], ["Waiting requests", "pending", "pending_open"], ["Requests", "rq_active", "rq_open"]];

// How well a cluster is: "bad" nobody serves, "warn" not all do.
function clusterTone(store, i) {
  const hosts = store.now("clusters", i, "hosts"), healthy = store.now("clusters", i, "healthy");
  if (healthy === 0) return "bad";
  return healthy < hosts ? "warn" : "";
}

function hostsText(store, i) {
  return store.now("clusters", i, "healthy") + "/" + store.now("clusters", i, "hosts");
}

// Colour is never the only sign: the number beside it says the same.
function hostDots(hosts, cell) {
  const shown = hosts.slice(0, 24);
  while (cell.childElementCount > shown.length) cell.lastElementChild.remove();
  shown.forEach((host, i) => {
    if (!cell.children[i]) cell.append(h("i", {class: "dot"}));
    set(cell.children[i], {class: "dot " + (host[2] === "healthy" ? "ok" : "bad"), title: host[0] + ": " + host[2]});
  });
}

class Clusters {
  constructor(store, choose, ask) {
    this.store = store;
    this.limit = kPage;
    this.open = null;  // name
    this.ask = ask;
    const rate = (name, i) => (c) => store.rate("clusters", c.index, name, i);
    const number = (of) => (c) => short(of(c));
    const counted = (of) => (c) => count(of(c));
    const e5 = rate("xx", 4), e4 = rate("xx", 3), rq = rate("rq"), retries = rate("retry");
    const now = (name) => (c) => store.now("clusters", c.index, name);
    const q = (name) => (c) => c.times[name];
    const column = (key, label, sort, text, extra) => ({key, label, sort, text, class: "num", ...extra});
    this.columns = [
      {key: "name", label: "Cluster", head: true, sort: (c) => c.name, fill: (cell, c) => this.name(cell, c, choose)},
      column("hosts", "Hosts", (c) => now("healthy")(c) / Math.max(1, now("hosts")(c)), (c) => hostsText(store, c.index), {tone: (c) => clusterTone(store, c.index), about: "healthy of all"}),
      column("rq", "Requests/s", rq, number(rq)),
      column("e5", "5xx/s", e5, number(e5), {tone: (c) => (e5(c) > 0 ? "bad" : "")}),
      column("e4", "4xx/s", e4, number(e4), {tone: (c) => (e4(c) > 0 ? "warn" : "")}),
      column("p50", "p50", q("p50"), (c) => milliseconds(c.times.p50)),
      column("p95", "p95", q("p95"), (c) => milliseconds(c.times.p95)),
      column("p99", "p99", q("p99"), (c) => milliseconds(c.times.p99)),
      column("active", "Active", now("rq_active"), counted(now("rq_active")), {about: "requests under way"}),
      column("pending", "Waiting", now("pending"), counted(now("pending")), {about: "requests that wait for a connection"}),
      column("cx", "Connections", now("cx_active"), counted(now("cx_active"))),
      column("retry", "Retries/s", retries, number(retries)),
    ];
    this.table = new Table(byId("cluster-table"), this.columns, "no cluster of that name");
    this.order = new Order(this.table, this.columns, "rq", true, () => this.update());
    for (const id of ["cluster-filter", "cluster-trouble"]) {
      byId(id).addEventListener("input", () => {
        this.limit = kPage;
        this.order.again();
        this.update();
      });
    }
    byId("cluster-more").addEventListener("click", () => {
      this.limit += 2 * kPage;
      this.update();
    });
  }

  name(cell, c, choose) {
    if (!cell.firstChild) {
      cell.append(h("button", {type: "button", class: "plain", onclick: (event) => this.toggle(event.currentTarget.dataset.name, choose)}));
    }
    const button = cell.firstChild;
    setText(button, c.name);
    button.dataset.name = c.name;
    setAttribute(button, "aria-expanded", String(this.open === c.name));
  }

  toggle(name, choose) {
    this.open = this.open === name ? null : name;
    if (this.open) choose("cluster:" + name);
    this.update();
    this.ask();
  }

  // The clusters whose hosts the next answer has to tell.
  get wanted() {
    return this.open ? [this.open] : [];
  }

  update() {
    const store = this.store;
    if (!store.map || !store.last) return;
    const text = byId("cluster-filter").value.trim().toLowerCase();
    const trouble = byId("cluster-trouble").checked;
    const found = [];
    store.map.clusters.forEach((cluster, index) => {
      if (text && !cluster.name.toLowerCase().includes(text)) return;
      if (trouble && !clusterTone(store, index) && store.rate("clusters", index, "xx", 4) === 0) return;
      found.push([cluster.name, {name: cluster.name, index, times: store.quantiles(store.buckets("clusters", index, store.raw[0]))}]);
    });
    const shown = this.order.of(found).slice(0, this.limit);
    this.table.update(shown, (row, c) => setAttribute(row, "class", clusterTone(store, c.index)));
    setText(byId("cluster-count"), found.length === store.map.clusters.length ? plural(found.length, "cluster") : `${whole.format(found.length)} of ${plural(store.map.clusters.length, "cluster")}`);
    const more = byId("cluster-more");
    more.hidden = found.length <= shown.length;
    setText(more, `Show more (${whole.format(found.length - shown.length)} are left)`);
    this.detail();
  }

  detail() {
    const row = this.open && this.table.rows.get(this.open);
    if (!row) {
      if (this.panel) this.panel.row.remove();
      this.panel = null;
      return;
    }
    if (!this.panel || this.panel.name !== this.open) {
      if (this.panel) this.panel.row.remove();
      this.panel = this.makePanel(this.open);
    }
    if (row.nextElementSibling !== this.panel.row) row.after(this.panel.row);
    this.fillPanel();
  }

  makePanel(name) {
    const hosts = h("table", {class: "inner"}, h("caption", null, "Hosts of " + name), h("thead"), h("tbody"));
    const cell = h("td", {colspan: this.columns.length});
    const row = h("tr", {class: "detail", "data-extra": "1"}, cell);
    const facts = h("p", {class: "facts"});
    const limits = h("div", {class: "limits"});
    const troubles = h("p", {class: "facts"});
    cell.append(h("div", {class: "panel"}, facts, hosts, limits, troubles));
    const table = new Table(hosts, [
      {label: "Address", head: true, text: (host) => host[0]},
      {label: "State", text: (host) => host[2], tone: (host) => (host[2] === "healthy" ? "good" : "bad")},
      {label: "Requests/s", class: "num", text: (host) => short(this.hostRate(name, host, 7))},
      {label: "Active", class: "num", text: (host) => (host.length > 6 ? count(host[6]) : "–")},
      {label: "Success", class: "num", about: "answers without 5xx, over the last seconds", text: (host) => this.success(name, host)},
      {label: "First byte", class: "num", about: "mean time until an answer begins, over the last seconds", text: (host) => this.firstByte(name, host)},
      {label: "Name", text: (host) => host[1]},
      {label: "Weight", class: "num", text: (host) => String(host[3])},
      {label: "Priority", class: "num", text: (host) => String(host[4])},
      {label: "Zone", text: (host) => host[5]},
    ], "no host is known: the name does not resolve, or no endpoint is configured");
    return {name, row, table, facts, limits, troubles};
  }

  // What became of one of a host's numbers since some seconds ago; NaN where that is not known.
  hostGrowth(name, host, at) {
    const before = ((this.store.before.hosts || {})[name] || []).find((one) => one[0] === host[0]);
    return before && before.length > 6 && host.length > 6 ? Math.max(0, host[at] - before[at]) : NaN;
  }
  hostRate(name, host, at) {
    return this.hostGrowth(name, host, at) / this.store.spanS;
  }
  success(name, host) {
    const answers = this.hostGrowth(name, host, 7);
    return percent(answers - this.hostGrowth(name, host, 8), answers);
  }
  firstByte(name, host) {
    return milliseconds(this.hostGrowth(name, host, 10) / this.hostGrowth(name, host, 9) / 1000);
  }

  fillPanel() {
    const {store, panel} = this;
    const index = store.map.clusterIndex.get(panel.name);
    const cluster = store.map.clusters[index];
    const hosts = (store.last.hosts || {})[panel.name] || [];
    panel.table.update(hosts.map((host) => [host[0], host]));
    const all = store.now("clusters", index, "hosts");
    const words = [cluster.type, cluster.tls && "TLS", cluster.http2 && "HTTP/2", cluster.checked ? "active health checks" : "no active health checks",
      cluster.outlier && "outlier detection", cluster.at && "defined at " + cluster.at, hosts.length < all && hosts.length > 0 && `the first ${hosts.length} of ${all} hosts`];
    setText(panel.facts, words.filter(Boolean).join(" · "));
    kLimits.forEach(([label, name, open], i) => {
      if (!panel.limits.children[i]) panel.limits.append(h("label", null, h("span"), h("meter", {min: 0, low: 0, optimum: 0})));
      const box = panel.limits.children[i];
      const used = store.now("clusters", index, name), limit = cluster.limits[i];
      const tripped = store.now("clusters", index, open) > 0;
      setText(box.firstChild, `${label}: ${count(used)} of ${count(limit)}${tripped ? ", circuit breaker open" : ""}`);
      setAttribute(box, "class", tripped ? "bad" : "");
      set(box.lastChild, {max: Math.max(1, limit), high: limit * 0.8, value: Math.min(used, limit)});
    });
    const kinds = [["connect_fail", "connections failed"], ["connect_timeout", "of them by timeout"], ["timeout", "requests timed out"], ["rx_reset", "reset by hosts"], ["ejections", "ejections"],
      ["check_failure", "checks failed"], ["retry_success", "retries succeeded"], ["pending_overflow", "refused by the circuit breaker"], ["panic", "balanced in panic"]];
    const told = kinds.map(([name, label]) => [store.now("clusters", index, name), label]).filter(([n]) => n > 0).map(([n, label]) => count(n) + " " + label);
    setText(panel.troubles, told.length ? "Since the start: " + told.join(" · ") : "No failure since the start.");
  }
}
