// raw_client: a blocking socket of a test, which sends exactly the bytes it is told and reads
// HTTP/1 answers strictly. Every call has a deadline. It does not reconnect, retry or follow
// anything.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/unique_fd.h"
#include "tests/fakes/wait.h"

namespace convoy::fakes {

struct HttpMessage {
  std::string first_line;  // "HTTP/1.1 200 OK" or "GET / HTTP/1.1"
  int status = 0;          // of an answer
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::vector<std::pair<std::string, std::string>> trailers;
  // Why it could not be read: "" = it is whole.
  std::string error;

  bool ok() const { return error.empty(); }
  // All values of a name, joined by ", "; "" if absent.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;
};

class RawClient {
 public:
  explicit RawClient(uint16_t port) : RawClient(port, Millis(10000)) {}
  RawClient(uint16_t port, Millis limit);
  // A unix socket.
  RawClient(const std::string& path, Millis limit);
  // A connected socket that somebody accepted.
  RawClient(base::UniqueFd fd, Millis limit) : fd_(std::move(fd)), limit_(limit) {}

  bool connected() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  // False if the peer took less than all.
  bool send(std::string_view bytes);
  void shutdownWrite();
  void reset();  // closes with RST
  void close() { fd_.reset(); }

  // One answer, interim ones (1xx but 101) included. `to_head`: it has no body whatever it says.
  HttpMessage readResponse(bool to_head = false);
  // The next answer that is not interim.
  HttpMessage readFinal(bool to_head = false);
  HttpMessage readRequest();
  // Sends "METHOD PATH HTTP/1.1", Host, `fields` (each with its \r\n) and the body with its length.
  HttpMessage request(const std::string& method, const std::string& path,
                      const std::string& fields = "", const std::string& body = "");
  HttpMessage get(const std::string& path, const std::string& fields = "") {
    return request("GET", path, fields);
  }

  // At least one byte; "" at the end, on an error or at the deadline: lastError() says which.
  std::string readSome();
  // Until `bytes` have come, or the end.
  std::string readExactly(size_t bytes);
  std::string readUntil(std::string_view mark);
  std::string readAll();
  // True if the peer ends the connection, without another byte, within the limit.
  bool closedByPeer(Millis limit = Millis(5000));
  // "", "eof", "reset", "timeout" or the text of errno.
  const std::string& lastError() const { return error_; }

 private:
  bool fill(const Deadline& deadline);
  HttpMessage readMessage(bool response, bool no_body);
  std::string line(const Deadline& deadline);
  bool readFields(const Deadline& deadline, std::vector<std::pair<std::string, std::string>>& into);
  std::string readChunked(const Deadline& deadline, HttpMessage& message);

  base::UniqueFd fd_;
  Millis limit_;
  std::string pending_;  // read, not yet handed over
  std::string error_;
};

// One request on a connection of its own.
HttpMessage httpGet(uint16_t port, const std::string& path, const std::string& fields = "");

}  // namespace convoy::fakes
