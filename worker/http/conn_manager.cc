#include "worker/http/conn_manager.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"
#include "worker/descriptors.h"
#include "worker/handover.h"
#include "worker/http/local_replies.h"
#include "worker/http/stream.h"
#include "worker/http/stream_pool.h"
#include "worker/http/vhost_stats.h"

namespace convoy::worker {

using stats::HttpStat;
using stats::ListenerStat;

namespace {

http::H1Settings settingsOf(const config::HttpConnectionManager& config) {
  using Underscore = config::HttpConnectionManager::UnderscoreAction;
  http::H1Settings h1;
  h1.max_head_bytes = size_t{config.max_request_headers_kb} * 1024;
  h1.max_fields = config.max_headers_count;
  h1.accept_http_10 = config.accept_http_10;
  h1.default_host_for_http_10 = config.default_host_for_http_10;
  h1.reject_underscores = config.underscores == Underscore::RejectRequest;
  h1.drop_underscores = config.underscores == Underscore::DropHeader;
  h1.forward_trailers = config.enable_trailers;
  h1.proper_case = config.header_key_format == config::HeaderKeyFormat::ProperCase;
  h1.keep_spelling = config.header_key_format == config::HeaderKeyFormat::Preserve;
  h1.allow_upgrade = true;  // the route decides; without its leave the answer is 403
  h1.upgrade_types = config.upgrades;
  for (const auto& host : config.route_config.virtual_hosts) {
    for (const auto& route : host.routes) {
      for (const std::string& type : route.action.upgrades) {
        const auto end = h1.upgrade_types.end();
        if (std::find(h1.upgrade_types.begin(), end, type) == end) h1.upgrade_types.push_back(type);
      }
      h1.allow_connect |= route.match.path_kind == config::RouteMatch::Path::Connect;
    }
  }
  std::erase(h1.upgrade_types, http::kConnectUpgrade);  // nobody asks for it by a field
  return h1;
}

}  // namespace

// --- HttpManager ---

HttpManager::HttpManager(WorkerContext& context, const config::Listener& listener,
                         size_t listener_index, size_t chain)
    : context_(context),
      listener_index_(listener_index),
      listener_(listener),
      config_(*listener.chain(chain).http()),
      h1_(settingsOf(config_)),
      h2_(h2SettingsOf(config_.http2, h1_)),
      routes_(RouteTable::build(config_.route_config)),
      filter_states_(makeFilterStates(config_.http_filters, context)),
      shadows_(context),
      local_replies_(config_.local_reply == nullptr
                         ? nullptr
                         : std::make_unique<const LocalReplies>(*config_.local_reply)),
      vhost_stats_(VhostStats::make(context, config_.route_config)),
      internal_addresses_(config_),
      access_logger_(config_.access_log, *context.sinks, context.random),
      tls_(context, listener, listener_index, chain),
      http_stats_(context.cells(context.directory.http(listener_index, chain))),
      listener_stats_(context.cells(context.directory.listener(listener_index))),
      listener_http_stats_(context.cells(context.directory.listenerHttp(listener_index, chain))),
      h2_observer_(stats::StatBlock<stats::ServerStat>(context.cells(context.directory.server())),
                   http_stats_) {}

HttpManager::~HttpManager() {
  while (!connections_.empty()) connections_.back()->closeNow(false);
}

HttpConnection& HttpManager::add(base::UniqueFd fd, const net::Address& peer,
                                 const net::Address& local, ClientOriginPtr origin) {
  auto connection = std::make_unique<HttpConnection>(*this, std::move(fd), peer, local);
  HttpConnection& added = *connection;
  added.origin_ = std::move(origin);
  added.index_ = static_cast<uint32_t>(connections_.size());
  connections_.push_back(std::move(connection));
  http_stats_.inc(HttpStat::downstream_cx_active);
  listener_stats_.inc(ListenerStat::downstream_cx_active);
  ++context_.slab->header().connections;
  return added;
}

void HttpManager::accept(base::UniqueFd fd, const net::Address& peer, const net::Address& local,
                         ClientOriginPtr origin) {
  HttpConnection& connection = add(std::move(fd), peer, local, std::move(origin));
  http_stats_.inc(HttpStat::downstream_cx_total);
  listener_stats_.inc(ListenerStat::downstream_cx_total);
  tls_.secure(connection.conn_);
  if (!connection.start()) connection.closeNow(false);
}

void HttpManager::countRefused() {
  http_stats_.inc(HttpStat::downstream_cx_total);
  http_stats_.inc(HttpStat::downstream_cx_destroy);
  http_stats_.inc(HttpStat::downstream_cx_destroy_local);
}

void HttpManager::adopt(ipc::Handoff handoff) {
  if (gate_ != nullptr) gate_->take();
  ClientOriginPtr origin = handoff.origin.empty() ? nullptr : ClientOrigin::decode(handoff.origin);
  add(std::move(handoff.fds[0]), handoff.peer, handoff.local, std::move(origin)).resume(handoff);
}

bool HttpManager::canMove() const {
  return context_.handover != nullptr && context_.handover->canMove(listener_index_) &&
         listener_.chainCount() == 1;
}

bool HttpManager::handOver() {
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;
    if (connections_[i]->move() == HttpConnection::Move::Later) return false;
  }
  return true;
}

