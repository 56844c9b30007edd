// stream: one request and its response, from a complete head to the last byte: forwarded fields,
// route, attempt, response, record. Streams are pooled: head, arena and buffers keep their memory,
// so a request in the steady state allocates nothing. Owned by the StreamPool; lent to one
// HttpConnection at a time.
//
//   Receiving ----route----> Forwarding --response head--> Responding --end--> Done
//       |  no route, redirect,    | failure, timeout           | failure: connection cut
//       |  direct, bad request    v                            v
//       +--------------------> Responding (local reply)      Done
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "common/http/codec.h"
#include "common/ipc/handoff.h"
#include "common/net/timer_wheel.h"
#include "worker/context.h"
#include "worker/failure_table.h"
#include "worker/filters/filter_chain.h"
#include "worker/http/internal_redirect.h"
#include "worker/http/normalize.h"
#include "worker/http/shadow.h"
#include "worker/record.h"
#include "worker/route/header_edits.h"
#include "worker/route/route_table.h"
#include "worker/upstream/attempt.h"
#include "worker/upstream/retry.h"
#include "worker/upstream/vhost_counters.h"

namespace convoy::worker {

class HttpConnection;
class HttpManager;

class Stream final : public http::RequestDecoder, private AttemptCallbacks {
 public:
  enum class State : uint8_t { Receiving, Forwarding, Responding, Done };

  Stream();
  ~Stream() override;

  void begin(HttpConnection& connection, http::ResponseEncoder& encoder);
  // Codec: both directions have ended. Counts, logs, and forgets the connection.
  void complete();
  // The connection is gone; nothing can be answered.
  void connectionClosed(bool by_peer);
  // A refused message: answers with its status.
  void refuse(const http::ProtocolError& error);
  void fail(Failure failure);
  void onDownstreamFull(bool full);
  void clear();  // for the pool: memory kept, contents gone

  State state() const { return state_; }
  // The client has sent all of it and said that it sends no other.
  bool lastOfItsConnection() const { return request_complete_ && !request_.keep_alive; }

  // An upgraded connection on its way to the successor (stream_handover.cc). `holdTunnel` stops
  // reading both ends, so that both directions become empty; then it may move with its two sockets.
  bool isTunnel() const { return state_ == State::Responding && !response_.upgrade.empty(); }
  void holdTunnel(bool hold);
  // Its time is over: what was received is still sent on.
  void endTunnel();
  bool tunnelMovable();
  ipc::Handoff tunnelHandoff();
  // Where the rest of the request's body may go by itself (net::Relay); null: nowhere now.
  net::Connection* requestSink();
  net::Connection* upstreamConnection() { return attempt_.connection(); }
  void tunnelMoved();
  // The other side of it. False: it cannot go on here.
  bool resumeTunnel(HttpConnection& connection, http::ServerCodec& codec, ipc::Handoff& handoff);

  // http::RequestDecoder
  http::RequestHead& head() override { return request_; }
  base::Arena& arena() override { return arena_; }
  void onHeaders(bool end) override;
  void onData(std::string_view data, bool end) override;
  void onRelayed(size_t size, bool end) override;
  void onTrailers(http::HeaderMap& trailers) override;
  void onReset(http::ResetReason reason) override;

  void onEncoderFull(bool full) override { onDownstreamFull(full); }

 private:
  friend class HttpConnection;
  // AttemptCallbacks
  void onAttemptReady() override;
  http::ResponseHead& responseHead() override { return response_; }
  base::Arena& responseArena() override { return arena_; }
  void onUpstreamInformational() override;
  void onUpstreamHeaders(bool end, uint64_t now_us) override;
  void onUpstreamData(std::string_view data, bool end) override;
  net::Connection* responseSink() override;
  void onUpstreamRelayed(size_t size, bool end) override;
  void onUpstreamTrailers(http::HeaderMap& trailers) override;
  void onAttemptFailed(http::ResetReason reason, bool stale) override;
  void onUpstreamFull(bool full) override;

