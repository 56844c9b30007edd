#include "master/admin/connection.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <sys/ioctl.h>
#include <utility>

#include "common/base/text.h"
#include "master/admin/gzip.h"

namespace convoy::master {

namespace {

const http::H1Settings& adminSettings() {
  static const http::H1Settings settings = [] {
    http::H1Settings s;
    s.accept_http_10 = true;
    s.default_host_for_http_10 = "localhost";
    s.backslash_in_query = true;
    return s;
  }();
  return settings;
}

// A turn of the loop writes at most this much: workers wait for the master too.
constexpr size_t kTurnBytes = 64 * 1024;
constexpr size_t kPieceBytes = 32 * 1024;

std::string httpDate(int64_t wall_us) {
  const time_t seconds = wall_us / 1000000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> out;
  const size_t n = std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {out.data(), n};
}

std::string headerOf(const http::RequestHead& head, std::string_view name) {
  const std::string_view* value = head.find(name);
  return value == nullptr ? "" : std::string(*value);
}

}  // namespace

AdminConnection::AdminConnection(net::EventLoop& loop, base::UniqueFd fd, const net::Address& peer,
                                 const net::Address& local, AdminConnectionOwner& owner)
    : loop_(loop),
      owner_(owner),
      peer_(peer),
      local_(local),
      conn_(loop, std::move(fd), *this),
      created_us_(loop.nowUs()) {
  conn_.setWatermark(kHighWatermark);
  codec_ = http::makeH1ServerCodec(conn_, *this, adminSettings());
  timer_.set(loop_.wheel(), kRequestMs);
}

uint64_t AdminConnection::takeBytesRead() {
  return conn_.bytesRead() - std::exchange(counted_read_, conn_.bytesRead());
}
uint64_t AdminConnection::takeBytesWritten() {
  return conn_.bytesWritten() - std::exchange(counted_written_, conn_.bytesWritten());
}

// --- reading ---

void AdminConnection::onRead(std::string_view bytes) {
  codec_->dispatch(bytes);
}

void AdminConnection::onReadEof() {
  if (state_ == State::Closed) return;
  eof_ = true;
  codec_->onEof();
  // A client that shut its sending side still gets the answer to what it asked.
  if (state_ == State::Reading) closeGently();
}

http::RequestDecoder& AdminConnection::newStream(http::ResponseEncoder& encoder) {
  encoder_ = &encoder;
  head_.clear();
  arena_.reset();
  target_.clear();
  body_.clear();
  response_ = {};
  head_sent_ = false;
  status_ = 0;
  sent_ = 0;
  body_received_ = body_sent_ = 0;
  ticket_ = std::make_shared<AdminConnection*>(this);
  start_us_ = loop_.nowUs();
  start_wall_us_ = loop_.clock().wallUs();
  return *this;
}

void AdminConnection::onProtocolError(const http::ProtocolError& error,
                                      http::ResponseEncoder& encoder, bool stream_open) {
  if (state_ == State::Closed) return;
  if (head_sent_ && stream_open) return closeNow();
  if (!stream_open) newStream(encoder);
  encoder_->closeAfterResponse();
  respond(AdminResponse::text(std::string(error.detail) + "\n", error.status));
}

bool AdminConnection::expectsRequest() const {
  if (state_ != State::Reading) return false;
  int waiting = 0;
  if (::ioctl(conn_.fd(), FIONREAD, &waiting) == 0 && waiting > 0) return true;
  return start_us_ == 0 && loop_.nowUs() - created_us_ < kFreshUs;
}

void AdminConnection::onHeadStarted() {
  // Not moved by later bytes: a head sent one byte at a time is still late after kRequestMs.
  if (encoder_ == nullptr && !std::exchange(head_started_, true)) {
    timer_.set(loop_.wheel(), kRequestMs);
  }
}

void AdminConnection::onReadDisable(bool disable) {
  if (state_ != State::Closed) conn_.readDisable(disable);
}

void AdminConnection::onHeaders(bool end) {
  target_ = head_.path;
  if (end) return handle();
  timer_.set(loop_.wheel(), kRequestMs);
  if (head_.expects_continue) {
    http::ResponseHead go_on;
    go_on.status = 100;
    encoder_->encodeInformational(go_on);
  }
}

void AdminConnection::onData(std::string_view data, bool end) {
  if (state_ != State::Reading) return;
  body_received_ += data.size();
  body_.append(data);
  if (body_.size() > kMaxBody) {
    encoder_->closeAfterResponse();
    return respond(AdminResponse::text("request body too large\n", 413));
  }
  if (end) handle();
}

AdminRequest AdminConnection::makeRequest() const {
  AdminRequest request;
  request.method = head_.method;
  request.method_name = head_.method_name;
  parseTarget(head_.path, &request);
  request.authority = head_.authority;
  request.origin = headerOf(head_, "origin");
  request.fetch_site = headerOf(head_, "sec-fetch-site");
  request.accept = headerOf(head_, "accept");
  request.over_unix_socket = local_.isUnix();
  const std::string type = headerOf(head_, "content-type");
  if (base::startsWithIgnoreCase(type, "application/x-www-form-urlencoded")) {
    parseForm(body_, &request);
  }
  return request;
}

void AdminConnection::handle() {
  state_ = State::Waiting;
  timer_.cancel();
  owner_.answer(makeRequest(), [weak = std::weak_ptr(ticket_)](AdminResponse response) {
    auto ticket = weak.lock();
    if (ticket) (*ticket)->respond(std::move(response));
  });
}

// --- writing ---

void AdminConnection::respond(AdminResponse response) {
  if (state_ == State::Closed || state_ == State::Writing) return;
  state_ = State::Writing;
  // One answer is always possible, however large.
  const size_t unread = owner_.unreadBytes();
  if (unread != 0 && unread + response.body.size() > kMaxUnread) {
    response = AdminResponse::text("too many answers wait to be read: try again later\n", 503);
  }
  if (worthGzip(response) && acceptsGzip(headerOf(head_, "accept-encoding"))) {
    response = gzipped(std::move(response));
  }
  response_ = std::move(response);
  status_ = response_.status;
  timer_.set(loop_.wheel(), kStallMs);
  pump();
}

void AdminConnection::sendHead() {
  const std::string date = httpDate(loop_.clock().wallUs());
  http::ResponseHead head;
  head.status = response_.status;
  head.headers.add("content-type", response_.content_type);
  head.headers.add("cache-control", "no-cache, max-age=0");
  head.headers.add("x-content-type-options", "nosniff");
  if (response_.content_type == kHtmlType) {
    constexpr std::string_view kPlainPage =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'";
    head.headers.add("content-security-policy",
                     response_.content_policy.empty() ? kPlainPage : response_.content_policy);
  }
  if (worthGzip(response_)) head.headers.add("vary", "accept-encoding");
  if (response_.gzip) head.headers.add("content-encoding", "gzip");
  head.headers.add("date", date);
  head.headers.add("server", "envoy");
  if (!response_.more) {
    head.body = http::BodyKind::Length;
    head.content_length = response_.body.size();
  } else if (head_.protocol == http::Protocol::Http10) {
    head.body = http::BodyKind::UntilClose;
    encoder_->closeAfterResponse();
  } else {
    head.body = http::BodyKind::Chunked;
  }
  head_sent_ = true;
  const bool bodyless =
      head_.method == http::Method::Head || (!response_.more && response_.body.empty());
  encoder_->encodeHeaders(head, bodyless);
}

// After the last piece the stream may be another one.
void AdminConnection::sendPiece() {
  if (sent_ < response_.body.size()) {
    const std::string_view piece = std::string_view(response_.body).substr(sent_, kPieceBytes);
    sent_ += piece.size();
    body_sent_ += piece.size();
    const bool end = !response_.more && sent_ == response_.body.size();
    encoder_->encodeData(piece, end);
    return;
  }
  // A family of a scrape may be short: several go into one piece.
  std::string piece;
  bool more = true;
  while (more && piece.size() < kPieceBytes) more = response_.more(piece);
  body_sent_ += piece.size();
  encoder_->encodeData(piece, !more);
}

void AdminConnection::pump() {
  // Ending a stream may start the next one inside encodeData.
  if (pumping_ || state_ != State::Writing) return;
  pumping_ = true;
  const uint64_t written_before = conn_.bytesWritten();
  while (state_ == State::Writing && !conn_.aboveHigh()) {
    timer_.set(loop_.wheel(), kStallMs);
    if (!head_sent_) {
      sendHead();
    } else if (conn_.bytesWritten() - written_before > kTurnBytes) {
      loop_.post([weak = std::weak_ptr(ticket_)] {
        if (auto ticket = weak.lock()) (*ticket)->pump();
      });
      break;
    } else {
      sendPiece();
    }
  }
  pumping_ = false;
  if (state_ != State::Closed) conn_.flush();
}

void AdminConnection::onStreamComplete(bool keep_alive) {
  owner_.onRequestDone(*this);
  encoder_ = nullptr;
  head_started_ = false;
  ticket_.reset();
  response_ = {};
  state_ = State::Reading;
  if (!keep_alive || eof_) return closeGently();
  timer_.set(loop_.wheel(), kIdleMs);
}

// --- closing ---

void AdminConnection::onTimer() {
  if (state_ == State::Writing || encoder_ != nullptr) return closeNow();
  closeGently();
}

void AdminConnection::closeGently() {
  if (state_ == State::Closed) return;
  codec_->stop();
  timer_.cancel();
  conn_.close(net::Connection::Close::Flush);
  if (conn_.state() == net::Connection::State::Closed) finish();
}

void AdminConnection::closeNow() {
  if (state_ == State::Closed) return;
  conn_.close(net::Connection::Close::Reset);
  finish();
}

void AdminConnection::finish() {
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  codec_->stop();
  timer_.cancel();
  ticket_.reset();
  owner_.onClosed(*this);
}

}  // namespace convoy::master
