// main: asks the server, once a second or two and not while nobody looks, and tells the parts.

const kStates = ["LIVE", "DRAINING", "PRE_INITIALIZING", "INITIALIZING"];
const kMemoryEveryMs = 10000;
const kCertificatesEveryMs = 60000;

class Dashboard {
  constructor() {
    this.store = new Store();
    this.traffic = new Traffic(this.store);
    this.clusters = new Clusters(this.store, (scope) => this.traffic.choose(scope), () => this.soon());
    this.map = new TrafficMap(this.store, (name) => this.showCluster(name));
    this.failures = new Failures(this.store);
    this.processes = new ProcessTable(this.store);
    this.configuration = new Configuration(this.store);
    this.tester = new Tester(this.store);
    this.paused = false;
    this.memoryAt = this.certificatesAt = 0;
    this.misses = 0;
    document.addEventListener("visibilitychange", () => this.soon());
    byId("pause").addEventListener("click", () => this.setPaused(!this.paused));
    byId("theme").addEventListener("click", () => nextTheme());
    this.soon();
  }

  setPaused(paused) {
    this.paused = paused;
    setText(byId("pause"), paused ? "Go on" : "Pause");
    setAttribute(byId("pause"), "aria-pressed", String(paused));
    this.showState();
    this.soon();
  }

  showCluster(name) {
    byId("cluster-filter").value = name;
    byId("cluster-trouble").checked = false;
    this.clusters.open = name;
    this.traffic.choose("cluster:" + name);
    this.clusters.order.again();
    this.clusters.update();
    byId("clusters").scrollIntoView();
    this.soon();
  }

  soon() {
    clearTimeout(this.timer);
    if (!this.paused && !document.hidden) this.timer = setTimeout(() => this.turn(), 0);
  }

  get everyMs() {
    return this.store.map && this.store.map.clusters.length > 200 ? 2000 : 1000;
  }

  async turn() {
    if (this.busy) return;
    this.busy = true;
    const begun = performance.now();
    try {
      await this.read();
      this.misses = 0;
    } catch (error) {
      ++this.misses;
    }
    this.busy = false;
    this.showState();
    clearTimeout(this.timer);
    if (this.paused || document.hidden) return;
    const wait = this.misses > 3 ? 5000 : this.everyMs;
    this.timer = setTimeout(() => this.turn(), Math.max(100, wait - (performance.now() - begun)));
  }

  async ask(path) {
    const answer = await fetch(path, {signal: AbortSignal.timeout(10000), headers: {accept: "application/json"}});
    if (!answer.ok) throw new Error(path + ": " + answer.status);
    return answer.text();
  }

  async read() {
    // Not URLSearchParams: a '+' is no space in a query here.
    const wanted = [...new Set([...this.clusters.wanted, ...this.map.wanted])].map((name) => "cluster=" + encodeURIComponent(name));
    const now = Date.now();
    if (now - this.memoryAt > kMemoryEveryMs) {
      this.memoryAt = now;
      wanted.push("memory");
    }
    const begun = performance.now();
    const text = await this.ask("dashboard/data?" + wanted.join("&"));
    const took = performance.now() - begun;
    const data = JSON.parse(text);
    if (!this.store.map || this.store.map.id !== data.map) {
      this.store.setMap(JSON.parse(await this.ask("dashboard/map")));
      this.certificatesAt = 0;
      // It may have changed once more in between.
      if (this.store.map.id === data.map) this.store.add(data);
      this.rebuild();
    } else {
      this.store.add(data);
    }
    if (now - this.certificatesAt > kCertificatesEveryMs) {
      this.certificatesAt = now;
      await this.configuration.readCertificates();
    }
    setText(byId("cost"), `${bytes(text.length)} in ${milliseconds(took)}, every ${this.everyMs / 1000} s`);
    this.update();
  }

  rebuild() {
    this.traffic.fillScopes();
    this.clusters.order.again();
    this.map.build();
    this.configuration.build();
    this.tester.build();
  }

  update() {
    if (!this.store.last) return;
    this.traffic.draw();
    this.clusters.update();
    this.map.update();
    this.failures.update();
    this.processes.update();
    showTroubles(troubles(this.store, this.configuration, this.processes, this.failures));
  }

  showState() {
    const {last} = this.store;
    const badge = byId("state");
    const lost = this.misses > 1;
    setText(badge, lost ? "no answer" : this.paused ? "paused" : last ? kStates[last.state] : "connecting");
    setAttribute(badge, "class", "badge " + (lost ? "bad" : this.paused || !last || last.state !== 0 ? "warn" : "good"));
    setAttribute(badge, "title", last ? "up for " + duration(last.uptime_s) : "");
    document.title = (lost ? "no answer – " : last && last.state !== 0 ? kStates[last.state] + " – " : "") + "Convoy";
  }
}

// --- light, dark, or as the system has it ---

const kThemes = ["auto", "light", "dark"];
function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  setText(byId("theme"), {auto: "Theme: system", light: "Theme: light", dark: "Theme: dark"}[theme]);
}
function savedTheme() {
  try {
    return localStorage.getItem("convoy-theme") || "auto";
  } catch (error) {
    return "auto";  // storage is off
  }
}
function nextTheme() {
  const theme = kThemes[(kThemes.indexOf(document.documentElement.dataset.theme) + 1) % kThemes.length];
  try {
    localStorage.setItem("convoy-theme", theme);
  } catch (error) {
    // for this visit only
  }
  showTheme(theme);
}

showTheme(kThemes.includes(savedTheme()) ? savedTheme() : "auto");
new Dashboard();