  void bind(HttpConnection& connection);
  std::string encodeTunnel() const;
  bool decodeTunnel(std::string_view state, Cluster** cluster, HostPtr* host);
  void routeAs(Normalized normalized);
  void route();
  void proceed();
  void forgetPass();
  bool checkEnvoyFields();
  // stream_filters.cc
  void afterFilters(FilterStatus status, const FilterContext& context);
  bool heldThroughFilters();
  void keepWhileWaiting(std::string_view data, bool end);
  void onFilterTimer();
  void answer(FilterStatus status, const FilterContext& context);
  bool throughFilters(std::string_view& data, bool end);
  // stream_local.cc
  void redirectToNormalized();
  void redirectToTls();
  void redirect(const config::Route& route);
  void directResponse(const config::Route& route);
  void localReply(int status, std::string_view body, std::string_view details,
                  bool overloaded = false, std::optional<int> grpc_status = {});
  void editLocal();
  void sendLocal(std::string_view body, std::optional<int> grpc_status = {});
  void sendWithBody(std::string_view body);
  void forward(const config::Route& route);
  // stream_shadow.cc
  void beginShadows(const config::RouteAction& action);
  void gatherForShadows(std::string_view data);
  void sendShadows();
  // stream_redirect.cc
  bool redirected(bool end);
  void beginAgain(bool end);
  // stream_account.cc
  void account();
  void countUpstream();
  // stream_retry.cc
  void beginAttempt(Cluster& cluster, HostPtr host);
  PoolKey poolKey(const Cluster& cluster) const;
  void sayTimeout(uint64_t now_us);
  void startTryTimer();
  HostPtr chooseHost(Cluster& cluster);
  uint64_t bufferLimit() const;
  bool keepsBody() const;
  void keepForRetry(std::string_view data);
  bool retryResponse(bool end);
  bool retryReset(http::ResetReason reason);
  void noteRefusal(RetryState::Decision decision);
  void scheduleRetry();
  void endRetries();
  void onRetryTimer();
  void onTryTimeout();
  void onTryIdleTimeout();
  void startTryIdleTimer();
  void tryTimedOut(stats::ClusterStat counter, Failure failure);
  std::string_view failureText(std::string_view text);
  void requestEnded();
  void received(size_t size, bool end);
  void answered(size_t size, bool end);
  // stream_tunnel.cc
  bool upgradeEnabled(const config::RouteAction& action) const;
  bool prepareUpgrade(const config::RouteAction& action, const Cluster& cluster);
  bool becomeTunnel();
  void setDeadlines(const config::RouteAction& action);
  void limitDuration(uint64_t ms);
  void sendResponseHead(bool end);
  void releaseResponseHead(bool end);
  bool encodeThroughFilters(std::string_view& data, bool end);
  void cutConnection();
  bool bodyExpected() const;
  bool suppressEnvoyHeaders() const;
  void onRouteTimeout();
  void onIdleTimeout();
  void onRequestTimeout();
  void onMaxDuration();
  void cancelTimers();
  void touch();
  void resumeReading();
  EditLevels levels() const;
  FormatContext formatContext() const;
  FilterContext filterContext();
  bool filtersSeeBodies() const { return filters_ != nullptr && filters_->seesBodies(); }

  HttpConnection* connection_ = nullptr;
  Stream* next_ = nullptr;  // of the same connection
  Stream* previous_ = nullptr;
  HttpManager* manager_ = nullptr;
  WorkerContext* context_ = nullptr;
  http::ResponseEncoder* encoder_ = nullptr;
  State state_ = State::Done;
  bool request_complete_ = false;
  bool response_head_sent_ = false;
  bool response_complete_ = false;
  bool upstream_full_ = false;  // the request side is paused
  bool downstream_full_ = false;
  bool pending_paused_ = false;  // paused because pending_ is large
  bool from_upstream_ = false;
  bool tunnel_held_ = false;
  bool made_websocket_key_ = false;
  bool waiting_ = false;       // a filter holds the request back
  bool attempt_sent_ = false;  // this attempt got a connection
  bool head_held_ = false;     // a filter wants the body first (FilterChain::holdsResponse)
  bool redirectable_ = false;  // a redirect may be followed here: the whole body is kept
  uint8_t replays_ = 0;
  std::optional<bool> grpc_;  // what the client sent is, whatever a filter made of it
  RouteMatchResult match_;
  std::unique_ptr<FilterChain> filters_;  // null: only the router
  const HttpManager* filters_of_ = nullptr;
  const config::WeightedCluster* weighted_ = nullptr;
  uint64_t route_timeout_ms_ = 0;
  uint64_t idle_timeout_ms_ = 0;
  uint64_t attempt_start_us_ = 0;
  uint64_t ends_us_ = 0;    // max_stream_duration; 0 = none
  uint64_t active_us_ = 0;  // the last byte either way

  base::Arena arena_;
  http::RequestHead request_;
  http::ResponseHead response_;
  http::HeaderMap request_trailers_;
  http::HeaderMap response_trailers_;
  base::Buffer pending_;  // request body that came before the upstream connection
  Record record_;
  net::Address remote_;
  Attempt attempt_;
  RetryState retry_;
  RedirectTrail trail_;
  VhostCounters vhost_;
  Shadows shadows_;  // of a request that still comes in
  bool retry_of_timeout_ = false;
  PickContext pick_;
  std::string_view server_name_;               // PoolKey's
  std::vector<std::string_view> new_cookies_;  // of hash_policy, for the answer
  std::string replay_;  // the request's body so far, while it may have to be sent again
  net::MemberTimer<Stream, &Stream::onRouteTimeout> route_timer_{*this};
  net::MemberTimer<Stream, &Stream::onIdleTimeout> idle_timer_{*this};
  net::MemberTimer<Stream, &Stream::onRequestTimeout> request_timer_{*this};
  net::MemberTimer<Stream, &Stream::onMaxDuration> duration_timer_{*this};
  net::MemberTimer<Stream, &Stream::onRetryTimer> retry_timer_{*this};
  net::MemberTimer<Stream, &Stream::onTryTimeout> try_timer_{*this};
  net::MemberTimer<Stream, &Stream::onTryIdleTimeout> try_idle_timer_{*this};
  net::MemberTimer<Stream, &Stream::onFilterTimer> filter_timer_{*this};
};

}  // namespace convoy::worker
