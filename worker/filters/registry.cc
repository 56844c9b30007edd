#include "worker/filters/registry.h"

#include "worker/filters/cors.h"
#include "worker/filters/grpc_web.h"

namespace convoy::worker {

std::unique_ptr<Filter> makeFilter(const config::HttpFilter& filter) {
  using Kind = config::HttpFilter::Kind;
  switch (filter.kind) {
    case Kind::Router:
      return nullptr;
    case Kind::Cors:
      return std::make_unique<CorsFilter>();
    case Kind::GrpcWeb:
      return std::make_unique<GrpcWebFilter>();
  }
  return nullptr;
}

}  // namespace convoy::worker
