// processes: the master and its workers, and the generations that drain.

class ProcessTable {
  constructor(store) {
    this.store = store;
    this.memory = new Map();  // pid -> proportional bytes, which are asked for seldom
    const cpu = (p) => {
      const before = p.before;
      if (!before || before.pid !== p.pid) return NaN;
      return Math.max(0, (p.cpu_ms - before.cpu_ms) / (10 * store.spanS));
    };
    const dash = (of) => (p) => (p.master ? "–" : of(p));
    this.table = new Table(byId("worker-table"), [
      {label: "Process", head: true, text: (p) => (p.master ? "master" : "worker " + p.slot)},
      {label: "PID", class: "num", text: (p) => String(p.pid)},
      {label: "Generation", class: "num", text: dash((p) => String(p.generation))},
      {label: "State", text: dash((p) => p.state), tone: (p) => (p.state === "draining" ? "warn" : p.state === "starting" ? "warn" : "")},
      {label: "CPU", class: "num", about: "of one processor, over the last seconds", text: (p) => (Number.isFinite(cpu(p)) ? cpu(p).toFixed(cpu(p) < 10 ? 1 : 0) + " %" : "–")},
      {label: "Memory", class: "num", about: "proportional set size: shared pages count by their share; resident where the kernel does not say", text: (p) => bytes(this.memory.get(p.pid) || p.resident), hint: (p) => bytes(p.resident) + " resident"},
      {label: "Connections", class: "num", text: dash((p) => count(p.connections))},
      {label: "Requests", class: "num", about: "under way", text: dash((p) => count(p.requests))},
      {label: "Restarts", class: "num", text: dash((p) => String(p.restarts)), tone: (p) => (p.restarts > 0 ? "warn" : "")},
      {label: "Age", class: "num", text: (p) => duration(p.master ? store.last.uptime_s : p.uptime_s)},
    ]);
  }

  update() {
    const {last, before} = this.store;
    if (!last) return;
    for (const process of [last.master, ...last.workers]) {
      if (process.proportional) this.memory.set(process.pid, process.proportional);
    }
    const then = new Map([before.master, ...before.workers].map((p) => [p.pid, p]));
    const rows = [["master", {...last.master, master: true}], ...last.workers.map((w) => [w.generation + "/" + w.slot, w])];
    this.table.update(rows.map(([key, p]) => [key, {...p, before: then.get(p.pid)}]));
    setText(byId("draining"), this.drains(last.workers).map((d) =>
      `generation ${d.generation} drains for ${duration(d.ms / 1000)}: ${plural(d.workers, "worker")}, ${plural(d.connections, "connection")}, ${plural(d.requests, "request")}`).join("; "));
  }

  drains(workers) {
    const out = new Map();
    for (const w of workers) {
      if (w.state !== "draining") continue;
      const d = out.get(w.generation) || {generation: w.generation, workers: 0, connections: 0, requests: 0, ms: 0};
      out.set(w.generation, {...d, workers: d.workers + 1, connections: d.connections + w.connections, requests: d.requests + w.requests, ms: Math.max(d.ms, w.draining_ms)});
    }
    return [...out.values()];
  }
}
