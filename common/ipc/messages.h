// messages: what master and worker say to each other over the control socket (SOCK_SEQPACKET, one
// message per datagram). Frame, little endian:
//
//   0  u16 protocol version   2  u16 type   4  u32 seq   8  u32 payload bytes   12 payload...
//
// Payloads are JSON text (control plane: clarity over speed). One above kInlineBytes travels in a
// sealed memfd that is the LAST descriptor of the message (length 0xffffffff); Channel does that
// unseen. Descriptors go by SCM_RIGHTS, at most 250 a message; a longer list is split over several
// Listeners messages.
//
// master                                     worker
//   fork+exec, fd 3 = control socket  -->      Hello {protocol, build, pid}
//   Config {generation, slot, ...} + memfd, slab -->
//   Listeners {indices} + sockets     -->
//   Logs {paths} + files              -->
//   Sentinel + socket, table          -->      (with --sentinel: rescue_table.h)
//   TicketKeys {keys}                 -->      (of TLS sessions; again when they change)
//   Secrets {} + fd                   -->      (the same configuration with other certificates)
//   Limits {seats} + page             -->      (of limits that all workers share: limits_page.h)
//   Endpoints {clusters}              -->      Ready        (all applied, sockets not polled yet)
//   StartAccept                       -->      Accepting
//   Endpoints, LogLevel, ReopenLogs+files ...  (any time after Ready)
//   HostStats {clusters}              -->      HostStatsTold {hosts}    (host_stats.h)
//   Inherit + socket                  -->      (takes connections from it until its end: handoff.h)
//   Adopt {slot, indices} + sockets   -->      (accepts for a slot whose worker is dead or stalled)
//   Release {slot}                    -->      (that slot has its own worker again)
//   Successor {listeners} + socket    -->      (gives its connections to it: handoff.h)
//   Drain {deadline_ms, stopping, ...} -->      Drained, then exit 0
//   StopAccept {indices}              -->      AcceptStopped (their queues were emptied before)
//   Exit                              -->      exit 0 now
//                                              HostFailing {cluster, host} (any time)
//                                              HostRates {cluster, hosts} (from time to time)
//                                              Fatal {text}: then exit 70 (bad config) or 71
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/unique_fd.h"