void HttpManager::closeIdle(uint64_t before_us) {
  // Backwards: closing moves the last one into the gap.
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->closeIfIdle(before_us);
  }
}

CutCounts HttpManager::closeAll() {
  CutCounts counts;
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->expire(counts);
  }
  return counts;
}

std::shared_ptr<const net::Address> HttpManager::shared(const net::Address& local) {
  if (last_local_ == nullptr || !(*last_local_ == local)) {
    last_local_ = std::make_shared<const net::Address>(local);
  }
  return last_local_;
}

void HttpManager::remove(HttpConnection& connection) {
  std::unique_ptr<HttpConnection> own = std::move(connections_[connection.index_]);
  if (connection.index_ + 1 != connections_.size()) {
    connections_[connection.index_] = std::move(connections_.back());
    connections_[connection.index_]->index_ = connection.index_;
  }
  connections_.pop_back();
  if (gate_ != nullptr) gate_->leave();
  --context_.slab->header().connections;
  if (context_.descriptors != nullptr) context_.descriptors->clientClosed();
  context_.loop.deferDelete(std::move(own));
}

// --- HttpConnection ---

HttpConnection::HttpConnection(HttpManager& manager, base::UniqueFd fd, const net::Address& peer,
                               const net::Address& local)
    : manager_(manager),
      id_(manager.context().next_connection_id++),
      created_us_(manager.context().loop.nowUs()),
      active_us_(created_us_),
      peer_(peer),
      local_(manager.shared(local)),
      conn_(manager.context().loop, std::move(fd), *this) {
  conn_.setWatermark(manager.listener().per_connection_buffer_limit_bytes);
}

HttpConnection::~HttpConnection() {
  DCHECK(stream_ == nullptr);
}

http::ServerCodec& HttpConnection::codec() {
  if (codec_ == nullptr) {
    codec_ =
        manager_.context().streams->codecs().take(conn_, *this, manager_.h1Settings(), consumed_);
  }
  return *codec_;
}

// The codec, if there is nothing to do until the client speaks again; else null.
std::unique_ptr<http::ServerCodec> HttpConnection::takeIdleCodec() {
  const bool rests = !finished_ && idle() && !manager_.context().draining && codec_ != nullptr &&
                     codec_->betweenMessages() && codec_->unparsed().empty();
  if (!rests) return nullptr;
  consumed_ = codec_->consumed();
  return std::move(codec_);
}

bool HttpConnection::start() {
  const config::HttpConnectionManager& config = manager_.config();
  net::TimerWheel& wheel = manager_.context().loop.wheel();
  idle_timer_.set(wheel, config.idle_timeout_ms);
  limitDuration(config.max_connection_duration_ms);
  if (manager_.context().ledger != nullptr && conn_.transport() == nullptr) {
    ipc::Handoff fresh;
    fresh.peer = peer_;
    fresh.local = *local_;
    fresh.created_us = fresh.active_us = created_us_;
    enterLedger(fresh);
  }
  return conn_.start(true);
}

