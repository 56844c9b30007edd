#include "master/ticket_keys.h"

#include "common/base/base64.h"
#include "common/base/log.h"
#include "common/net/tls_tickets.h"

namespace convoy::master {

TicketKeys::TicketKeys(net::EventLoop& loop, std::function<void()> changed)
    : changed_(std::move(changed)), timer_(loop.createTimer([this] { rotate(); })) {
  keep(net::TlsTickets::rotated(""));
}

TicketKeys::~TicketKeys() {
  net::TlsTickets::wipe(keys_);
  net::TlsTickets::wipe(message_);
}

void TicketKeys::rotate() {
  std::string keys = net::TlsTickets::rotated(keys_);
  if (keys.empty()) base::logger("main").error("no randomness for a new session ticket key");
  keep(std::move(keys));
  if (changed_) changed_();
}

void TicketKeys::keep(std::string keys) {
  timer_->start(kRotateMs);
  if (keys.empty()) return;
  net::TlsTickets::wipe(keys_);
  net::TlsTickets::wipe(message_);
  keys_ = std::move(keys);
  std::string text;
  base::appendBase64(keys_, text);
  message_ = "{\"keys\":\"" + text + "\"}";
}

Json::Value TicketKeys::bequeath() const {
  std::string text;
  base::appendBase64(keys_, text);
  return text;
}

void TicketKeys::restore(const Json::Value& saved) {
  std::string keys;
  net::TlsTickets checked;
  if (saved.isString() && base::decodeBase64(saved.asString(), keys) && checked.set(keys)) {
    keep(std::move(keys));
  }
}

}  // namespace convoy::master
