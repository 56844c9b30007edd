// map: the way of requests as the configuration has it: listener -> virtual host -> route ->
// cluster -> hosts, with the rates that are known of each. Rows beyond kMapRows wait for a filter.

const kMapRows = 80;
const kMapHosts = 15;  // clusters whose hosts are shown one by one

class TrafficMap {
  constructor(store, show) {
    this.store = store;
    this.show = show;  // a cluster's name -> its row in the table
    this.live = [];
    this.wanted = [];
    byId("map-filter").addEventListener("input", () => this.build());
  }

  // One line per route; what repeats the line above is left out, as in a printed timetable.
  lines(listener, l, text) {
    const out = [];
    const matches = (...parts) => !text || parts.some((part) => part && part.toLowerCase().includes(text));
    const clusterNames = (to) => (to || []).map((t) => t.missing || t.header || this.store.map.clusters[t.cluster].name);
    listener.chains.forEach((chain, c) => {
      if (chain.kind === "tcp") {
        if (matches(listener.name, ...clusterNames(chain.to))) out.push({chain, c, match: "TCP", to: chain.to});
        return;
      }
      for (const host of chain.virtual_hosts) {
        for (const route of host.routes) {
          if (matches(listener.name, host.name, ...host.domains, route.match, route.name, route.answer, ...clusterNames(route.to))) {
            out.push({chain, c, host, ...route});
          }
        }
      }
    });
    return out;
  }

  build() {
    const map = this.store.map;
    if (!map) return;
    const text = byId("map-filter").value.trim().toLowerCase();
    const boxes = [];
    let rows = 0, all = 0;
    this.live = [];
    this.wanted = [];
    map.listeners.forEach((listener, l) => {
      const lines = this.lines(listener, l, text);
      all += lines.length;
      if (text && lines.length === 0) return;
      const shown = lines.slice(0, Math.max(0, kMapRows - rows));
      rows += shown.length;
      if (shown.length > 0 || lines.length === 0) boxes.push(this.listenerBox(listener, l, shown, lines.length));
    });
    const left = map.routes_left_out;
    setText(byId("map-count"), (rows < all ? `${rows} of ${all} routes are shown: filter to see others` : plural(all, "route")) +
      (left ? `; ${whole.format(left)} more are not listed` : ""));
    byId("map-body").replaceChildren(...(boxes.length ? boxes : [h("p", {class: "quiet"}, text ? "nothing matches" : "no listener is configured")]));
    this.update();
  }

  listenerBox(listener, l, lines, all) {
    const numbers = h("span", {class: "numbers"});
    this.live.push(() => {
      const values = this.store.ofListener(listener, l);
      setText(numbers, [short(values.rate) + " req/s", short(values.e5) + " 5xx/s", count(values.down) + " connections"].join(" · "));
    });
    const body = h("tbody");
    let before = {};
    for (const line of lines) {
      body.append(this.row(line, before));
      before = line;
    }
    if (lines.length === 0) body.append(h("tr", {class: "empty"}, h("td", {colspan: 4}, "no route")));
    return h("div", {class: "listener"},
      h("div", {class: "title"}, h("h3", null, listener.name), h("span", {class: "dim"}, listener.address + (listener.chains.some((c) => c.tls) ? " · TLS" : "")), numbers, place(listener.at)),
      h("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Routes of " + listener.name},
        h("table", {class: "map"}, h("caption", {class: "hidden"}, `Routes of the listener ${listener.name}`),
          h("thead", null, h("tr", null, ...["Virtual host", "Route", "Cluster", "Its requests/s and hosts"].map((label) => h("th", {scope: "col"}, label)))), body)));
  }

  row(line, before) {
    const chain = line.chain.match && line.c !== before.c ? h("div", {class: "dim"}, "chain for " + line.chain.match) : null;
    const host = line.host && line.host !== before.host ? [h("b", null, line.host.name), h("div", {class: "dim domains"}, line.host.domains.join(", "))] : [];
    const to = h("td", {class: "to"}), live = h("td", {class: "live"});
    for (const target of line.to || []) this.target(target, to, live, line);
    if (line.answer) to.append(h("div", {class: "dim"}, line.answer));
    return h("tr", {class: line.host && line.host !== before.host ? "first" : null}, h("td", null, chain, ...host),
      h("td", {class: "match"}, h("code", null, line.match), line.name ? h("span", {class: "dim"}, " " + line.name) : null, place(line.at)), to, live);
  }

  target(target, to, live, line) {
    if (target.header !== undefined) return to.append(h("div", null, "named by the header ", h("code", null, target.header)));
    if (target.missing !== undefined) return to.append(h("div", {class: "bad"}, target.missing + " does not exist"));
    const {store} = this;
    const cluster = store.map.clusters[target.cluster];
    const sum = (line.to || []).reduce((all, one) => all + (one.weight || 0), 0);
    to.append(h("div", null, h("button", {type: "button", class: "plain", onclick: () => this.show(cluster.name)}, cluster.name),
      sum > 0 ? h("span", {class: "dim"}, " " + percent(target.weight, sum)) : null));
    const rate = h("span", {class: "num"}), dots = h("span", {class: "dots", "aria-hidden": "true"}), count = h("span");
    live.append(h("div", null, rate, dots, count));
    const each = this.wanted.length < kMapHosts || this.wanted.includes(cluster.name);
    if (each && !this.wanted.includes(cluster.name)) this.wanted.push(cluster.name);
    this.live.push(() => {
      setText(rate, short(store.rate("clusters", target.cluster, "rq")));
      const hosts = (store.last.hosts || {})[cluster.name];
      if (each && hosts) hostDots(hosts, dots);
      setText(count, hostsText(store, target.cluster) + " healthy");
      setAttribute(count, "class", clusterTone(store, target.cluster) || "dim");
    });
  }

  update() {
    if (this.store.last) for (const refresh of this.live) refresh();
  }
}