void HttpConnection::limitDuration(uint64_t ms) {
  if (ms == 0) return;
  duration_timer_ = std::make_unique<DurationTimer>(*this);
  duration_timer_->set(manager_.context().loop.wheel(), ms);
}

void HttpConnection::enterLedger(const ipc::Handoff& handoff) {
  line_ = LedgerLine::open(*manager_.context().ledger, conn_.fd(),
                           static_cast<uint32_t>(manager_.listener_index_), handoff,
                           !manager_.listener().proxy_protocol);
}

LedgerLine::Progress HttpConnection::progress() const {
  return {conn_.bytesRead(), consumed(), conn_.bytesWritten(), conn_.pendingBytes()};
}

// Goes on where the worker before us stopped; the deadlines do not begin again.
void HttpConnection::resume(ipc::Handoff& handoff) {
  const config::HttpConnectionManager& config = manager_.config();
  net::TimerWheel& wheel = manager_.context().loop.wheel();
  const uint64_t now = manager_.context().loop.nowUs();
  created_us_ = handoff.created_us;
  active_us_ = handoff.active_us;
  requests_ = handoff.requests;
  if (handoff.kind == ipc::Handoff::Kind::Upgrade) {
    if (!resumeTunnel(handoff)) return closeNow(true);
  } else {
    idle_timer_.set(wheel, remainingMs(config.idle_timeout_ms, active_us_, now));
    if (manager_.context().ledger != nullptr) enterLedger(handoff);
  }
  limitDuration(remainingMs(config.max_connection_duration_ms, created_us_, now));
  if (handoff.requests > 0 || !handoff.leftover.empty()) {
    wire_ = Wire::Http1;  // nothing else moves
    manager_.httpStats().inc(HttpStat::downstream_cx_http1_active);
  }
  if (!conn_.start(false)) return closeNow(false);
  if (!handoff.leftover.empty()) codec().dispatch(handoff.leftover);
}

bool HttpConnection::resumeTunnel(ipc::Handoff& handoff) {
  Stream* stream = manager_.context().streams->acquire();
  if (!stream->resumeTunnel(*this, codec(), handoff)) {
    base::logger("http").error("an upgraded connection that was handed over cannot go on: closed");
    manager_.context().streams->release(stream);
    return false;
  }
  link(*stream);
  ++manager_.context().slab->header().requests_inflight;
  return true;
}

HttpConnection::Move HttpConnection::moveTunnel() {
  if (!canMove()) {
    stream_->holdTunnel(false);
    return Move::Stays;
  }
  // A busy tunnel would never be empty: its two ends wait until it is.
  stream_->holdTunnel(true);
  conn_.flush();
  if (!codec().inTunnel() || !conn_.movable() || !stream_->tunnelMovable()) return Move::Stays;
  ipc::Handoff handoff = stream_->tunnelHandoff();
  const Move result = give(handoff, {conn_.fd(), stream_->upstreamConnection()->fd()});
  if (result == Move::Stays) stream_->holdTunnel(false);
  return result;
}

HttpConnection::Move HttpConnection::give(ipc::Handoff& handoff, std::initializer_list<int> fds) {
  handoff.peer = peer_;
  handoff.local = *local_;
  if (origin_ != nullptr) handoff.origin = origin_->encode();
  handoff.created_us = created_us_;
  handoff.requests = requests_;
  if (line_ != nullptr) line_->hide();
  const Handover::Result result =
      manager_.context().handover->give(manager_.listener_index_, handoff, fds);
  if (result == Handover::Result::Moved) {
    moved();
    return Move::Moved;
  }
  if (line_ != nullptr) line_->show();
  return result == Handover::Result::Later ? Move::Later : Move::Stays;
}

