// soak_world: what the soak tests share: short or full counts, the line each reports, an echoing
// backend behind the real program, a scraper that watches the counters, and what /proc says of the
// master.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/echo_upstream.h"
#include "tests/fakes/strict_client.h"

namespace convoy::fakes {

// CONVOY_SOAK=1 was given: full counts, and lines.
bool fullSoak();
int soakCount(int full, int brief);
// With CONVOY_SOAK=1: SOAK name count errors worst_ms
void reportSoak(const std::string& name, uint64_t count, uint64_t errors, int64_t worst_ms);

// HTTP (with upgrades) and TCP listeners in front of an EchoUpstream.
struct EchoWorld {
  // No workers: the program is started by the caller.
  explicit EchoWorld(int workers, std::vector<std::string> args = {});
  // What the listeners are, with a route /marker that answers `marker`.
  Config configWith(const std::string& marker) const;
  StrictClient::Group group(StrictClient::Mode mode, int connections, int pause_ms = 5) const;
  // 16 Get, 16 Post, 4 each of SlowPost, Fresh, Pipelined, Echo, Tcp.
  std::vector<StrictClient::Group> everybody() const;
  // `convoy COMMAND ... --control-path ...`
  Ended command(std::vector<std::string> words) const;

  EchoUpstream backend;
  uint16_t http, tcp;
  Config config;
  std::unique_ptr<ConvoyProcess> convoy;
};

// Connections that the groups of everybody() keep open.
constexpr uint64_t kKeptByEverybody = 16 + 16 + 4 + 4 + 4 + 4;

// Scrapes every 10 ms, or as fast as it is answered, and compares with the scrape before.
class CounterWatch {
 public:
  explicit CounterWatch(const ConvoyProcess& convoy);
  ~CounterWatch() { stop(); }
  CounterWatch(const CounterWatch&) = delete;
  CounterWatch& operator=(const CounterWatch&) = delete;
  void stop();
  // After stop(): counters that went backwards, scrapes that failed or were not well formed.
  const std::vector<std::string>& complaints() const { return complaints_; }
  uint64_t scrapes() const { return scrapes_; }

 private:
  void run();
  void compare(const std::string& text);
  const ConvoyProcess& convoy_;
  std::map<std::string, double> before_;
  std::vector<std::string> complaints_;
  std::atomic<uint64_t> scrapes_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// What the HTTP listener has counted.
double requestsCounted(const ConvoyProcess& convoy);
// Gauges of the data path that are not 0, e.g. after all clients have left.
std::string activeGauges(const ConvoyProcess& convoy);
int zombiesOf(pid_t parent);
// Children of the master whose title begins so: "convoy: worker". Sentinels are none.
std::vector<pid_t> titled(const ConvoyProcess& convoy, const std::string& title);
// None of the processes is a worker any more.
bool allGone(const ConvoyProcess& convoy, const std::vector<pid_t>& before,
             Millis limit = Millis(10000));

}  // namespace convoy::fakes
