#include "worker/http/shadow.h"

namespace convoy::worker {

using http::HeaderId;
using stats::ClusterStat;

namespace {

void copyFields(const http::HeaderMap& from, base::Arena& arena, http::HeaderMap& to) {
  for (const http::HeaderEntry& entry : from) {
    const bool known = entry.id != HeaderId::Unknown;
    to.add(entry.id, known ? http::headerName(entry.id) : arena.copy(entry.name),
           arena.copy(entry.value));
  }
}

// "host:80" -> "host-shadow:80" (Envoy: router/shadow_writer_impl.cc).
std::string_view shadowHost(std::string_view host, base::Arena& arena) {
  const size_t bracket = host.rfind(']');
  const size_t colon = host.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const size_t end = has_port ? colon : host.size();
  return arena.concat(host.substr(0, end), "-shadow", host.substr(end));
}

}  // namespace

// --- ShadowRequest ---

ShadowRequest::ShadowRequest(ShadowSet& set, Cluster& cluster, const config::MirrorPolicy& policy,
                             const http::RequestHead& head)
    : set_(set), cluster_(cluster) {
  request_.method = head.method;
  request_.protocol = head.protocol;
  request_.method_name = arena_.copy(head.method_name);
  request_.path = arena_.copy(head.path);
  request_.authority =
      policy.shadow_suffix ? shadowHost(head.authority, arena_) : arena_.copy(head.authority);
  request_.scheme = arena_.copy(head.scheme);
  request_.body = head.body;
  request_.content_length = head.content_length;
  copyFields(head.headers, arena_, request_.headers);
  request_.headers.set(HeaderId::XEnvoyInternal, "true");
}

bool ShadowRequest::gather(std::string_view data, uint64_t limit) {
  if (body_.size() + data.size() > limit) {
    cluster_.stats().inc(ClusterStat::retry_or_shadow_abandoned);
    return false;
  }
  body_ += data;
  return true;
}

void ShadowRequest::send(const http::HeaderMap& trailers, uint64_t timeout_ms) {
  net::EventLoop& loop = set_.context_.loop;
  copyFields(trailers, arena_, trailers_);
  start_us_ = loop.nowUs();
  HostPtr host = cluster_.chooseHost();
  if (host == nullptr) {
    over();
    return;
  }
  timer_.set(loop.wheel(), timeout_ms);
  attempt_.start(cluster_, std::move(host), false, request_.protocol, start_us_, Priority::Default,
                 {"", serverName(cluster_.config(), request_)});
}

void ShadowRequest::onAttemptReady() {
  const bool body = !body_.empty();
  attempt_.sendHeaders(request_, !body && trailers_.empty());
  if (body && attempt_.state() == Attempt::State::Active) {
    attempt_.sendData(body_, trailers_.empty());
  }
  if (!trailers_.empty() && attempt_.state() == Attempt::State::Active) {
    attempt_.sendTrailers(trailers_);
  }
}

void ShadowRequest::onUpstreamHeaders(bool end, uint64_t) {
  ClusterStats& stats = cluster_.stats();
  stats.inc(ClusterStat::upstream_rq_completed);
  stats.status(ClusterStat::upstream_rq_xx, response_.status);
  stats.status(ClusterStat::upstream_rq, response_.status);
  if (end) over();
}

void ShadowRequest::onUpstreamData(std::string_view, bool end) {
  if (end) over();
}

void ShadowRequest::onUpstreamRelayed(size_t, bool end) {
  if (end) over();
}

void ShadowRequest::onUpstreamTrailers(http::HeaderMap&) {
  over();
}

void ShadowRequest::onAttemptFailed(http::ResetReason, bool stale) {
  // A kept connection that closed just then: the copy is not lost for that.
  if (stale && !repeated_ && http::isIdempotent(request_.method)) {
    repeated_ = true;
    HostPtr host = attempt_.host();
    attempt_.start(cluster_, std::move(host), true, request_.protocol, set_.context_.loop.nowUs(),
                   Priority::Default, {"", serverName(cluster_.config(), request_)});
    return;
  }
  over();
}

void ShadowRequest::onTimeout() {
  cluster_.stats().inc(ClusterStat::upstream_rq_timeout);
  attempt_.timedOut();
  over();
}

void ShadowRequest::over() {
  if (over_) return;
  over_ = true;
  timer_.cancel();
  attempt_.abort();
  set_.remove(*this);
}

// --- ShadowSet ---

void ShadowSet::begin(const config::MirrorPolicies& policies, const http::RequestHead& head,
                      Shadows& out) {
  for (const config::MirrorPolicy& policy : policies) {
    if (policy.share && !policy.share->holdsFor(context_.random.next())) continue;
    std::string_view name = policy.cluster;
    if (!policy.cluster_header.empty()) {
      const std::string_view* value = head.find(policy.cluster_header);
      name = value == nullptr ? std::string_view() : *value;
    }
    Cluster* cluster = context_.clusters->find(name);
    if (cluster == nullptr) continue;
    out.push_back(std::make_unique<ShadowRequest>(*this, *cluster, policy, head));
  }
}

void ShadowSet::send(std::unique_ptr<ShadowRequest> shadow, const http::HeaderMap& trailers,
                     uint64_t timeout_ms) {
  ShadowRequest& sent = *shadow;
  sent.index_ = sent_.size();
  sent_.push_back(std::move(shadow));
  sent.send(trailers, timeout_ms);
}

void ShadowSet::remove(ShadowRequest& shadow) {
  std::unique_ptr<ShadowRequest> own = std::move(sent_[shadow.index_]);
  if (shadow.index_ + 1 != sent_.size()) {
    sent_[shadow.index_] = std::move(sent_.back());
    sent_[shadow.index_]->index_ = shadow.index_;
  }
  sent_.pop_back();
  context_.loop.deferDelete(std::move(own));
}

}  // namespace convoy::worker
