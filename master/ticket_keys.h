// ticket_keys: the keys of TLS session tickets, as all workers of all generations have them: made
// at the start, a new one every kRotateMs, of which the one before is kept. They live in memory
// only, and go along in an upgrade. Owned by the Master; its loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/json.h"
#include "common/net/event_loop.h"

namespace convoy::master {

class TicketKeys {
 public:
  static constexpr uint64_t kRotateMs = 12ull * 3600 * 1000;

  // `changed`: after each rotation.
  TicketKeys(net::EventLoop& loop, std::function<void()> changed);
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  void rotate();
  // What a worker is sent (MessageType::TicketKeys); "" without keys.
  const std::string& message() const { return message_; }
  Json::Value bequeath() const;
  void restore(const Json::Value& saved);

 private:
  void keep(std::string keys);
  std::function<void()> changed_;
  std::string keys_, message_;
  std::unique_ptr<net::Timer> timer_;
};

}  // namespace convoy::master
