// store: what /dashboard/data and /dashboard/map said lately. Counters become rates and quantiles
// here, as differences of two answers; a counter that goes back counts as standing still.

const kRaw = 31;         // answers kept whole: rates are over some seconds, quantiles over all of them
const kRateSpanMs = 4500;
const kPoints = 900;     // of a series: 15 minutes at one a second
// Of a series' point.
const kColumns = ["t", "rate", "e4", "e5", "p50", "p95", "p99", "down", "up", "rx", "tx", "active"];
const kBoundsMs = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000,
  1800000, 3600000];

// Where in a row of a kind ("clusters", "http", "tcp", "listeners") a name begins.
class Layout {
  constructor(names) {
    this.at = new Map();
    let next = 0;
    for (const name of names) {
      const [plain, count] = name.split(":");
      this.at.set(plain, next);
      next += Number(count || 1);
    }
  }
  get(row, name, i = 0) {
    return (row && row[this.at.get(name) + i]) || 0;
  }
}

class Series {
  constructor() {
    this.points = new Float64Array(kPoints * kColumns.length);
    this.count = 0;  // ever written
  }
  add(values) {
    this.points.set(values, (this.count % kPoints) * kColumns.length);
    ++this.count;
  }
  get size() {
    return Math.min(this.count, kPoints);
  }
  // The i-th of those kept, the oldest first.
  value(i, column) {
    const at = this.count <= kPoints ? i : (this.count + i) % kPoints;
    return this.points[at * kColumns.length + column];
  }
}

// Linear inside a bucket, as the quantiles of /stats.
function quantile(buckets, q) {
  const all = buckets.reduce((sum, n) => sum + n, 0);
  if (all === 0) return NaN;
  const rank = q * all;
  let below = 0;
  for (let i = 0; i < kBoundsMs.length; ++i) {
    if (buckets[i] > 0 && below + buckets[i] >= rank) {
      const low = i === 0 ? 0 : kBoundsMs[i - 1];
      return low + ((kBoundsMs[i] - low) * (rank - below)) / buckets[i];
    }
    below += buckets[i];
  }
  return kBoundsMs[kBoundsMs.length - 1];
}

class Store {
  constructor() {
    this.map = null;
    this.raw = [];
    this.series = new Map();
    this.layouts = {};
  }

  setMap(map) {
    this.map = map;
    this.raw = [];  // rows of the former map have other places
    for (const kind of ["clusters", "http", "tcp", "listeners"]) {
      this.layouts[kind] = new Layout(map.fields[kind]);
    }
    map.clusterIndex = new Map(map.clusters.map((cluster, i) => [cluster.name, i]));
    const names = new Set([...map.clusters.map((c) => "cluster:" + c.name), ...map.listeners.map((l) => "listener:" + l.name)]);
    for (const key of this.series.keys()) {
      if (key !== "total" && !names.has(key)) this.series.delete(key);
    }
  }

  add(data) {
    this.raw.push(data);
    if (this.raw.length > kRaw) this.raw.shift();
    if (this.raw.length < 2) return;
    this.point("total", this.total());
    this.map.listeners.forEach((listener, i) => this.point("listener:" + listener.name, this.ofListener(listener, i)));
    this.map.clusters.forEach((cluster, i) => {
      const key = "cluster:" + cluster.name;
      // A cluster that nobody ever used needs no history.
      if (this.series.has(key) || this.now("clusters", i, "rq") > 0) this.point(key, this.ofCluster(i));
    });
  }

  point(key, p) {
    if (!this.series.has(key)) this.series.set(key, new Series());
    this.series.get(key).add([this.last.time_ms, p.rate, p.e4, p.e5, p.p50, p.p95, p.p99, p.down, p.up, p.rx, p.tx, p.active]);
  }

  get last() {
    return this.raw[this.raw.length - 1];
  }
  // The answer that rates are counted from: some seconds ago.
  get before() {
    const until = this.last.time_ms - kRateSpanMs;
    for (let i = this.raw.length - 2; i > 0; --i) {
      if (this.raw[i].time_ms <= until) return this.raw[i];
    }
    return this.raw[0];
  }
  get spanS() {
    return Math.max(0.001, (this.last.time_ms - this.before.time_ms) / 1000);
  }

  now(kind, index, name, i = 0) {
    return this.layouts[kind].get(this.last[kind][index], name, i);
  }
  rate(kind, index, name, i = 0) {
    const then = this.layouts[kind].get(this.before[kind][index], name, i);
    return Math.max(0, this.now(kind, index, name, i) - then) / this.spanS;
  }
  buckets(kind, index, from) {
    const out = new Array(kBoundsMs.length + 1);
    for (let i = 0; i < out.length; ++i) {
      const then = this.layouts[kind].get(from[kind][index], "time", i);
      out[i] = Math.max(0, this.now(kind, index, "time", i) - then);
    }
    return out;
  }
  quantiles(all) {
    return {p50: quantile(all, 0.5), p95: quantile(all, 0.95), p99: quantile(all, 0.99)};
  }

  sumRates(kind, indices, name, i = 0) {
    return indices.reduce((sum, index) => sum + this.rate(kind, index, name, i), 0);
  }
  sumNow(kind, indices, name) {
    return indices.reduce((sum, index) => sum + this.now(kind, index, name), 0);
  }
  downstream(http, tcp, listeners) {
    const buckets = http.map((index) => this.buckets("http", index, this.before));
    const all = kBoundsMs.concat(0).map((_, i) => buckets.reduce((sum, b) => sum + b[i], 0));
    return {
      rate: this.sumRates("http", http, "rq"),
      e4: this.sumRates("http", http, "xx", 3),
      e5: this.sumRates("http", http, "xx", 4),
      rx: this.sumRates("http", http, "rx") + this.sumRates("tcp", tcp, "rx"),
      tx: this.sumRates("http", http, "tx") + this.sumRates("tcp", tcp, "tx"),
      down: this.sumNow("listeners", listeners, "cx_active"),
      active: this.sumNow("http", http, "rq_active"),
      up: NaN,
      ...this.quantiles(all),
    };
  }

  total() {
    const keys = (list) => list.map((_, i) => i);
    const out = this.downstream(keys(this.map.http), keys(this.map.tcp), keys(this.map.listeners));
    out.up = this.sumNow("clusters", keys(this.map.clusters), "cx_active");
    return out;
  }
  ofListener(listener, index) {
    const of = (kind) => [...new Set(listener.chains.filter((c) => c.kind === kind).map((c) => c.stats))];
    return this.downstream(of("http"), of("tcp"), [index]);
  }
  ofCluster(index) {
    return {
      rate: this.rate("clusters", index, "rq"),
      e4: this.rate("clusters", index, "xx", 3),
      e5: this.rate("clusters", index, "xx", 4),
      rx: this.rate("clusters", index, "rx"),
      tx: this.rate("clusters", index, "tx"),
      down: NaN,
      up: this.now("clusters", index, "cx_active"),
      active: this.now("clusters", index, "rq_active"),
      ...this.quantiles(this.buckets("clusters", index, this.before)),
    };
  }
}
