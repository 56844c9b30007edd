// resolver: DNS names -> addresses, by c-ares on the master's loop (hosts file first, so
// "localhost" needs no server). One question, one answer, nothing remembered: what to ask when, and
// what to do with a failure, is endpoints' business. Workers never resolve. c-ares is fenced in
// resolver.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/config/model/cluster.h"
#include "common/net/event_loop.h"

namespace convoy::master {

struct DnsAnswer {
  bool ok = false;
  std::string error;                   // !ok: "DNS server returned answer with no data", ...
  std::vector<std::string> addresses;  // numeric, in the order of the answer; family chosen already
  uint64_t ttl_ms = 0;                 // the smallest; 0 = unknown (hosts file)
};

class Resolver {
 public:
  using Callback = std::function<void(const DnsAnswer&)>;
  virtual ~Resolver() = default;
  // Calls back exactly once, never before it returns; not at all after the resolver is destroyed.
  virtual void resolve(const std::string& name, config::Cluster::DnsFamily family,
                       Callback callback) = 0;
  virtual uint64_t pending() const = 0;
};

struct ResolverOptions {
  std::string servers;  // "127.0.0.1:5353,..."; "" = /etc/resolv.conf
  int timeout_ms = 2000;
  int tries = 2;
};

base::Result<std::unique_ptr<Resolver>> makeResolver(net::EventLoop& loop,
                                                     const ResolverOptions& options);

}  // namespace convoy::master
