// attention: what somebody who has ten seconds should know, the worst first; one line when all is
// well. Spoken politely by screen readers, so lines change only when their meaning does.

function troubles(store, configuration, processes, failures) {
  const out = [];
  const {map, last} = store;
  const say = (tone, text, link) => out.push({tone, text, link});
  if (last.state === 1) say("warn", "The server is draining: /ready fails.", "#workers");
  if (last.state >= 2) say("warn", "The server is starting: /ready fails.", "#workers");
  const newest = map.reloads.find((r) => r.cause !== "workers");
  if (newest && newest.result !== "ok") {
    const first = newest.error.split("\n").find((line) => line.trim()) || kResults[newest.result];
    say("bad", `The last reload was rejected, generation ${newest.generation} serves on: ${first}`, "#configuration");
  }
  const down = [], partly = [], open = [];
  map.clusters.forEach((cluster, i) => {
    const hosts = store.now("clusters", i, "hosts"), healthy = store.now("clusters", i, "healthy");
    if (healthy === 0) down.push(`${cluster.name} (${hosts === 0 ? "no host known" : "0 of " + hosts})`);
    else if (healthy < hosts) partly.push(`${cluster.name} (${healthy} of ${hosts})`);
    if (["cx_open", "rq_open", "pending_open", "retry_open"].some((name) => store.now("clusters", i, name) > 0)) open.push(cluster.name);
  });
  const few = (names) => names.slice(0, 4).join(", ") + (names.length > 4 ? ` and ${names.length - 4} more` : "");
  if (down.length) say("bad", "No healthy host: " + few(down), "#clusters");
  if (partly.length) say("warn", "Hosts are not healthy: " + few(partly), "#clusters");
  if (open.length) say("bad", "Circuit breaker open: " + few(open), "#clusters");
  const failing = map.clusters.map((cluster, i) => [cluster.name, store.rate("clusters", i, "xx", 4), store.rate("clusters", i, "rq")])
    .filter(([, bad, all]) => bad > 0 && bad >= all / 100).sort((a, b) => b[1] - a[1]);
  if (failing.length) say("bad", "Answers with 5xx: " + few(failing.map(([name, bad, all]) => `${name} (${percent(bad, all)})`)), "#clusters");
  const active = (failures.rows || []).filter(([, f]) => f.rate > 0).sort((a, b) => b[1].rate - a[1].rate);
  if (active.length) say("warn", "Requests fail now: " + active.slice(0, 3).map(([, f]) => `${f.flag[0] === "–" ? f.flag[1] : f.flag[0]} at ${f.where}`).join(", "), "#failures");
  for (const cert of configuration.certs || []) {
    if (cert.days < 14) say(cert.days < 3 ? "bad" : "warn", `The certificate ${cert.path} has ${plural(cert.days, "day")} left.`, "#certificates");
  }
  const restarted = last.workers.filter((w) => w.restarts > 0 && w.state !== "draining");
  if (restarted.length) say("warn", `Workers were restarted: ${restarted.map((w) => `worker ${w.slot} ${w.restarts === 1 ? "once" : w.restarts + " times"}`).join(", ")}`, "#workers");
  const old = processes.drains(last.workers).filter((d) => d.ms > 60000);
  if (old.length) say("info", `Still draining: generation ${old.map((d) => d.generation).join(", ")}`, "#workers");
  if (map.warnings.length) say("info", `The loader has ${plural(map.warnings.length, "warning")} about the configuration.`, "#configuration");
  return out.slice(0, 8);
}

function showTroubles(list) {
  const box = byId("attention");
  const lines = list.length ? list : [{tone: "good", text: "Nothing needs attention."}];
  lines.forEach((line, i) => {
    if (!box.children[i]) box.append(h("li", null, h("a")));
    const item = box.children[i];
    if (item.firstElementChild === null) item.replaceChildren(h("a"));
    setAttribute(item, "class", line.tone);
    setText(item.firstElementChild, line.text);
    set(item.firstElementChild, {href: line.link});
  });
  while (box.childElementCount > lines.length) box.lastElementChild.remove();
}
