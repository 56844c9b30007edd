// configuration: where it came from, what came of the last reloads, what the loader doubted, and
// (where the server was started with --dashboard-actions) the buttons that change its state.

const kResults = {ok: "ok", invalid: "rejected", bind_failed: "rejected: cannot listen", start_failed: "rejected: workers did not start"};

const kActions = [
  ["Reload", "reload", "Read the configuration again?"],
  ["Fail health checks", "healthcheck/fail", "Fail /ready, so that load balancers take this server out?"],
  ["Pass health checks", "healthcheck/ok", "Let /ready pass again?"],
  ["Drain listeners", "drain_listeners?graceful", "Stop accepting connections, and end those that are open? This cannot be undone."],
  ["Log level debug", "logging?level=debug", "Log at level debug? It costs time."],
  ["Log level info", "logging?level=info", "Log at level info?"],
];

class Configuration {
  constructor(store) {
    this.store = store;
    this.reloads = new Table(byId("reload-table"), [
      {label: "Time", head: true, text: (r) => clock(r.at)},
      {label: "Cause", text: (r) => r.cause},
      {label: "Result", text: (r) => kResults[r.result] || r.result, tone: (r) => (r.result === "ok" ? "good" : "bad")},
      {label: "Took", class: "num", text: (r) => milliseconds(r.duration_ms)},
      {label: "Generation", class: "num", about: "that serves afterwards", text: (r) => String(r.generation)},
    ], "none yet");
    this.certificates = new Table(byId("certificate-table"), [
      {label: "File", head: true, text: (c) => c.path},
      {label: "Names", class: "prose", text: (c) => c.names},
      {label: "Days left", class: "num", text: (c) => whole.format(c.days), tone: (c) => (c.days < 7 ? "bad" : c.days < 30 ? "warn" : "good")},
      {label: "Ends", text: (c) => c.ends},
      {label: "Serial number", class: "stat", text: (c) => c.serial},
    ], "no certificate is configured");
  }

  build() {
    const {map} = this.store;
    const {about} = map;
    const files = about.files.map((f) => h("div", null, h("code", {title: f.sha256}, "sha256 " + f.sha256.slice(0, 16) + "…"), ` ${f.name.slice(f.name.lastIndexOf("/") + 1)}, ${bytes(f.bytes)}`));
    const facts = [["File", [h("code", null, about.config_path || "--config-yaml")]], ["Content", files.length ? files : ["not known until the next reload"]],
      ["Generation", [String(about.generation)]], ["Program", [`Convoy ${about.version}, `, h("code", null, about.revision.slice(0, 12))]],
      ["Started", [clock(about.start_unix)]], ["Workers", [String(about.concurrency)]], ["Size", [`${plural(map.listeners.length, "listener")}, ${plural(map.clusters.length, "cluster")}`]]];
    byId("about").replaceChildren(...facts.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, ...value))));
    setText(byId("identity"), [about.version, about.node, about.service].filter(Boolean).join(" · "));
    this.reloads.update(map.reloads.map((r, i) => [map.reloads.length - i + ":" + r.at, r]));
    this.buildRejected();
    this.buildWarnings();
    this.buildActions();
  }

  // The newest one that was refused; kept in view, quieter, once a later one went well.
  buildRejected() {
    const {reloads} = this.store.map;
    const index = reloads.findIndex((r) => r.result !== "ok");
    const box = byId("rejected");
    if (index < 0) return box.replaceChildren();
    const r = reloads[index];
    const later = reloads.slice(0, index).some((one) => one.cause !== "workers");
    box.replaceChildren(h("details", {class: later ? "rejected" : "rejected bad", open: !later},
      h("summary", null, `${later ? "A reload was rejected" : "The last reload was rejected"}, ${clock(r.at)}: generation ${r.generation} serves on`),
      h("pre", {tabindex: 0}, r.error || kResults[r.result])));
  }

  buildWarnings() {
    const {warnings} = this.store.map;
    byId("warnings").replaceChildren(warnings.length === 0 ? h("p", {class: "quiet"}, "none") : h("ul", {class: "plainlist"}, ...warnings.slice(0, 50).map((w) =>
      h("li", null, h("code", {class: "warn"}, w.code), " ", h("span", null, w.message), w.help ? h("span", {class: "dim"}, " " + w.help) : null, h("div", {class: "at"}, `${w.file}:${w.line}:${w.column}`)))),
    warnings.length > 50 ? h("p", {class: "quiet"}, `and ${warnings.length - 50} more`) : "");
  }

  buildActions() {
    const box = byId("actions");
    if (!this.store.map.about.actions) return box.replaceChildren();
    if (box.childElementCount) return;
    const said = h("p", {role: "status", class: "said"});
    box.append(h("h3", null, "Actions"), h("div", {class: "tools"}, ...kActions.map(([label, path, question]) =>
      h("button", {type: "button", onclick: () => this.act(label, path, question, said)}, label))), said);
  }

  async act(label, path, question, said) {
    if (!(await confirmed(question))) return;
    try {
      const answer = await fetch(path, {method: "POST", headers: {"content-type": "application/x-www-form-urlencoded"}});
      setText(said, `${label}: ${(await answer.text()).trim().slice(0, 2000)}`);
      setAttribute(said, "class", "said " + (answer.ok ? "good" : "bad"));
    } catch (error) {
      setText(said, `${label}: ${error.message}`);
    }
  }

  async readCertificates() {
    const answer = await fetch("certs", {headers: {accept: "application/json"}});
    if (!answer.ok) return;
    const rows = [];
    const seen = new Set();
    for (const one of (await answer.json()).certificates || []) {
      for (const cert of [...(one.cert_chain || []), ...(one.ca_cert || [])]) {
        const key = cert.path + " " + cert.serial_number;
        if (seen.has(key)) continue;
        seen.add(key);
        const names = (cert.subject_alt_names || []).map((n) => n.dns || n.uri || n.ip_address || "");
        rows.push([key, {path: cert.path, serial: cert.serial_number, names: names.join(", "), days: Number(cert.days_until_expiration || 0), ends: (cert.expiration_time || "").replace("T", " ").replace(/(\.\d+)?Z$/, "")}]);
      }
    }
    rows.sort((a, b) => a[1].days - b[1].days);
    this.certs = rows.map(([, row]) => row);
    this.certificates.update(rows.slice(0, 200));
  }
}

function confirmed(question) {
  const dialog = byId("confirm");
  setText(byId("confirm-text"), question);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), {once: true}));
}
