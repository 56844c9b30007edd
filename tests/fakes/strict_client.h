// strict_client: many raw connections on one epoll thread that forgive nothing: no retry, every
// answer must carry back the sequence number of its question, and whatever goes wrong is counted by
// its class. Owned by a test. Talks to an EchoUpstream behind the proxy. It does not judge: the
// test reads the report.
//
// A connection:
//   Connecting -> (Upgrading ->) Idle -> Asking -> Idle ...   any error: closed, and a new one is
//                                                             opened after some milliseconds
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/wait.h"

namespace convoy::fakes {

class StrictClient {
 public:
  // SlowPost sends its body in parts with a pause between them.
  enum class Mode { Get, Post, SlowPost, Fresh, Pipelined, Echo, Tcp };

  struct Group {
    Mode mode = Mode::Get;
    uint16_t port = 0;
    int connections = 1;
    Millis pause{2};  // between an answer and the next question
    // Each connection asks once at its start, and then once for each round().
    bool in_rounds = false;
    std::string host = "127.0.0.1";  // or an IPv6 address, or the path of a unix socket
  };

  struct Report {
    uint64_t answers = 0;       // all that were right
    uint64_t http_answers = 0;  // without those of Tcp and, after their 101, Echo
    uint64_t opened = 0;        // connections, but not those of Fresh
    uint64_t fresh = 0;         // connections of Fresh
    uint64_t connection_close = 0;
    uint64_t slow_connects = 0;  // than 900 ms
    uint64_t stalled = 0;        // answers that took longer than 3 s
    int64_t worst_ms = 0;        // from the question, of a new connection from its connect()
    std::map<std::string, uint64_t> errors;  // "reset-in-request ECONNRESET Post" -> 3
    uint64_t failed() const;
    // Of the errors whose text begins so.
    uint64_t failed(const std::string& prefix) const;
    // In one line, for a test's message.
    std::string text() const;
  };

  explicit StrictClient(const std::vector<Group>& groups);
  ~StrictClient();
  StrictClient(const StrictClient&) = delete;
  StrictClient& operator=(const StrictClient&) = delete;

  // Every connection in rounds asks once more, as soon as it is idle.
  void round();
  // All rounds asked for are answered (or failed). False at the limit.
  bool settled(Millis limit) const;
  // What is under way is finished, then the connections are closed. Once.
  Report stop();
  // Answers so far.
  uint64_t answers() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace convoy::fakes
