// load_client: keep-alive clients in a closed loop, each in a thread of its own, that count every
// failure and forgive none: no retry, not even of a connection that the proxy closed between two
// requests. A connection is opened anew only after an answer that said "connection: close".
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/fakes/raw_client.h"

namespace convoy::fakes {

class LoadClient {
 public:
  struct Options {
    int connections = 32;
    bool half_post = true;  // every second connection sends POST with a body
    int expected_status = 200;
    uint64_t requests = 0;  // of all connections together; 0 = until stop()
    Millis pause{0};        // between an answer and the next request
    bool reopen_on_failure = true;
    std::string path = "/";
  };

  LoadClient(uint16_t port, const Options& options);
  ~LoadClient() { stop(); }
  LoadClient(const LoadClient&) = delete;
  LoadClient& operator=(const LoadClient&) = delete;

  // Lets the requests under way finish.
  void stop();
  // Waits until `requests` of them are done.
  void join();
  uint64_t succeeded() const { return succeeded_; }
  uint64_t failed() const { return failed_; }
  uint64_t opened() const { return opened_; }
  // "eof in the first line" -> 3 ...; in one line, for a test's message.
  std::string failures() const;

 private:
  void run(int number);
  bool once(RawClient& client, bool post);
  void fail(const std::string& kind);

  const uint16_t port_;
  const Options options_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> started_{0}, succeeded_{0}, failed_{0}, opened_{0};
  mutable std::mutex mutex_;  // kinds_
  std::map<std::string, uint64_t> kinds_;
  std::vector<std::thread> threads_;
};

}  // namespace convoy::fakes