// To the successor, if between two requests; what the codec has read and not used goes along.
HttpConnection::Move HttpConnection::move() {
  if (finished_ || eof_) return Move::Stays;
  if (multiplexed()) {
    drain();
    return Move::Stays;
  }
  // The first octets of what may be HTTP/2.
  if (wire_ == Wire::Unknown && codec_ != nullptr) return Move::Stays;
  if (stream_ != nullptr && stream_->isTunnel()) return moveTunnel();
  if (stream_ != nullptr || !betweenMessages()) return Move::Stays;
  if (!canMove() || max_duration_reached_) {
    if (codec_ != nullptr) codec_->hold(false);
    return Move::Stays;
  }
  conn_.flush();
  // The rest of a response is on its way: after it.
  if (!conn_.movable()) return Move::Stays;
  ipc::Handoff handoff;
  handoff.kind = ipc::Handoff::Kind::Http;
  handoff.active_us = active_us_;
  if (codec_ != nullptr) handoff.leftover = codec_->unparsed();
  const Move result = give(handoff, {conn_.fd()});
  if (result == Move::Stays && codec_ != nullptr) codec_->hold(false);
  return result;
}

// The connection lives on elsewhere: not a close for any counter.
void HttpConnection::moved() {
  finished_ = true;
  if (codec_ != nullptr) codec_->stop();
  idle_timer_.cancel();
  duration_timer_.reset();
  if (stream_ != nullptr) {
    Stream* stream = stream_;
    unlink(*stream);
    stream->tunnelMoved();
    manager_.context().streams->release(stream);
  }
  countBytes();
  line_.reset();
  conn_.releaseFd();
  auto& stats = manager_.httpStats();
  stats.sub(HttpStat::downstream_cx_active);
  if (wire_ == Wire::Http1) stats.sub(HttpStat::downstream_cx_http1_active);
  manager_.listenerStats().sub(ListenerStat::downstream_cx_active);
  manager_.remove(*this);
}

bool HttpConnection::mustClose() {
  if (goes_away_) return false;
  const bool close = wantsToClose();
  goes_away_ = close && multiplexed();
  return close;
}

bool HttpConnection::wantsToClose() const {
  const uint32_t max = manager_.config().max_requests_per_connection;
  if (max != 0 && requests_ >= max) {
    manager_.httpStats().inc(HttpStat::downstream_cx_max_requests_reached);
    return true;
  }
  const WorkerContext& context = manager_.context();
  if (context.health_failed || (context.draining && (multiplexed() || !canMove()))) {
    manager_.httpStats().inc(HttpStat::downstream_cx_drain_close);
    return true;
  }
  // Clients wait for a descriptor: after its answer each makes room for one of them.
  const Descriptors* descriptors = context.descriptors;
  if (descriptors != nullptr && descriptors->tight()) {
    manager_.httpStats().inc(HttpStat::downstream_cx_overload_disable_keepalive);
    return true;
  }
  return max_duration_reached_;
}

void HttpConnection::become(Wire wire) {
  wire_ = wire;
  auto& stats = manager_.httpStats();
  if (wire == Wire::Http1) {
    stats.inc(HttpStat::downstream_cx_http1_active);
    stats.inc(HttpStat::downstream_cx_http1_total);
    return;
  }
  stats.inc(HttpStat::downstream_cx_http2_active);
  stats.inc(HttpStat::downstream_cx_http2_total);
  head_started_ = false;
  idle_timer_.set(manager_.context().loop.wheel(), manager_.config().idle_timeout_ms);
  line_.reset();  // nobody else could go on with it
  conn_.gatherWrites();
  codec_ = http::makeH2ServerCodec({conn_, manager_.context().loop, manager_.h2_observer_}, *this,
                                   manager_.h2Settings());
}

