// tester: which route a request would take. The answer comes from the code that routes, in a child
// process of the server.

const kOutcomes = {
  forward: "is forwarded", redirect: "is redirected", direct_response: "is answered directly", refused: "is refused", no_route: "matches no route of its virtual host: 404",
  no_virtual_host: "matches no virtual host: 404", no_cluster: "has a route whose cluster does not exist", no_chain: "matches no filter chain: the connection is closed", tcp: "is not looked at: the listener is a TCP proxy",
};

class Tester {
  constructor(store) {
    this.store = store;
    this.form = byId("tester-form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
  }

  build() {
    const select = this.form.elements.listener;
    const chosen = select.value;
    const names = this.store.map.listeners.map((l) => l.name);
    select.replaceChildren(...names.map((name) => h("option", {value: name}, name)));
    if (names.includes(chosen)) select.value = chosen;
  }

  async ask() {
    const fields = this.form.elements;
    const body = new URLSearchParams();
    for (const name of ["listener", "scheme", "method", "host", "path"]) body.append(name, fields[name].value.trim());
    for (const line of fields.headers.value.split("\n")) if (line.trim()) body.append("header", line.trim());
    const box = byId("tester-answer");
    try {
      const answer = await fetch("dashboard/route", {method: "POST", body});
      const text = await answer.text();
      if (answer.ok) this.show(JSON.parse(text));
      else box.replaceChildren(h("p", {class: "notice bad"}, text.trim()));
    } catch (error) {
      box.replaceChildren(h("p", {class: "notice bad"}, error.message));
    }
  }

  show(a) {
    const {map} = this.store;
    const names = a.names || {};
    const listener = map.listeners[a.listener];
    const chain = listener && listener.chains[a.chain];
    const host = chain && chain.virtual_hosts && chain.virtual_hosts[a.virtual_host];
    const route = host && host.routes[a.route];
    const step = (label, ...value) => h("li", null, h("span", {class: "dim"}, label), h("span", null, ...value));
    const steps = [step("Listener", names.listener || "–", chain && chain.match ? ` (chain for ${chain.match})` : "")];
    if (names.virtual_host !== undefined) steps.push(step("Virtual host", names.virtual_host, host ? h("span", {class: "dim"}, " " + host.domains.slice(0, 6).join(", ")) : ""));
    if (a.route !== undefined) steps.push(step("Route", `#${a.route}${names.route ? " " + names.route : ""}`, " ", h("code", null, route ? route.match : ""), place(a.at)));
    const clusters = (a.clusters || []).map((c) => h("div", null, c.name || "(none named)", c.share < 100 ? ` ${c.share.toFixed(1)} %` : "", c.exists ? "" : h("span", {class: "bad"}, " does not exist")));
    if (clusters.length) steps.push(step(clusters.length > 1 ? "Clusters, by weight" : "Cluster", ...clusters));
    if (a.status) steps.push(step("Answer", String(a.status), a.location ? " to " : "", a.location ? h("code", null, a.location) : ""));
    const good = ["forward", "redirect", "direct_response", "tcp"].includes(a.outcome);
    byId("tester-answer").replaceChildren(
      h("p", {class: "verdict " + (good ? "good" : "bad")}, "This request " + (kOutcomes[a.outcome] || a.outcome) + "."),
      h("ol", {class: "steps"}, ...steps), this.facts(a), this.upstream(a), this.tried(a, host));
  }

  facts(a) {
    const lines = [...(a.notes || [])];
    if (a.fraction !== undefined) lines.push(`the route takes ${a.fraction} % of such requests${a.otherwise !== undefined ? `; route #${a.otherwise} takes the others` : ""}`);
    if (a.timeout_ms !== undefined) lines.push(a.timeout_ms === 0 ? "no timeout" : "timeout " + milliseconds(a.timeout_ms));
    if (a.retries) lines.push(plural(a.retries, "retry", "retries"));
    if (a.body) lines.push("body: " + a.body.slice(0, 200));
    return lines.length ? h("ul", {class: "plainlist dim"}, ...lines.map((line) => h("li", null, line))) : "";
  }

  upstream(a) {
    if (!a.upstream) return "";
    const lines = [`${a.upstream.method} ${a.upstream.path} HTTP/1.1`, `host: ${a.upstream.host}`, ...a.upstream.headers.map(([name, value]) => `${name}: ${value}`)];
    return h("details", {open: true}, h("summary", null, "What the host would get"), h("pre", {tabindex: 0}, lines.join("\n")));
  }

  tried(a, host) {
    if (!a.tried || a.tried.length === 0) return "";
    const label = (i) => (host && host.routes[i] ? host.routes[i].match : "#" + i);
    return h("details", null, h("summary", null, `${plural(a.tried.length, "route")} before it did not match`),
      h("ol", {start: 0}, ...a.tried.map((why, i) => h("li", null, h("code", null, label(i)), h("span", {class: "dim"}, " not its " + why)))));
  }
}
