// field_fuzz: any octets as the value of a field with a grammar of its own: x-forwarded-for,
// grpc-timeout, an authority, cookies, origins. The first byte is the mode. Promises: no crash; the
// client is an IP address, whatever was claimed; the trusted word in x-forwarded-for is ours; what
// is cut out of a value lies inside it.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/http/authority.h"
#include "tests/fuzz/promise.h"
#include "worker/filters/csrf.h"
#include "worker/http/deadlines.h"
#include "worker/http/forwarded.h"
#include "worker/route/cookies.h"

namespace {

using namespace convoy;
using fuzz::require;
using http::HeaderId;

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// Each line is a field of its own.
void addLines(HeaderId id, std::string_view text, http::HeaderMap& out) {
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out.add(id, text.substr(at, end - at));
    at = end + 1;
  }
}

void checkForwarded(uint8_t mode, std::string_view value) {
  config::HttpConnectionManager config;
  config.use_remote_address = (mode & 1) != 0;
  config.skip_xff_append = (mode & 2) != 0;
  config.xff_num_trusted_hops = mode >> 2 & 3;
  const net::Address direct = *net::Address::fromIp((mode & 16) != 0 ? "::1" : "192.0.2.1", 80);
  base::Arena arena;
  base::Random random{7};
  http::RequestHead head;
  net::Address client;
  addLines(HeaderId::XForwardedFor, value, head.headers);
  worker::applyForwarded(config, worker::InternalAddresses(config), {}, direct, random, arena, head,
                         client);
  require(client.isIp() && !client.ip().empty());
  if (!config.use_remote_address || config.skip_xff_append) return;
  require(head.headers.count(HeaderId::XForwardedFor) == 1);
  require(head.headers.find(HeaderId::XForwardedFor)->ends_with(direct.ip()));
}

void checkAuthority(std::string_view value) {
  base::Arena arena;
  const std::string_view host = http::withoutPort(value);
  require(value.starts_with(host) &&
          (host.size() < value.size()) == http::portOf(value).has_value());
  require(http::withoutPort(value, 80) == (http::portOf(value) == 80 ? host : value));
  const std::string_view undotted = http::withoutTrailingDot(value, arena);
  require(undotted.size() == value.size() || undotted.size() + 1 == value.size());
  require(inside(worker::hostAndPort(value), value));
}

void checkCookies(std::string_view value) {
  http::RequestHead head;
  addLines(HeaderId::Cookie, value, head.headers);
  for (const std::string_view name : {"", "a", "session"}) {
    const auto found = worker::cookieValue(head, name);
    require(!found || (inside(*found, value) && found->find(';') == found->npos));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view value(reinterpret_cast<const char*>(data) + 1, size - 1);
  checkForwarded(data[0], value);
  checkAuthority(value);
  checkCookies(value);
  // At most 99999999 hours.
  if (const auto ms = worker::parseGrpcTimeout(value)) {
    require(value.size() >= 2 && value.size() <= 9 && *ms <= 99999999ULL * 3600 * 1000);
  }
  return 0;
}