// With the first octets of a connection, until they say which protocol it speaks.
void HttpConnection::chooseWire(std::string_view bytes) {
  using Codec = config::HttpConnectionManager::CodecType;
  const Codec type = manager_.config().codec_type;
  const std::string held(codec_ == nullptr ? std::string_view{} : codec_->unparsed());
  const http::Preface preface = type == Codec::Http1   ? http::Preface::Http1
                                : type == Codec::Http2 ? http::Preface::Http2
                                : held.empty()         ? http::judgePreface(bytes)
                                               : http::judgePreface(held + std::string(bytes));
  if (preface == http::Preface::Http1) {
    become(Wire::Http1);
    codec().dispatch(bytes);
  } else if (preface == http::Preface::MaybeHttp2) {
    codec().dispatch(bytes);  // keeps them: no head is so short
  } else {
    become(Wire::Http2);
    if (!held.empty()) codec().dispatch(held);
    codec().dispatch(bytes);
  }
}

void HttpConnection::onConnected() {
  secured_ = true;
  manager_.tls_.succeeded(*conn_.transport());
  manager_.httpStats().inc(HttpStat::downstream_cx_ssl_total);
  manager_.httpStats().inc(HttpStat::downstream_cx_ssl_active);
  Gate* gate = manager_.gate_;
  if (gate != nullptr && !gate->permitsSecured(peer_, directPeer(), *local_, *conn_.transport())) {
    closeNow(false);
  }
}

void HttpConnection::onRead(std::string_view bytes) {
  if (wire_ == Wire::Unknown) [[unlikely]] {
    chooseWire(bytes);
  } else {
    codec().dispatch(bytes);
  }
  if (line_ != nullptr) line_->read(bytes, progress());
  // Answered at once, without an upstream.
  if (auto idle = takeIdleCodec()) manager_.context().streams->codecs().giveBack(std::move(idle));
}

// Not under a sentinel, which follows what was read of a request.
net::Relay HttpConnection::relay() {
  if (stream_ == nullptr || line_ != nullptr) return {};
  const uint64_t most = codec().rawBytes();
  return most == 0 ? net::Relay{} : net::Relay{stream_->requestSink(), most};
}

void HttpConnection::onRequest(bool repeatable) {
  if (line_ != nullptr && !repeatable) line_->unsafe(progress());
}

void HttpConnection::onAnswerUntilClose() {
  if (line_ != nullptr) line_->untilClose();
}

void HttpConnection::onAnswerEnds(size_t rest) {
  if (line_ != nullptr) line_->answerEnds(rest, progress());
}

void HttpConnection::onReadEof() {
  if (finished_) return;
  eof_ = true;
  if (stream_ == nullptr) {
    closeGently();  // an answer may still be queued
    return;
  }
  if (!multiplexed() && stream_->state() == Stream::State::Responding) {
    // The answer is on its way: a client that only shut its sending side still gets all of it.
    codec().onEof();
    return;
  }
  // Before that, an end of input means the client has gone (as Envoy and nginx read it): what it
  // asked for is cancelled rather than computed for nobody.
  finish(true);
  conn_.close(net::Connection::Close::Now);
}

void HttpConnection::onAboveHigh() {
  if (multiplexed()) return codec_->onSinkFull(true);
  if (stream_ != nullptr) stream_->onDownstreamFull(true);
}

void HttpConnection::onBelowLow() {
  if (multiplexed()) return codec_->onSinkFull(false);
  if (stream_ != nullptr) stream_->onDownstreamFull(false);
}

void HttpConnection::onClosed(net::CloseReason reason) {
  if (conn_.transport() != nullptr && !secured_ && !finished_) {
    manager_.tls_.failed(*conn_.transport(), reason);
  }
  if (!finished_) finish(reason != net::CloseReason::Local);
}

http::RequestDecoder& HttpConnection::newStream(http::ResponseEncoder& encoder) {
  DCHECK(stream_ == nullptr || multiplexed());
  head_started_ = false;
  idle_timer_.cancel();
  ++requests_;
  ++manager_.context().slab->header().requests_inflight;
  Stream* stream = manager_.context().streams->acquire();
  link(*stream);
  stream->begin(*this, encoder);
  return *stream;
}

void HttpConnection::link(Stream& stream) {
  stream.previous_ = nullptr;
  stream.next_ = stream_;
  if (stream_ != nullptr) stream_->previous_ = &stream;
  stream_ = &stream;
}

