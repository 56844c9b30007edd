// failures: what went wrong with requests, by Envoy's response flags, with what each means. The
// counters are those that the same event moves; flags themselves are in access logs only.

// [flag, name, kind of row, counter, stat that counts it, meaning, what to do]
const kFlags = [
  ["UH", "NoHealthyUpstream", "clusters", "none_healthy", "upstream_cx_none_healthy", "No healthy host to send to: 503.", "Look at the hosts of the cluster: failed checks, ejections, a name that does not resolve."],
  ["UF", "UpstreamConnectionFailure", "clusters", "pending_failure", "upstream_rq_pending_failure_eject", "A host refused the connection or did not take it in time: 503.", "Is the service up on that port? Raise connect_timeout for distant hosts; add retry_on: connect-failure."],
  ["UO", "UpstreamOverflow", "clusters", "pending_overflow", "upstream_rq_pending_overflow", "A circuit breaker was open: 503.", "The hosts are too slow for the load, or circuit_breakers are too low for it."],
  ["UT", "UpstreamRequestTimeout", "clusters", "timeout", "upstream_rq_timeout", "The answer took longer than the timeout of the route: 504.", "Find the slow request in the host's log; set timeout on the route if it may take longer."],
  ["UC", "UpstreamConnectionTermination", "clusters", "closed_in_request", "upstream_cx_destroy_remote_with_active_rq", "A host closed the connection in the middle of a request: 503.", "It crashes, restarts, or its keep-alive timeout is shorter than the idle_timeout of the cluster."],
  ["UR", "UpstreamRemoteReset", "clusters", "rx_reset", "upstream_rq_rx_reset", "A host reset the request: 503.", "Look into the host's log at that time; for HTTP/2 also at its stream limits."],
  ["URX", "UpstreamRetryLimitExceeded", "clusters", "retry_limit", "upstream_rq_retry_limit_exceeded", "All retries were used up.", "The cause stands beside it in the access log (UF, UT...). More retries rarely help."],
  ["UPE", "UpstreamProtocolError", "clusters", "protocol_error", "upstream_cx_protocol_error", "A host's answer broke the rules of HTTP: 502.", "A service that speaks HTTP/2 behind a cluster that says HTTP/1, or TLS on a clear port?"],
  ["UMSDR", "UpstreamMaxStreamDurationReached", "clusters", "max_duration", "upstream_rq_max_duration_reached", "The request lasted longer than max_stream_duration.", "Raise it on the routes that stream."],
  ["LR", "LocalReset", "clusters", "tx_reset", "upstream_rq_tx_reset", "We reset a request to a host: its client left, a timeout, or another failure of this list.", "Usually the cause is another row."],
  ["NR", "NoRouteFound", "http", "no_route", "no_route", "No route matched: 404.", "Ask the route tester with host and path. A missing domain? A port in Host (strip_any_host_port)?"],
  ["NC", "NoClusterFound", "http", "no_cluster", "no_cluster", "The route names a cluster that does not exist.", "Look at cluster_header, or at the name in the map."],
  ["DC", "DownstreamConnectionTermination", "http", "closed_in_request", "downstream_cx_destroy_remote_active_rq", "The client left before its answer was complete.", "Impatient clients: compare p99 with their timeout. Some of it is normal."],
  ["DR", "DownstreamRemoteReset", "http", "rx_reset", "downstream_rq_rx_reset", "The client reset its request.", "As DC; HTTP/2 clients do so when a page is left."],
  ["SI", "StreamIdleTimeout", "http", "idle_timeout", "downstream_rq_idle_timeout", "Nothing moved on a request for stream_idle_timeout: 408 or 504.", "Long polls and streams need idle_timeout on their route."],
  ["DPE", "DownstreamProtocolError", "http", "protocol_error", "downstream_cx_protocol_error", "A client broke the rules of HTTP: 400.", "Scanners do that. If it is a client of yours, the access log has its address and what was wrong."],
  ["DT", "DurationTimeout", "http", "max_duration", "downstream_rq_max_duration_reached", "The request lasted longer than max_stream_duration of the listener.", "Raise it, or set max_stream_duration on the route."],
  ["–", "RequestTimeout", "http", "rq_timeout", "downstream_rq_timeout", "A client took too long to send its request: 408.", "request_timeout; slow uploads need more."],
  ["–", "HeaderTimeout", "http", "header_timeout", "downstream_rq_header_timeout", "A client took too long to send the head of its request: 408.", "request_headers_timeout; a slow or hostile client."],
  ["OM", "OverloadManagerTerminated", "http", "overload", "downstream_rq_overload_close", "Refused because the server is overloaded.", "More workers, more machines, or other limits."],
  ["–", "AfterResponseStarted", "http", "late_failure", "rq_reset_after_downstream_response_started", "The upstream failed when the answer had begun: the client got a part of it.", "Logs of the host; it cannot be retried."],
];

class Failures {
  constructor(store) {
    this.store = store;
    this.table = new Table(byId("failure-table"), [
      {label: "Flag", head: true, fill: (cell, f) => {
        if (!cell.firstChild) cell.append(h("code"), h("div", {class: "dim"}));
        setText(cell.firstChild, f.flag[0]);
        setText(cell.lastChild, f.flag[1]);
      }},
      {label: "Per second", class: "num", text: (f) => short(f.rate), tone: (f) => (f.rate > 0 ? "bad" : "")},
      {label: "Since the start", class: "num", text: (f) => count(f.total)},
      {label: "Where", text: (f) => f.where},
      {label: "What it means", class: "prose", text: (f) => f.flag[5]},
      {label: "What to do", class: "prose", text: (f) => f.flag[6]},
      {label: "Counted by", class: "stat", text: (f) => f.flag[4]},
    ], "no failure since the start");
    byId("failures-all").addEventListener("change", () => this.update());
  }

  update() {
    const {store} = this;
    if (!store.last) return;
    const all = byId("failures-all").checked;
    const rows = [];
    for (const flag of kFlags) {
      const [, , kind, name] = flag;
      const names = kind === "http" ? store.map.http : store.map.clusters.map((c) => c.name);
      let rate = 0, total = 0, most = 0, where = "";
      names.forEach((label, i) => {
        const here = store.now(kind, i, name);
        if (here === 0) return;
        const rateHere = store.rate(kind, i, name);
        total += here;
        rate += rateHere;
        // Where it happens now counts more than where it happened.
        const weight = rateHere * 1e12 + here;
        if (weight > most) {
          most = weight;
          where = label;
        }
      });
      if (total > 0 || all) rows.push([flag[1], {flag, rate, total, where}]);
    }
    this.rows = rows;
    this.table.update(rows);
  }
}