namespace convoy::ipc {

inline constexpr uint16_t kProtocolVersion = 1;
inline constexpr size_t kInlineBytes = 32 * 1024;
inline constexpr int kControlFd = 3;

enum class MessageType : uint16_t {
  // master -> worker
  Config = 1,
  Listeners = 2,
  Logs = 3,
  Endpoints = 4,
  StartAccept = 5,
  StopAccept = 6,  // accept what is queued, then stop polling these sockets; keep serving
  Drain = 7,
  Exit = 8,
  LogLevel = 9,
  Ping = 10,
  Inherit = 11,
  Successor = 12,
  Adopt = 13,
  Release = 14,
  Sentinel = 15,
  TicketKeys = 16,
  Secrets = 17,  // the configuration again, with other certificates; its text as in Config
  Limits = 18,
  HostStats = 19,
  Health = 20,  // health.h
  // worker -> master
  Hello = 64,
  Ready = 65,
  Accepting = 66,
  DrainProgress = 67,
  Drained = 68,
  Fatal = 69,
  Pong = 70,
  AcceptStopped = 71,
  HostFailing = 72,
  HostRates = 73,
  HostStatsTold = 74,
};
// True for the numbers above.
bool knownMessageType(uint16_t type);

struct Message {
  MessageType type = MessageType::Ping;
  uint32_t seq = 0;
  std::string payload;  // JSON
  std::vector<base::UniqueFd> fds;
};

// --- payloads; toJson/fromJson in messages.cc (jsoncpp through common/base/json) ---

struct ConfigPayload {  // fds: [config memfd (canonical JSON), slab memfd]
  uint32_t generation = 0;
  uint32_t slot = 0;
  uint32_t concurrency = 1;
  uint64_t layout_hash = 0;
  uint64_t cell_count = 0;
  int64_t uid = -1, gid = -1;        // drop to these after the descriptors came; -1 = stay
  uint64_t orphan_grace_ms = 30000;  // serves on for so long when the master is gone
  std::string log_level;
  std::string service_node, service_cluster, service_zone;
};
struct ListenersPayload {  // fds[i] listens for listeners[indices[i]]
  std::vector<uint32_t> indices;
};
struct LogsPayload {  // fds[i] is paths[i], opened O_APPEND; the same message again = reopened
  std::vector<std::string> paths;
};
struct EndpointHost {
  std::string ip;  // numeric, or "" with `path`
  uint16_t port = 0;
  std::string path;
  std::string hostname;
  uint32_t weight = 1;
  uint32_t priority = 0;
  bool healthy = true;
  uint32_t locality = 0;  // hosts of one locality share its weight; 0: none was given
  uint32_t locality_weight = 0;
  bool degraded = false;  // healthy, but to be spared
  bool excluded = false;  // new, and not checked yet: it is not there for the balancing
  uint32_t endpoint = 0;  // the configured one it is of
  // For the master alone, not sent: why it is not healthy.
  bool failed_check = false;
  bool ejected = false;
};
struct EndpointsPayload {  // replaces the host set of each named cluster
  struct ClusterHosts {
    uint32_t cluster = 0;  // index into Bootstrap::clusters
    std::vector<EndpointHost> hosts;
  };
  std::vector<ClusterHosts> clusters;
};
struct DrainPayload {
  uint64_t deadline_ms = 0;  // from now; then everything left is closed and the worker exits
  // true: the server stops; false: a new generation took over.
  bool stopping = false;
  // Listeners that nobody takes over: accepted from until StopAccept names them.
  std::vector<uint32_t> keep_accepting = {};
  // For so long clients could know that the server stops (/ready failed).
  uint64_t announced_ms = 0;
  // true: without a connection the worker stays, until a Drain that does not say so.
  bool stay = false;
  // Listeners with a deadline of their own instead: listeners[i] has deadlines_ms[i].
  std::vector<uint32_t> listeners = {};
  std::vector<uint64_t> deadlines_ms = {};
};
// fds: [the sending end of a SEQPACKET pair]. listeners[i] is what the old listener i is called in
// the new configuration, or kNoListener: its connections cannot move and drain where they are.
inline constexpr uint32_t kNoListener = UINT32_MAX;
struct SuccessorPayload {
  std::vector<uint32_t> listeners;
  std::vector<std::string> removed_clusters;  // what runs through them cannot move either
};
struct LimitsPayload {  // fds: [the page]
  std::vector<uint32_t>
      seats;  // of Directory::seatNames(); LimitsPage::kNoSeat: it counts on its own
};
struct AdoptPayload {  // fds[i] listens for listeners[indices[i]]
  uint32_t slot = 0;
  std::vector<uint32_t> indices;
};
struct ReleasePayload {
  uint32_t slot = 0;
};
struct StopAcceptPayload {  // empty: all listeners
  std::vector<uint32_t> indices;
};
struct HelloPayload {
  uint16_t protocol = kProtocolVersion;
  std::string build;
  uint32_t pid = 0;
};
// Requests to a host failed as often in a row as outlier_detection allows.
struct HostFailingPayload {
  uint32_t cluster = 0;  // index into Bootstrap::clusters
  std::string ip;
  uint16_t port = 0;
  std::string path;
  bool gateway = false;       // consecutive_gateway_failure; else consecutive_5xx
  bool local_origin = false;  // consecutive_local_origin_failure
};
// Answers of hosts since the last such message, where they are compared with each other.
struct HostRatesPayload {
  uint32_t cluster = 0;
  struct Host {
    std::string ip;
    uint16_t port = 0;
    std::string path;
    uint64_t good = 0, bad = 0;              // answers; without split_external_local_origin_errors
                                             // failures to get one are among the bad
    uint64_t local_good = 0, local_bad = 0;  // whether there was one
  };
  std::vector<Host> hosts;
};
struct DrainProgressPayload {              // also that of Drained
  uint64_t connections = 0, requests = 0;  // still here
  // Handed to a successor so far.
  uint64_t http = 0, tcp = 0, upgrade = 0, upstream = 0;
  // Cut at a deadline so far.
  uint64_t forced_http = 0, forced_tcp = 0, forced_upgrade = 0;
};

std::string toJson(const ConfigPayload&);
std::string toJson(const ListenersPayload&);
std::string toJson(const LogsPayload&);
std::string toJson(const EndpointsPayload&);
std::string toJson(const DrainPayload&);
std::string toJson(const SuccessorPayload&);
std::string toJson(const AdoptPayload&);
std::string toJson(const LimitsPayload&);
std::string toJson(const ReleasePayload&);
std::string toJson(const StopAcceptPayload&);
std::string toJson(const HelloPayload&);
std::string toJson(const DrainProgressPayload&);
std::string toJson(const HostFailingPayload&);
std::string toJson(const HostRatesPayload&);
// False if the text is not what toJson writes.
bool fromJson(const std::string& text, ConfigPayload* out);
bool fromJson(const std::string& text, ListenersPayload* out);
bool fromJson(const std::string& text, LogsPayload* out);
bool fromJson(const std::string& text, EndpointsPayload* out);
bool fromJson(const std::string& text, DrainPayload* out);
bool fromJson(const std::string& text, SuccessorPayload* out);
bool fromJson(const std::string& text, AdoptPayload* out);
bool fromJson(const std::string& text, LimitsPayload* out);
bool fromJson(const std::string& text, ReleasePayload* out);
bool fromJson(const std::string& text, StopAcceptPayload* out);
bool fromJson(const std::string& text, HelloPayload* out);
bool fromJson(const std::string& text, DrainProgressPayload* out);
bool fromJson(const std::string& text, HostFailingPayload* out);
bool fromJson(const std::string& text, HostRatesPayload* out);

}  // namespace convoy::ipc
