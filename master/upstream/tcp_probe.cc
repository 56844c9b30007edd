#include "master/upstream/tcp_probe.h"

namespace convoy::master {

void TcpProbe::ask() {
  received_.clear();
  if (!check().send.empty()) connection().write(check().send);
  if (check().receive.empty()) succeed(false);
}

void TcpProbe::onRead(std::string_view bytes) {
  if (state() != State::Asking) return drop();  // nobody asked
  received_ += bytes;
  if (holdsInOrder(received_, check().receive)) {
    succeed(check().reuse_connection);
  } else if (received_.size() > kMostBytes) {
    fail(ProbeResult::Kind::Failure, "the expected bytes do not come", false, false);
  }
}

}  // namespace convoy::master
