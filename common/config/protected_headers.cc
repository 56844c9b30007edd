#include "common/config/protected_headers.h"

#include <algorithm>
#include <iterator>

namespace convoy::config {
namespace {

// The codec decides these; a second opinion in a message is how requests get smuggled.
constexpr std::string_view kFraming[] = {"connection",       "content-length",    "keep-alive",
                                         "proxy-connection", "transfer-encoding", "upgrade"};

}  // namespace

std::string_view whyProtected(std::string_view lower_name) {
  if (lower_name.empty()) return "a header name must not be empty";
  if (lower_name[0] == ':') return "\":\"-prefixed headers may not be modified";
  if (lower_name == "host") return "\"host\" may not be modified; use host_rewrite_literal";
  const bool framing =
      std::find(std::begin(kFraming), std::end(kFraming), lower_name) != std::end(kFraming);
  return framing ? "it frames the message and is written by the proxy itself" : "";
}

}  // namespace convoy::config
