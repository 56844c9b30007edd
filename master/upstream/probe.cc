#include "master/upstream/probe.h"

#include "master/upstream/http_probe.h"
#include "master/upstream/tcp_probe.h"

namespace convoy::master {

bool holdsInOrder(const std::string& bytes, const std::vector<std::string>& pieces) {
  size_t at = 0;
  for (const std::string& piece : pieces) {
    at = bytes.find(piece, at);
    if (at == std::string::npos) return false;
    at += piece.size();
  }
  return true;
}

std::unique_ptr<Probe> makeProbe(net::EventLoop& loop, const config::HealthCheck& check,
                                 const net::Address& address, const std::string& authority) {
  if (check.kind == config::HealthCheck::Kind::Http) {
    return std::make_unique<HttpProbe>(loop, check, address, authority);
  }
  return std::make_unique<TcpProbe>(loop, check, address);
}

}  // namespace convoy::master
