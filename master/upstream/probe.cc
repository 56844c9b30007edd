#include "master/upstream/probe.h"

#include <utility>

#include "master/upstream/grpc_probe.h"
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
                                 ProbeTarget target) {
  switch (check.kind) {
    case config::HealthCheck::Kind::Http:
      return std::make_unique<HttpProbe>(loop, check, std::move(target));
    case config::HealthCheck::Kind::Grpc:
      return std::make_unique<GrpcProbe>(loop, check, std::move(target));
    case config::HealthCheck::Kind::Tcp:
      break;
  }
  return std::make_unique<TcpProbe>(loop, check, std::move(target));
}

}  // namespace convoy::master
