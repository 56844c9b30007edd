// What is told of a request when it, or a pass of it, is over: counters, and its line in the access
// logs.
#include "worker/http/conn_manager.h"
#include "worker/http/stream.h"

namespace convoy::worker {

using http::HeaderId;
using stats::ClusterStat;
using stats::HttpStat;
using stats::ListenerHttpStat;
using stats::VhostStat;

namespace {

bool isInternal(const http::RequestHead& request) {
  const std::string_view* internal = request.headers.find(HeaderId::XEnvoyInternal);
  return internal != nullptr && *internal == "true";
}

}  // namespace

void Stream::account() {
  record_.end_us = context_->loop.nowUs();
  record_.upstream_wire_sent = attempt_.wireSent();
  record_.upstream_wire_received = attempt_.wireReceived();
  if (connection_->multiplexed()) {
    const http::StreamWire wire = encoder_->wire();
    record_.downstream_wire_received = wire.received;
    record_.downstream_wire_sent = wire.sent;
  } else {
    connection_->measure(record_);
  }
  auto& stats = manager_->httpStats();
  stats.sub(HttpStat::downstream_rq_active);
  stats.inc(HttpStat::downstream_rq_completed);
  stats.status(HttpStat::downstream_rq_xx, record_.status);
  stats.observe(HttpStat::downstream_rq_time, record_.end_us - record_.start_us);
  manager_->listenerHttpStats().inc(ListenerHttpStat::downstream_rq_completed);
  manager_->listenerHttpStats().status(ListenerHttpStat::downstream_rq_xx, record_.status);
  countUpstream();
  if (manager_->accessLogger().enabled()) manager_->accessLogger().log(formatContext());
}

// Answers made for a cluster count as its answers, whoever made them (Envoy: router
// chargeUpstreamCode).
void Stream::countUpstream() {
  Cluster* cluster = attempt_.cluster();
  if (cluster == nullptr || record_.status == 0) return;
  ClusterStats& stats = cluster->stats();
  stats.inc(ClusterStat::upstream_rq_completed);
  stats.status(ClusterStat::upstream_rq_xx, record_.status);
  stats.status(ClusterStat::upstream_rq, record_.status);
  const bool internal = isInternal(request_);
  stats.status(
      internal ? ClusterStat::internal_upstream_rq_xx : ClusterStat::external_upstream_rq_xx,
      record_.status);
  stats.status(internal ? ClusterStat::internal_upstream_rq : ClusterStat::external_upstream_rq,
               record_.status);
  const uint64_t took = record_.end_us - attempt_start_us_;
  if (from_upstream_) stats.observe(ClusterStat::upstream_rq_time, took);
  vhost_.each([&](VhostCounters::Block& block) {
    block.inc(VhostStat::upstream_rq_completed);
    block.status(VhostStat::upstream_rq_xx, record_.status);
    block.status(VhostStat::upstream_rq, record_.status);
    if (from_upstream_) block.observe(VhostStat::upstream_rq_time, took);
  });
}

}  // namespace convoy::worker
