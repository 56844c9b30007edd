#include "worker/http/stream.h"

#include <algorithm>

#include "common/base/check.h"
#include "worker/handover.h"
#include "worker/http/client_cert.h"
#include "worker/http/conn_manager.h"
#include "worker/http/deadlines.h"
#include "worker/http/forwarded.h"
#include "worker/http/local_reply.h"
#include "worker/http/vhost_stats.h"
#include "worker/route/hash_policy.h"
#include "worker/route/target_cluster.h"

namespace convoy::worker {

using http::BodyKind;
using http::HeaderId;
using stats::ClusterStat;
using stats::HttpStat;
using stats::VhostStat;

namespace {

// Request bytes kept while the upstream connects, before the client is asked to wait.
constexpr size_t kPendingHigh = 64 * 1024;
constexpr uint8_t kMaxReplays = 1;

}  // namespace

Stream::Stream() : attempt_(*this) {}
Stream::~Stream() = default;

void Stream::bind(HttpConnection& connection) {
  connection_ = &connection;
  manager_ = &connection.manager();
  context_ = &manager_->context();
  if (filters_of_ != manager_) {
    filters_ = FilterChain::make(manager_->config().http_filters, manager_->filterStates());
    filters_of_ = manager_;
  }
  record_.request = &request_;
  record_.connection_id = connection.id();
  record_.downstream_direct_remote = &connection.directPeer();
  record_.origin = connection.origin();
  record_.downstream_remote = &connection.peer();
  record_.downstream_local = &connection.local();
}

void Stream::begin(HttpConnection& connection, http::ResponseEncoder& encoder) {
  bind(connection);
  encoder_ = &encoder;
  state_ = State::Receiving;
  record_.start_us = context_->loop.nowUs();
  record_.start_wall_us = context_->loop.wallUs();
  idle_timeout_ms_ = manager_->config().stream_idle_timeout_ms;
  downstream_full_ = !connection.multiplexed() && connection.connection().aboveHigh();
  auto& stats = manager_->httpStats();
  stats.inc(HttpStat::downstream_rq_total);
  stats.inc(connection.multiplexed() ? HttpStat::downstream_rq_http2_total
                                     : HttpStat::downstream_rq_http1_total);
  stats.inc(HttpStat::downstream_rq_active);
}

// What belongs to one pass of a request: there is another after a redirect that is followed here.
void Stream::forgetPass() {
  attempt_.clear();
  cancelTimers();
  retry_.clear(nullptr);
  endRetries();
  shadows_.clear();
  pick_ = {};
  server_name_ = {};
  vhost_ = {};
  new_cookies_.clear();
  if (filters_ != nullptr) filters_->reset();
  response_.clear();
  pending_.clear();
  record_ = Record{};
  match_ = {};
  response_trailers_.clear();
  weighted_ = nullptr;
  response_head_sent_ = response_complete_ = false;
  upstream_full_ = downstream_full_ = pending_paused_ = from_upstream_ = tunnel_held_ =
      attempt_sent_ = waiting_ = head_held_ = retry_of_timeout_ = redirectable_ =
          made_websocket_key_ = false;
  grpc_.reset();
  replays_ = 0;
  route_timeout_ms_ = attempt_start_us_ = ends_us_ = 0;
}

void Stream::clear() {
  forgetPass();
  trail_.clear();
  request_.clear();
  request_trailers_.clear();
  arena_.reset();
  connection_ = nullptr;
  encoder_ = nullptr;
  state_ = State::Done;
  request_complete_ = false;
}

void Stream::cancelTimers() {
  route_timer_.cancel();
  idle_timer_.cancel();
  request_timer_.cancel();
  duration_timer_.cancel();
  retry_timer_.cancel();
  try_timer_.cancel();
  try_idle_timer_.cancel();
  filter_timer_.cancel();
}

// --- downstream: the request ---

void Stream::onHeaders(bool end) {
  const config::HttpConnectionManager& config = manager_->config();
  const Normalized normalized = normalizeRequest(config, connection_->local(), arena_, request_);
  record_.downstream_transport = connection_->connection().transport();
  applyForwarded(config, manager_->internalAddresses(), context_->self, connection_->peer(),
                 context_->random, arena_, request_, remote_,
                 record_.downstream_transport != nullptr);
  dropInternalOnly(config.route_config, request_);
  applyClientCert(config.client_cert, record_.downstream_transport, arena_, request_);
  record_.downstream_remote = &remote_;
  touch();
  idle_timer_.set(context_->loop.wheel(), idle_timeout_ms_);
  limitDuration(config.max_stream_duration_ms);
  if (!end && request_.upgrade.empty() && config.request_timeout_ms != 0) {
    request_timer_.set(context_->loop.wheel(), config.request_timeout_ms);
  }
  if (end) requestEnded();
  connection_->onRequest(end && http::isIdempotent(request_.method) && request_.upgrade.empty());
  routeAs(normalized);
}

void Stream::routeAs(Normalized normalized) {
  if (normalized == Normalized::Continue) {
    route();
  } else if (normalized == Normalized::Redirect) {
    redirectToNormalized();
  } else {
    manager_->httpStats().inc(HttpStat::downstream_rq_failed_path_normalization);
    fail(Failure::PathNormalization);
  }
}

void Stream::requestEnded() {
  request_complete_ = true;
  record_.request_end_us = context_->loop.nowUs();
  request_timer_.cancel();
  // Envoy: the route timeout runs from the end of the request.
  if (route_timeout_ms_ != 0) route_timer_.set(context_->loop.wheel(), route_timeout_ms_);
  if (attempt_.state() != Attempt::State::Idle) startTryTimer();
}

void Stream::route() {
  match_ =
      manager_->routes().match(request_, context_->random.next(), record_.downstream_transport);
  if (match_.virtual_host != nullptr) record_.virtual_host = match_.virtual_host->name;
  if (filters_ != nullptr) {
    grpc_ = isGrpc(request_);
    FilterContext context = filterContext();
    afterFilters(filters_->decodeHeaders(context, request_complete_), context);
  } else {
    proceed();
  }
}

void Stream::proceed() {
  // Without a router nobody answers: as in Envoy, a request waits for its timeouts.
  if (manager_->config().http_filters.empty()) return;
  if (match_.virtual_host != nullptr && mustUseTls(*match_.virtual_host, request_)) {
    redirectToTls();
    return;
  }
  if (match_.route == nullptr) {
    manager_->httpStats().inc(HttpStat::no_route);
    fail(Failure::RouteNotFound);
    return;
  }
  record_.route_name = match_.route->name;
  // Any success would be a tunnel to the client, and there is none.
  const bool forwards = match_.route->kind == config::Route::Kind::Forward;
  if (!forwards && request_.method == http::Method::Connect) [[unlikely]] {
    fail(Failure::UpgradeRefused);
    return;
  }
  switch (match_.route->kind) {
    case config::Route::Kind::Redirect:
      redirect(*match_.route);
      return;
    case config::Route::Kind::DirectResponse:
      directResponse(*match_.route);
      return;
    case config::Route::Kind::Forward:
      forward(*match_.route);
      return;
    case config::Route::Kind::NonForwarding:
      fail(Failure::ClusterNotFound);  // as Envoy: no filter has answered
      return;
  }
}

void Stream::forward(const config::Route& route) {
  const config::RouteAction& action = route.action;
  weighted_ = action.weighted_clusters.empty()
                  ? nullptr
                  : pickWeighted(action, weightedPoint(action, request_, context_->random));
  const std::string_view name = targetCluster(action, weighted_, request_);
  record_.upstream_cluster = name;
  Cluster* cluster = context_->clusters->find(name);
  if (cluster == nullptr) {
    manager_->httpStats().inc(HttpStat::no_cluster);
    const FailureRow& row = failureRow(Failure::ClusterNotFound);
    record_.setFlag(row.flag);
    localReply(action.cluster_not_found_status, row.body, row.details);
    return;
  }
  manager_->httpStats().inc(HttpStat::rq_total);
  if (VhostStats* counters = manager_->vhostStats()) {
    vhost_ = counters->of(match_, request_, record_);
  }
  if (!checkEnvoyFields()) return;
  if (!request_.upgrade.empty() && !prepareUpgrade(action, *cluster)) {
    fail(Failure::UpgradeRefused);
    return;
  }
  // Only now that its route is known: what it may wait for and what it says upstream.
  setDeadlines(action);
  const bool retriable = action.retry_policy && request_.upgrade.empty();
  retry_.begin(retriable ? &*action.retry_policy : nullptr, request_, action.priority, &vhost_);
  redirectable_ = action.internal_redirect != nullptr && request_.upgrade.empty();
  editRequestHeaders(levels(), formatContext(), arena_, request_);
  rewriteTarget(route, weighted_, arena_, request_, !suppressEnvoyHeaders());
  server_name_ = serverName(cluster->config(), request_);
  if (!manager_->config().via.empty() && trail_.count() == 0) {
    request_.headers.add(HeaderId::Via, manager_->config().via);
  }
  state_ = State::Forwarding;
  if (!action.hash_policy.empty()) {
    pick_.hash =
        hashOf(action.hash_policy, {request_, remote_, connection_->peer(), connection_->local()},
               arena_, new_cookies_);
  }
  HostPtr host = chooseHost(*cluster);
  if (host == nullptr) {
    fail(Failure::NoHealthyUpstream);
    return;
  }
  beginShadows(action);
  if (!pending_.empty()) keepForRetry(pending_.toString());
  if (request_.expects_continue && !request_complete_) {
    if (manager_->config().proxy_100_continue) {
      request_.headers.set(HeaderId::Expect, "100-continue");
    } else {
      response_.clear();
      response_.status = 100;
      encoder_->encodeInformational(response_);
    }
  }
  beginAttempt(*cluster, std::move(host));
}

void Stream::setDeadlines(const config::RouteAction& action) {
  const Deadlines deadlines = deadlinesOf(manager_->config(), action, arena_, request_);
  route_timeout_ms_ = deadlines.route_ms;
  limitDuration(deadlines.stream_ms);
  if (route_timeout_ms_ != 0 && request_complete_) {
    route_timer_.set(context_->loop.wheel(), route_timeout_ms_);
  }
  if (action.idle_timeout_ms.has_value()) {
    idle_timeout_ms_ = *action.idle_timeout_ms;
    idle_timer_.set(context_->loop.wheel(), idle_timeout_ms_);
  }
}

// Of the whole stream, counted from its first byte whenever it becomes known.
void Stream::limitDuration(uint64_t ms) {
  ends_us_ = ms == 0 ? 0 : record_.start_us + ms * 1000;
  const uint64_t now = context_->loop.nowUs();
  duration_timer_.set(
      context_->loop.wheel(),
      ends_us_ == 0 ? 0 : std::max<uint64_t>(remainingMs(ms, record_.start_us, now), 1));
}

void Stream::received(size_t size, bool end) {
  record_.bytes_received += size;
  touch();
  if (end) requestEnded();
}

net::Connection* Stream::requestSink() {
  const bool forwards = state_ == State::Forwarding || state_ == State::Responding;
  const bool kept = keepsBody() || !shadows_.empty();
  return forwards && !request_complete_ && !kept && !filtersSeeBodies() ? attempt_.requestSink()
                                                                        : nullptr;
}

void Stream::onRelayed(size_t size, bool end) {
  received(size, end);
  attempt_.sentRelayed(size, end);
  if (end) record_.upstream_last_tx_us = record_.request_end_us;
}

void Stream::onData(std::string_view data, bool end) {
  received(data.size(), end);
  if (waiting_) {
    keepWhileWaiting(data, end);
    return;
  }
  const bool forwards = attempt_.state() != Attempt::State::Idle || retry_timer_.isSet();
  if (filters_ != nullptr && forwards && !throughFilters(data, end)) return;
  if (!shadows_.empty()) {
    gatherForShadows(data);
    if (end) sendShadows();
  }
  keepForRetry(data);
  if (state_ != State::Forwarding && state_ != State::Responding) return;
  if (attempt_.state() == Attempt::State::Active) {
    attempt_.sendData(data, end);
    if (end) record_.upstream_last_tx_us = record_.request_end_us;
    // The end of one direction of a tunnel has no frame to say it with.
    if (end && isTunnel() && !attempt_.http2() && attempt_.connection() != nullptr) {
      attempt_.connection()->shutdownWrite();
    }
  } else if (attempt_.state() == Attempt::State::Waiting) {
    pending_.append(data);
    if (pending_.size() > kPendingHigh && !pending_paused_ && !end) {
      pending_paused_ = true;
      encoder_->readDisable(true);
    }
  }
}

void Stream::onTrailers(http::HeaderMap& trailers) {
  request_trailers_ = trailers;
  requestEnded();
  if (waiting_) {
    keepWhileWaiting({}, true);
    return;
  }
  sendShadows();
  if (attempt_.state() == Attempt::State::Active) attempt_.sendTrailers(trailers);
}

void Stream::onReset(http::ResetReason) {
  if (connection_ != nullptr && connection_->multiplexed()) record_.details = "http2.remote_reset";
  connectionClosed(true);
}

void Stream::touch() {
  active_us_ = context_->loop.nowMs() * 1000;  // the timer looks at it when it fires
  if (retry_.perTryIdleMs() != 0) [[unlikely]]
    startTryIdleTimer();
}

// --- upstream: the attempt ---

void Stream::onAttemptReady() {
  const uint64_t now = context_->loop.nowUs();
  attempt_sent_ = true;
  vhost_.inc(VhostStat::upstream_rq_total);
  if (retry_.perTryIdleMs() != 0) [[unlikely]]
    startTryIdleTimer();
  record_.upstream_http2 = attempt_.http2();
  record_.upstream_first_tx_us = now;
  record_.upstream_remote = &attempt_.host()->address;
  record_.upstream_host_name = attempt_.host()->hostname;
  // Towards HTTP/1 the end of one direction of a tunnel has no frame to say it with.
  const bool complete = request_complete_ && (request_.upgrade.empty() || attempt_.http2());
  const bool end = complete && pending_.empty() && request_trailers_.empty();
  attempt_.sendHeaders(request_, end);
  if (end) {
    record_.upstream_last_tx_us = now;
    return;
  }
  while (!pending_.empty() && attempt_.state() == Attempt::State::Active) {
    const std::string_view run = pending_.front();
    const bool last = complete && run.size() == pending_.size() && request_trailers_.empty();
    attempt_.sendData(run, last);
    pending_.drain(run.size());
  }
  if (!request_trailers_.empty() && attempt_.state() == Attempt::State::Active) {
    attempt_.sendTrailers(request_trailers_);
  }
  if (complete) record_.upstream_last_tx_us = now;
  if (pending_paused_) {
    pending_paused_ = false;
    encoder_->readDisable(false);
  }
  if (downstream_full_) attempt_.readDisable(true);
}

// The attempt that held the client back is over: its answer may be followed by another request.
void Stream::resumeReading() {
  if (pending_paused_) encoder_->readDisable(false);
  if (upstream_full_) encoder_->readDisable(false);
  pending_paused_ = upstream_full_ = false;
  pending_.clear();
}

void Stream::onUpstreamInformational() {
  if (!response_head_sent_) encoder_->encodeInformational(response_);
  response_.clear();
}

void Stream::onUpstreamHeaders(bool end, uint64_t now) {
  if (retryResponse(end)) return;
  if (match_.route->action.internal_redirect != nullptr) [[unlikely]] {
    if (redirected(end)) return;
  }
  record_.upstream_first_rx_us = now;
  record_.response = &response_;
  record_.status = response_.status;
  record_.details = "via_upstream";
  from_upstream_ = true;
  if (end) record_.upstream_last_rx_us = now;
  touch();
  // Of a request that is whole, which one that asks for a tunnel is where its end could be sent
  // (Envoy).
  const bool whole = request_.upgrade.empty() || (record_.upstream_http2 && request_complete_);
  if (whole && !suppressEnvoyHeaders()) {
    response_.headers.set(HeaderId::XEnvoyUpstreamServiceTime,
                          arena_.decimal((now - attempt_start_us_) / 1000));
  }
  for (const std::string_view cookie : new_cookies_) {
    response_.headers.add(HeaderId::SetCookie, cookie);
  }
  editResponseHeaders(levels(), formatContext(), arena_, response_);
  if (!request_.upgrade.empty() && !becomeTunnel()) return;
  sendResponseHead(end);
}

void Stream::answered(size_t size, bool end) {
  touch();
  record_.bytes_sent += size;
  if (!end) return;
  record_.upstream_last_rx_us = context_->loop.nowUs();
  response_complete_ = true;
  resumeReading();
}

void Stream::onUpstreamData(std::string_view data, bool end) {
  if (response_complete_ || !encodeThroughFilters(data, end)) return;
  answered(data.size(), end);
  if (head_held_) {
    if (!end) return;
    releaseResponseHead(data.empty());
    if (data.empty()) return;
  }
  // No data in the middle of a body would be its last chunk.
  if (end || !data.empty()) encoder_->encodeData(data, end);
}

net::Connection* Stream::responseSink() {
  const bool open =
      state_ == State::Responding && !response_complete_ && encoder_->raw() && !filtersSeeBodies();
  return open ? &connection_->connection() : nullptr;
}

void Stream::onUpstreamRelayed(size_t size, bool end) {
  answered(size, end);
  encoder_->encodeRelayed(size, end);
}

void Stream::onUpstreamTrailers(http::HeaderMap& trailers) {
  if (response_complete_) return;
  record_.upstream_last_rx_us = context_->loop.nowUs();
  response_trailers_ = trailers;
  record_.trailers = &response_trailers_;
  response_complete_ = true;
  resumeReading();
  std::string_view data;
  if (filters_ != nullptr) {
    FilterContext context = filterContext();
    filters_->encodeTrailers(context, trailers, data);
    record_.bytes_sent += data.size();
  }
  if (head_held_) {
    releaseResponseHead(data.empty() && trailers.empty());
    if (data.empty() && trailers.empty()) return;
  }
  const bool still_trailers = !trailers.empty() || data.empty();
  if (!data.empty()) encoder_->encodeData(data, !still_trailers);
  if (still_trailers) encoder_->encodeTrailers(trailers);
}

void Stream::onAttemptFailed(http::ResetReason reason, bool stale) {
  if (state_ == State::Done) return;
  // The upstream closed a kept connection just as we used it: nothing was answered, and for a safe
  // method without a body sending it again is what RFC 9112 section 9.3.1 allows.
  if (stale && replays_ < kMaxReplays && request_complete_ && record_.bytes_received == 0 &&
      (http::isIdempotent(request_.method) || reason == http::ResetReason::Refused) &&
      request_.upgrade.empty()) {
    ++replays_;
    ++record_.attempts;
    Cluster* cluster = attempt_.cluster();
    HostPtr host = attempt_.host();
    attempt_.start(*cluster, std::move(host), true, request_.protocol, context_->loop.nowUs(),
                   match_.route->action.priority, poolKey(*cluster));
    return;
  }
  if (!retryReset(reason)) fail(failureOf(reason));
}

void Stream::onUpstreamFull(bool full) {
  if (full == upstream_full_ || state_ == State::Done) return;
  upstream_full_ = full;
  auto& stats = manager_->httpStats();
  stats.inc(full ? HttpStat::downstream_flow_control_paused_reading_total
                 : HttpStat::downstream_flow_control_resumed_reading_total);
  encoder_->readDisable(full);
}

void Stream::onDownstreamFull(bool full) {
  if (full == downstream_full_) return;
  downstream_full_ = full;
  if (attempt_.state() != Attempt::State::Active) return;
  attempt_.cluster()->stats().inc(full ? ClusterStat::upstream_flow_control_paused_reading_total
                                       : ClusterStat::upstream_flow_control_resumed_reading_total);
  attempt_.readDisable(full);
}

bool Stream::suppressEnvoyHeaders() const {
  const auto& filters = manager_->config().http_filters;
  return !filters.empty() && filters.back().router_suppress_envoy_headers;
}

// --- the response ---

bool Stream::bodyExpected() const {
  return request_.method != http::Method::Head && response_.status >= 200 &&
         response_.status != 204 && response_.status != 304;
}

void Stream::sendResponseHead(bool end) {
  record_.response = &response_;
  record_.status = response_.status;
  if (filters_ != nullptr) {
    FilterContext context = filterContext();
    filters_->encodeHeaders(context, end);
    head_held_ = !end && filters_->holdsResponse();
  }
  endRetries();
  if (!head_held_) releaseResponseHead(end);
}

// False: a filter cannot go on with this answer, and another was sent in its place.
bool Stream::encodeThroughFilters(std::string_view& data, bool end) {
  if (filters_ == nullptr) return true;
  FilterContext context = filterContext();
  filters_->encodeData(context, data, end);
  if (context.status == 0) return true;
  head_held_ = false;
  attempt_.abort();
  localReply(context.status, context.body, context.details);
  return false;
}

void Stream::releaseResponseHead(bool end) {
  using ServerHeader = config::HttpConnectionManager::ServerHeader;
  const config::HttpConnectionManager& config = manager_->config();
  head_held_ = false;
  record_.status = response_.status;
  auto& headers = response_.headers;
  if (!headers.has(HeaderId::Date)) {
    headers.add(HeaderId::Date, context_->date.at(context_->loop.wallUs()));
  }
  if (config.server_header == ServerHeader::Overwrite ||
      (config.server_header == ServerHeader::AppendIfAbsent && !headers.has(HeaderId::Server))) {
    headers.set(HeaderId::Server, config.server_name);
  }
  if (config.always_set_request_id_in_response) {
    const std::string_view* id = request_.headers.find(HeaderId::XRequestId);
    if (id != nullptr) headers.set(HeaderId::XRequestId, *id);
  }
  if (!config.via.empty()) headers.add(HeaderId::Via, config.via);
  if (match_.virtual_host != nullptr && match_.virtual_host->include_attempt_count_in_response &&
      record_.attempts > 0) {
    headers.set(HeaderId::XEnvoyAttemptCount, arena_.decimal(record_.attempts));
  }
  if (connection_->mustClose()) encoder_->closeAfterResponse();
  if (request_.protocol == http::Protocol::Http10) {
    // No chunks in 1.0 (RFC 9112 section 6.1): the end of the connection is the end of the body.
    if (response_.body == BodyKind::Chunked) response_.body = BodyKind::UntilClose;
  } else if (response_.body == BodyKind::UntilClose) {
    response_.body = BodyKind::Chunked;
  }
  if (response_.body == BodyKind::UntilClose) connection_->onAnswerUntilClose();
  state_ = State::Responding;
  response_head_sent_ = true;
  record_.downstream_first_tx_us = context_->loop.nowUs();
  if (end) {
    response_complete_ = true;
    resumeReading();
  }
  encoder_->encodeHeaders(response_, end);
}

void Stream::fail(Failure failure) {
  const FailureRow& row = failureRow(failure);
  if (row.flag != Flag::Count) record_.setFlag(row.flag);
  if (response_head_sent_ || head_held_) {
    // Too late for a status: the client must see that the body is cut short.
    manager_->httpStats().inc(HttpStat::rq_reset_after_downstream_response_started);
    record_.details = row.details;
    cutConnection();
    return;
  }
  attempt_.abort();
  std::string_view text = failureText(row.body);
  if (failure == Failure::ConnectFailure && !attempt_.transportFailure().empty()) {
    record_.upstream_failure = arena_.copy(attempt_.transportFailure());
  }
  localReply(row.status, text, row.details, row.overloaded, row.grpc_status);
}

void Stream::cutConnection() {
  attempt_.abort();
  if (connection_->multiplexed()) {
    encoder_->reset(http::ResetReason::LocalReset);
    connection_->dropStream(*this);
    return;
  }
  // Closing an until-close body cleanly would make it look complete: reset instead.
  const bool reset = response_.body == BodyKind::UntilClose;
  HttpConnection* connection = connection_;
  connection->closeNow(reset);
}

// --- the end ---

void Stream::onRouteTimeout() {
  if (attempt_.cluster() != nullptr)
    attempt_.cluster()->stats().inc(ClusterStat::upstream_rq_timeout);
  vhost_.inc(VhostStat::upstream_rq_timeout);
  attempt_.timedOut();
  fail(Failure::ResponseTimeout);
}

void Stream::onIdleTimeout() {
  // Something happened after it was set.
  const uint64_t quiet_ms = context_->loop.nowMs() - active_us_ / 1000;
  if (quiet_ms < idle_timeout_ms_) {
    idle_timer_.set(context_->loop.wheel(), idle_timeout_ms_ - quiet_ms);
    return;
  }
  // All is said and waits for windows that the client does not open (Envoy: tx_flush_timeout).
  if (response_complete_ && connection_->multiplexed()) {
    manager_->h2Observer().count(http::H2Counter::TxFlushTimeout);
    cutConnection();
    return;
  }
  manager_->httpStats().inc(HttpStat::downstream_rq_idle_timeout);
  fail(request_complete_ ? Failure::StreamIdleTimeout : Failure::RequestIdleTimeout);
}

void Stream::onMaxDuration() {
  manager_->httpStats().inc(HttpStat::downstream_rq_max_duration_reached);
  fail(request_complete_ ? Failure::StreamDuration : Failure::RequestDuration);
}

void Stream::onRequestTimeout() {
  manager_->httpStats().inc(HttpStat::downstream_rq_timeout);
  fail(Failure::RequestTimeout);
}

void Stream::connectionClosed(bool by_peer) {
  if (state_ == State::Done) return;
  attempt_.abort();
  if (!response_complete_) {
    auto& stats = manager_->httpStats();
    if (by_peer) {
      record_.setFlag(Flag::DownstreamConnectionTermination);
      if (record_.details.empty() || record_.details == "via_upstream") {
        record_.details = failureRow(Failure::DownstreamGone).details;
      }
      stats.inc(HttpStat::downstream_rq_rx_reset);
    } else {
      stats.inc(HttpStat::downstream_rq_tx_reset);
    }
  }
  complete();
}

void Stream::complete() {
  if (state_ == State::Done) return;
  if (!response_.upgrade.empty() && response_head_sent_) {
    manager_->httpStats().sub(HttpStat::downstream_cx_upgrades_active);
  }
  attempt_.abort();
  retry_.clear(attempt_.cluster());
  state_ = State::Done;
  cancelTimers();
  account();
  connection_ = nullptr;
  encoder_ = nullptr;
}

EditLevels Stream::levels() const {
  EditLevels levels;
  levels.weighted = weighted_;
  levels.route = match_.route;
  levels.virtual_host = match_.virtual_host;
  levels.configuration = &manager_->config().route_config;
  return levels;
}

FormatContext Stream::formatContext() const {
  return FormatContext{record_, context_->hostname, context_->loop.clock()};
}

}  // namespace convoy::worker
