// How an upgraded connection leaves for the successor with its request's facts, so that the access
// log line at its end is whole, and how it goes on there.
#include <utility>

#include "common/ipc/handoff.h"
#include "worker/handover.h"
#include "worker/http/conn_manager.h"
#include "worker/http/stream.h"

namespace convoy::worker {

using stats::HttpStat;

namespace {

constexpr uint32_t kMaxFields = 10000;  // of a state that is none of ours

void putFields(ipc::WireWriter& out, const http::HeaderMap& fields) {
  out.u32(static_cast<uint32_t>(fields.size()));
  for (const http::HeaderEntry& field : fields) {
    out.text(field.name);
    out.text(field.value);
  }
}

void getFields(ipc::WireReader& in, base::Arena& arena, http::HeaderMap& fields) {
  const uint32_t count = in.u32();
  for (uint32_t i = 0; i < count && i < kMaxFields && in.ok(); ++i) {
    const std::string_view name = arena.copy(in.text());
    fields.add(name, arena.copy(in.text()));
  }
}

}  // namespace

void Stream::holdTunnel(bool hold) {
  if (hold == tunnel_held_ || attempt_.state() != Attempt::State::Active) return;
  tunnel_held_ = hold;
  encoder_->readDisable(hold);
  attempt_.readDisable(hold);
}

void Stream::endTunnel() {
  const FailureRow& row = failureRow(Failure::Draining);
  if (row.flag != Flag::Count) record_.setFlag(row.flag);
  record_.details = row.details;
  manager_->httpStats().inc(HttpStat::rq_reset_after_downstream_response_started);
  attempt_.abort();
}

bool Stream::tunnelMovable() {
  if (!isTunnel() || request_complete_ || response_complete_ || !pending_.empty()) return false;
  if (attempt_.http2()) return false;  // others use its connection
  if (attempt_.state() != Attempt::State::Active) return false;
  net::Connection& upstream = *attempt_.connection();
  upstream.flush();
  return upstream.movable() && context_->handover->hasCluster(record_.upstream_cluster);
}

ipc::Handoff Stream::tunnelHandoff() {
  ipc::Handoff out;
  out.kind = ipc::Handoff::Kind::Upgrade;
  out.active_us = active_us_;
  out.state = encodeTunnel();
  return out;
}

std::string Stream::encodeTunnel() const {
  ipc::WireWriter out;
  out.text(record_.upstream_cluster);
  ipc::putAddress(out, attempt_.host()->address);
  out.text(record_.upstream_host_name);
  ipc::putAddress(out, record_.upstream_local);
  ipc::putAddress(out, remote_);
  out.text(request_.method_name);
  out.text(request_.path);
  out.text(request_.authority);
  out.text(request_.scheme);
  out.text(request_.upgrade);
  putFields(out, request_.headers);
  out.text(response_.upgrade);
  putFields(out, response_.headers);
  out.text(record_.details);
  out.text(record_.route_name);
  out.text(record_.virtual_host);
  out.u32(record_.flags);
  out.u32(record_.attempts);
  for (uint64_t value :
       {static_cast<uint64_t>(record_.start_wall_us), record_.start_us, record_.request_end_us,
        record_.upstream_first_tx_us, record_.upstream_last_tx_us, record_.upstream_first_rx_us,
        record_.upstream_last_rx_us, record_.downstream_first_tx_us, record_.bytes_received,
        record_.bytes_sent, idle_timeout_ms_, attempt_start_us_}) {
    out.u64(value);
  }
  // Last, and only if there is one: programs before this one know nothing of it.
  if (ends_us_ != 0) out.u64(ends_us_);
  return out.bytes();
}

bool Stream::decodeTunnel(std::string_view state, Cluster** cluster, HostPtr* host) {
  ipc::WireReader in(state);
  *cluster = context_->clusters->find(in.text());
  *host = std::make_shared<Host>();
  (*host)->address = ipc::getAddress(in);
  (*host)->hostname = in.text();
  record_.upstream_local = ipc::getAddress(in);
  remote_ = ipc::getAddress(in);
  request_.method_name = arena_.copy(in.text());
  request_.method = http::methodOf(request_.method_name);
  request_.path = arena_.copy(in.text());
  request_.authority = arena_.copy(in.text());
  request_.scheme = arena_.copy(in.text());
  request_.upgrade = arena_.copy(in.text());
  getFields(in, arena_, request_.headers);
  response_.status = request_.method == http::Method::Connect ? 200 : 101;
  response_.upgrade = arena_.copy(in.text());
  getFields(in, arena_, response_.headers);
  record_.details = arena_.copy(in.text());
  record_.route_name = arena_.copy(in.text());
  record_.virtual_host = arena_.copy(in.text());
  record_.flags = in.u32();
  record_.attempts = in.u32();
  record_.start_wall_us = static_cast<int64_t>(in.u64());
  for (uint64_t* value :
       {&record_.start_us, &record_.request_end_us, &record_.upstream_first_tx_us,
        &record_.upstream_last_tx_us, &record_.upstream_first_rx_us, &record_.upstream_last_rx_us,
        &record_.downstream_first_tx_us, &record_.bytes_received, &record_.bytes_sent,
        &idle_timeout_ms_, &attempt_start_us_}) {
    *value = in.u64();
  }
  if (in.ok() && !in.done()) ends_us_ = in.u64();
  return in.done() && *cluster != nullptr;
}

// It lives on elsewhere: no end for any counter, and no log line.
void Stream::tunnelMoved() {
  cancelTimers();
  auto& stats = manager_->httpStats();
  stats.sub(HttpStat::downstream_rq_active);
  stats.sub(HttpStat::downstream_cx_upgrades_active);
  attempt_.moved();
  state_ = State::Done;
  connection_ = nullptr;
  encoder_ = nullptr;
}

bool Stream::resumeTunnel(HttpConnection& connection, http::ServerCodec& codec,
                          ipc::Handoff& handoff) {
  bind(connection);
  Cluster* cluster = nullptr;
  HostPtr host;
  if (!decodeTunnel(handoff.state, &cluster, &host)) return false;
  // Its own Host, beside that of the load balancer: no other request will use this connection.
  if (!attempt_.resumeTunnel(*cluster, host, std::move(handoff.fds[1]))) return false;
  record_.downstream_remote = &remote_;
  record_.upstream_remote = &attempt_.host()->address;
  record_.upstream_host_name = attempt_.host()->hostname;
  record_.upstream_cluster = cluster->config().name;
  record_.response = &response_;
  record_.status = response_.status;
  encoder_ = &codec.resumeTunnel(*this);
  state_ = State::Responding;
  response_head_sent_ = from_upstream_ = true;
  active_us_ = handoff.active_us;
  idle_timer_.set(context_->loop.wheel(),
                  remainingMs(idle_timeout_ms_, active_us_, context_->loop.nowUs()));
  if (ends_us_ != 0) limitDuration((ends_us_ - record_.start_us) / 1000);
  manager_->httpStats().inc(HttpStat::downstream_rq_active);
  manager_->httpStats().inc(HttpStat::downstream_cx_upgrades_active);
  return true;
}

}  // namespace convoy::worker
