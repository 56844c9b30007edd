#include "tests/fakes/raw_client.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace convoy::fakes {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string errorOf(int number) {
  return number == ECONNRESET || number == EPIPE ? "reset" : strerror(number);
}

}  // namespace

std::string HttpMessage::header(std::string_view name) const {
  std::string all;
  for (const auto& [key, value] : headers) {
    if (key == name) all += (all.empty() ? "" : ", ") + value;
  }
  return all;
}

bool HttpMessage::has(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return true;
  }
  return false;
}

RawClient::RawClient(uint16_t port, Millis limit)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), limit_(limit) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    error_ = strerror(errno);
    fd_.reset();
    return;
  }
  const int on = 1;
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

RawClient::RawClient(const std::string& path, Millis limit)
    : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), limit_(limit) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    error_ = strerror(errno);
    fd_.reset();
  }
}

bool RawClient::send(std::string_view bytes) {
  const Deadline deadline(limit_);
  while (!bytes.empty()) {
    pollfd ready{fd_.get(), POLLOUT, 0};
    if (poll(&ready, 1, deadline.leftMs()) <= 0) {
      error_ = "timeout";
      return false;
    }
    const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      error_ = errorOf(errno);
      return false;
    }
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void RawClient::shutdownWrite() {
  ::shutdown(fd_.get(), SHUT_WR);
}

void RawClient::reset() {
  const linger now{1, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  fd_.reset();
}

bool RawClient::fill(const Deadline& deadline) {
  if (!fd_.valid()) {
    if (error_.empty()) error_ = "closed";
    return false;
  }
  pollfd ready{fd_.get(), POLLIN, 0};
  if (poll(&ready, 1, deadline.leftMs()) <= 0) {
    error_ = "timeout";
    return false;
  }
  char buffer[65536];
  const ssize_t n = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
  if (n <= 0) {
    error_ = n == 0 ? "eof" : errorOf(errno);
    return false;
  }
  pending_.append(buffer, static_cast<size_t>(n));
  return true;
}

std::string RawClient::readSome() {
  if (pending_.empty()) fill(Deadline(limit_));
  return std::exchange(pending_, "");
}

std::string RawClient::readExactly(size_t bytes) {
  const Deadline deadline(limit_);
  while (pending_.size() < bytes && fill(deadline)) {
  }
  std::string text = pending_.substr(0, bytes);
  pending_.erase(0, text.size());
  return text;
}

std::string RawClient::readUntil(std::string_view mark) {
  const Deadline deadline(limit_);
  size_t at;
  while ((at = pending_.find(mark)) == std::string::npos) {
    if (!fill(deadline)) return std::exchange(pending_, "");
  }
  std::string text = pending_.substr(0, at + mark.size());
  pending_.erase(0, text.size());
  return text;
}

std::string RawClient::readAll() {
  const Deadline deadline(limit_);
  while (fill(deadline)) {
  }
  return std::exchange(pending_, "");
}

bool RawClient::closedByPeer(Millis limit) {
  const Deadline deadline(limit);
  return pending_.empty() && !fill(deadline) && (error_ == "eof" || error_ == "reset");
}

std::string RawClient::line(const Deadline& deadline) {
  size_t at;
  while ((at = pending_.find("\r\n")) == std::string::npos) {
    if (!fill(deadline)) return "";
  }
  std::string text = pending_.substr(0, at);
  pending_.erase(0, at + 2);
  return text;
}

bool RawClient::readFields(const Deadline& deadline,
                           std::vector<std::pair<std::string, std::string>>& into) {
  error_.clear();
  for (std::string text = line(deadline); !text.empty(); text = line(deadline)) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos) {
      error_ = "no colon in \"" + text + "\"";
      return false;
    }
    into.emplace_back(lower(text.substr(0, colon)), trimmed(text.substr(colon + 1)));
  }
  return error_.empty();
}

std::string RawClient::readChunked(const Deadline& deadline, HttpMessage& message) {
  while (true) {
    const std::string size_line = line(deadline);
    if (!error_.empty()) return error_ + " in a chunk size";
    const size_t size = strtoul(size_line.c_str(), nullptr, 16);
    if (size == 0) return readFields(deadline, message.trailers) ? "" : error_;
    while (pending_.size() < size + 2) {
      if (!fill(deadline)) return error_ + " in a chunk";
    }
    message.body.append(pending_, 0, size);
    if (pending_.compare(size, 2, "\r\n") != 0) return "a chunk without its end";
    pending_.erase(0, size + 2);
  }
}

HttpMessage RawClient::readMessage(bool response, bool no_body) {
  const Deadline deadline(limit_);
  HttpMessage message;
  error_.clear();
  message.first_line = line(deadline);
  if (!error_.empty()) {
    message.error = pending_.empty() ? error_ : error_ + " in the first line";
    return message;
  }
  if (response) {
    message.status = message.first_line.size() > 12 ? atoi(message.first_line.c_str() + 9) : 0;
    if (message.first_line.rfind("HTTP/1.", 0) != 0 || message.status < 100) {
      message.error = "not an answer: " + message.first_line;
      return message;
    }
  }
  if (!readFields(deadline, message.headers)) {
    message.error = error_ + " in the fields";
    return message;
  }
  const int status = message.status;
  if (no_body || (response && (status < 200 || status == 204 || status == 304))) return message;
  if (message.has("transfer-encoding")) {
    message.error = readChunked(deadline, message);
  } else if (message.has("content-length")) {
    const size_t size = std::stoul(message.header("content-length"));
    while (pending_.size() < size && fill(deadline)) {
    }
    message.body = pending_.substr(0, size);
    pending_.erase(0, message.body.size());
    if (message.body.size() < size) message.error = error_ + " in the body";
  } else if (response) {
    while (fill(deadline)) {
    }
    message.body = std::exchange(pending_, "");
    if (error_ != "eof") message.error = error_ + " in the body";
  }
  return message;
}

HttpMessage RawClient::readResponse(bool to_head) {
  return readMessage(true, to_head);
}
HttpMessage RawClient::readRequest() {
  return readMessage(false, false);
}

HttpMessage RawClient::readFinal(bool to_head) {
  HttpMessage message = readResponse(to_head);
  while (message.ok() && message.status < 200 && message.status != 101) {
    message = readResponse(to_head);
  }
  return message;
}

HttpMessage RawClient::request(const std::string& method, const std::string& path,
                               const std::string& fields, const std::string& body) {
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + fields;
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  send(text + "\r\n" + body);
  return readFinal(method == "HEAD");
}

HttpMessage httpGet(uint16_t port, const std::string& path, const std::string& fields) {
  RawClient client(port);
  HttpMessage failed;
  failed.error = client.lastError();
  return client.connected() ? client.get(path, fields) : failed;
}

}  // namespace convoy::fakes
