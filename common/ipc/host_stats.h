// host_stats: what a worker knows of single hosts, which is too much for shared memory (hosts come
// and go) and told when the master asks: the dashboard shows some clusters at a time, /clusters all
// of them, page by page. Payloads of the messages HostStats (master to worker) and HostStatsTold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace convoy::ipc {

struct HostNumbers {
  uint64_t active = 0;           // requests under way, those that wait for a connection among them
  uint64_t cx_active = 0;        // connections, to the end of this struct as Envoy counts them
  uint64_t cx_connect_fail = 0;  // refused, or too slow
  uint64_t cx_total = 0;
  uint64_t rq_active = 0;
  uint64_t rq_error = 0;           // answered 5xx, or not at all
  uint64_t rq_pending_active = 0;  // that wait for a connection
  uint64_t rq_success = 0;         // answered with anything else
  uint64_t rq_timeout = 0;
  uint64_t rq_total = 0;
  uint64_t tcp_error = 0;  // of TCP proxies: connections that failed
  uint64_t tcp_success = 0;
  uint64_t timed = 0;    // answers whose beginning was timed
  uint64_t time_us = 0;  // from the start of an attempt to the head of its answer, over all those

  uint64_t answers() const { return rq_success + rq_error + tcp_success + tcp_error; }
  uint64_t errors() const { return rq_error + tcp_error; }
};
HostNumbers& operator+=(HostNumbers& sum, const HostNumbers& more);

struct HostStatsPayload {
  static constexpr size_t kMaxClusters = 16;
  std::vector<uint32_t> clusters;  // indices into Bootstrap::clusters
  uint32_t first = 0;              // of each cluster's hosts, the first that is to be told
  uint32_t question = 0;           // the answer has it, too; 0: the dashboard's
};
struct HostStatsToldPayload {
  static constexpr size_t kMaxHosts = 256;  // of a cluster
  struct Host {
    uint32_t cluster = 0;
    std::string address;  // as net::Address prints it
    HostNumbers numbers;
  };
  std::vector<Host> hosts;
  uint32_t question = 0;
};

std::string toJson(const HostStatsPayload&);
std::string toJson(const HostStatsToldPayload&);
// False if the text is not what toJson writes.
bool fromJson(const std::string& text, HostStatsPayload* out);
bool fromJson(const std::string& text, HostStatsToldPayload* out);

}  // namespace convoy::ipc