void HttpConnection::unlink(Stream& stream) {
  (stream.previous_ != nullptr ? stream.previous_->next_ : stream_) = stream.next_;
  if (stream.next_ != nullptr) stream.next_->previous_ = stream.previous_;
  --manager_.context().slab->header().requests_inflight;
}

void HttpConnection::onStreamEnded(http::RequestDecoder& decoder) {
  auto& stream = static_cast<Stream&>(decoder);
  unlink(stream);
  stream.complete();
  manager_.context().streams->release(&stream);
  countBytes();
  if (stream_ != nullptr || finished_) return;
  active_us_ = manager_.context().loop.nowUs();
  idle_timer_.set(manager_.context().loop.wheel(), manager_.config().idle_timeout_ms);
}

void HttpConnection::dropStream(Stream& stream) {
  stream.connectionClosed(false);
  onStreamEnded(stream);
}

void HttpConnection::onSessionOver(bool failed) {
  if (failed) manager_.httpStats().inc(HttpStat::downstream_cx_protocol_error);
  closeGently();
}

// HTTP/2: no new streams, and the end of the connection after the last one.
void HttpConnection::drain() {
  if (goes_away_ || finished_) return;
  goes_away_ = true;
  if (manager_.context().draining) {
    manager_.httpStats().inc(HttpStat::downstream_cx_drain_close);
  }
  codec_->drain();
}

void HttpConnection::onProtocolError(const http::ProtocolError& error,
                                     http::ResponseEncoder& encoder, bool stream_open) {
  if (finished_) return;
  if (!stream_open) newStream(encoder);
  stream_->refuse(error);
}

void HttpConnection::onHeadStarted() {
  if (head_started_) return;
  head_started_ = true;
  const uint64_t timeout = manager_.config().request_headers_timeout_ms;
  if (timeout != 0) idle_timer_.set(manager_.context().loop.wheel(), timeout);
}

void HttpConnection::onStreamComplete(bool keep_alive) {
  bool more_may_come = true;
  if (stream_ != nullptr) {
    Stream* stream = stream_;
    more_may_come = !stream->lastOfItsConnection();
    unlink(*stream);
    stream->complete();
    manager_.context().streams->release(stream);
  }
  countBytes();
  if (finished_) return;
  if (!keep_alive || eof_) {
    closeGently(more_may_come);
    return;
  }
  WorkerContext& context = manager_.context();
  active_us_ = context.loop.nowUs();
  idle_timer_.set(context.loop.wheel(), manager_.config().idle_timeout_ms);
  if (line_ != nullptr) {
    // It would be sent at the end of this event anyway; now the line knows that it was.
    conn_.flush();
    line_->answered(progress(), requests_, active_us_);
  }
  if (context.draining && canMove()) {
    // The next request of a pipeline is the successor's.
    codec().hold(true);
    context.handover->sweepSoon();
  }
  // It is on the stack and has one look at itself to go.
  if (auto idle = takeIdleCodec()) context.streams->release(std::move(idle));
}

void HttpConnection::onReadDisable(bool disable) {
  if (!finished_) conn_.readDisable(disable);
}

void HttpConnection::onIdleTimer() {
  auto& stats = manager_.httpStats();
  if (head_started_ && manager_.config().request_headers_timeout_ms != 0) {
    stats.inc(HttpStat::downstream_rq_header_timeout);
    if (multiplexed()) return closeGently();
    // No stream exists for a head that never became complete; the text is the row's of the table.
    conn_.write(
        "HTTP/1.1 408 Request Timeout\r\ncontent-length: 22\r\ncontent-type: text/plain\r\n"
        "connection: close\r\n\r\nrequest header timeout");
    closeGently();
    return;
  }
  stats.inc(HttpStat::downstream_cx_idle_timeout);
  closeGently();
}

void HttpConnection::onMaxDuration() {
  manager_.httpStats().inc(HttpStat::downstream_cx_max_duration_reached);
  max_duration_reached_ = true;
  if (multiplexed()) return drain();
  if (idle()) closeGently();
}

