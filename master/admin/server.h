// admin server: HTTP/1.1 on the admin address (TCP or unix socket) in the master's loop: the one
// place where the master reads bytes from outside. A visible table maps path -> method -> handler
// (endpoints.cc); handlers_*.cc answer. Built on net::Connection and http::makeH1ServerCodec, so
// admin requests obey the same message rules as traffic. Owned by the Master.
#pragma once

#include <memory>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/config/model/core.h"
#include "common/net/event_loop.h"
#include "master/admin/context.h"

namespace convoy::master {

class AdminServer {
 public:
  // Metrics: what a scraper and a prober need and nothing that changes or tells more.
  enum class Serves : uint8_t { All, Metrics };
  // Serves on `listening` (already bound by the master's listeners room).
  static std::unique_ptr<AdminServer> create(net::EventLoop& loop, base::UniqueFd listening,
                                             AdminContext& context, Serves serves = Serves::All);
  virtual ~AdminServer() = default;
  virtual uint64_t connectionsTotal() const = 0;
  virtual int listeningFd() const = 0;
  // No answer is on its way to anybody, and no question to us. If false, nobody is accepted for a
  // moment.
  virtual bool quiet() = 0;
  // Where the admin access log goes; empty closes it. Written unbuffered (control plane).
  virtual void setAccessLogs(const std::vector<config::AccessLog>& logs) = 0;
};

}  // namespace convoy::master
