// admin_world: an admin server on a port of its own (or a unix socket) in a thread, with a fake
// context behind it, and a blocking client for tests. Calls on the context between two requests are
// safe: the server's thread then waits in epoll.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/net/event_loop.h"
#include "master/admin/server.h"
#include "tests/fakes/admin_context.h"

namespace convoy::fakes {

struct HttpAnswer {
  int status = 0;
  std::string head;  // status line and fields, lower case
  std::string body;  // without chunk framing
};

class AdminWorld {
 public:
  explicit AdminWorld(const std::vector<std::string>& clusters = {"service", "a.b"},
                      const std::string& unix_path = "",
                      const std::vector<config::AccessLog>& logs = {});
  ~AdminWorld();

  FakeAdminContext context;
  uint16_t port() const { return port_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  // Runs `action` in the server's thread and waits.
  void inLoop(std::function<void()> action);
  base::UniqueFd connect() const;  // receive timeout 10 s
  // One request on a connection of its own; `fields` are whole lines with "\r\n".
  HttpAnswer get(const std::string& target) const { return send("GET", target); }
  HttpAnswer post(const std::string& target, const std::string& fields = "") const {
    return send("POST", target, fields);
  }
  HttpAnswer send(const std::string& method, const std::string& target,
                  const std::string& fields = "", const std::string& body = "") const;
  // Sends these bytes and reads until the server closes.
  std::string raw(const std::string& bytes) const;

 private:
  void run(const std::vector<config::AccessLog>& logs);
  std::string unix_path_;
  uint16_t port_ = 0;
  base::UniqueFd listening_;
  int wake_read_ = -1, wake_write_ = -1;
  std::function<void()> action_;
  std::thread thread_;
};

HttpAnswer parseAnswer(const std::string& text);

}  // namespace convoy::fakes