void HttpConnection::closeGently(bool linger) {
  if (finished_) return;
  if (codec_ != nullptr) {
    if (multiplexed()) codec_->sayGoodbye();
    codec_->stop();
  }
  idle_timer_.cancel();
  if (line_ != nullptr) {
    conn_.flush();  // until it is with the kernel, the last answer may still be asked for again
    line_.reset();
  }
  conn_.close(net::Connection::Close::Flush,
              linger ? manager_.config().delayed_close_timeout_ms : 0);
  if (conn_.state() == net::Connection::State::Closed) finish(false);
}

void HttpConnection::closeNow(bool reset) {
  if (finished_) return;
  finish(false);
  conn_.close(reset ? net::Connection::Close::Reset : net::Connection::Close::Now);
}

void HttpConnection::closeIfIdle(uint64_t before_us) {
  if (finished_ || !idle() || active_us_ > before_us || !betweenMessages()) return;
  // A request that has come will be read and answered in this turn.
  if (!conn_.inputWaiting()) closeGently();
}

void HttpConnection::expire(CutCounts& counts) {
  if (finished_) return;
  if (multiplexed()) {
    for (Stream* stream = stream_; stream != nullptr;) {
      Stream* next = stream->next_;
      ++counts.http;
      stream->fail(Failure::Draining);
      stream = next;
    }
    closeGently();
  } else if (stream_ == nullptr) {
    closeGently();
  } else if (stream_->isTunnel()) {
    ++counts.upgrade;
    stream_->endTunnel();
    closeGently();
  } else {
    ++counts.http;
    stream_->fail(Failure::Draining);
  }
}

void HttpConnection::measure(Record& record) {
  const uint64_t received = consumed(), sent = conn_.bytesWritten();
  record.downstream_wire_received = received - measured_rx_;
  record.downstream_wire_sent = sent - measured_tx_;
  measured_rx_ = received;
  measured_tx_ = sent;
}

void HttpConnection::countBytes() {
  auto& stats = manager_.httpStats();
  stats.add(HttpStat::downstream_cx_rx_bytes_total, conn_.bytesRead() - counted_rx_);
  stats.add(HttpStat::downstream_cx_tx_bytes_total, conn_.bytesWritten() - counted_tx_);
  counted_rx_ = conn_.bytesRead();
  counted_tx_ = conn_.bytesWritten();
}

void HttpConnection::finish(bool remote) {
  finished_ = true;
  line_.reset();
  if (codec_ != nullptr) codec_->stop();
  idle_timer_.cancel();
  duration_timer_.reset();
  auto& stats = manager_.httpStats();
  if (stream_ != nullptr) {
    stats.inc(HttpStat::downstream_cx_destroy_active_rq);
    stats.inc(remote ? HttpStat::downstream_cx_destroy_remote_active_rq
                     : HttpStat::downstream_cx_destroy_local_active_rq);
  }
  while (stream_ != nullptr) {
    Stream* stream = stream_;
    unlink(*stream);
    stream->connectionClosed(remote);
    manager_.context().streams->release(stream);
  }
  countBytes();
  const uint64_t lived = manager_.context().loop.nowUs() - created_us_;
  stats.inc(HttpStat::downstream_cx_destroy);
  stats.inc(remote ? HttpStat::downstream_cx_destroy_remote
                   : HttpStat::downstream_cx_destroy_local);
  stats.sub(HttpStat::downstream_cx_active);
  if (wire_ == Wire::Http1) stats.sub(HttpStat::downstream_cx_http1_active);
  if (wire_ == Wire::Http2) stats.sub(HttpStat::downstream_cx_http2_active);
  if (secured_) stats.sub(HttpStat::downstream_cx_ssl_active);
  stats.observe(HttpStat::downstream_cx_length_ms, lived);
  auto& listener = manager_.listenerStats();
  listener.inc(ListenerStat::downstream_cx_destroy);
  listener.sub(ListenerStat::downstream_cx_active);
  listener.observe(ListenerStat::downstream_cx_length_ms, lived);
  manager_.remove(*this);
}

}  // namespace convoy::worker
