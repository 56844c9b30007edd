// h1_request_fuzz: any octets from a client. The first byte picks settings and how the rest is cut
// into reads. Promises: no crash; the cut changes nothing; after a refusal nothing is parsed; what
// is forwarded is one message that is accepted again and means the same.
#include <cstdint>
#include <string>
#include <vector>

#include "tests/conformance/case_file.h"
#include "tests/conformance/players.h"
#include "tests/fuzz/promise.h"

namespace {

using convoy::fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace convoy::conformance;
  if (size == 0) return 0;
  const uint8_t mode = data[0];
  const std::string octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  convoy::http::H1Settings settings;
  settings.accept_http_10 = (mode & 1) != 0;
  settings.default_host_for_http_10 = (mode & 2) != 0 ? "d" : "";
  settings.forward_trailers = (mode & 4) == 0;
  settings.drop_underscores = (mode & 8) != 0;
  const Outcome whole = playRequests(settings, {octets});
  const Outcome pieces =
      playRequests(settings, cut(octets, (mode & 16) != 0 ? Split::Octets : Split::Lines));
  require(whole.parsed_after == 0 && pieces.parsed_after == 0);
  require(whole.forwarded == pieces.forwarded);
  require((whole.rejected != 0) == (pieces.rejected != 0));
  // A re-serialised message may be a little longer: room for "transfer-encoding: chunked".
  settings.max_head_bytes += 1024;
  for (const std::string& message : whole.forwarded) {
    const Outcome again = playRequests(settings, {message});
    require(again.rejected == 0 && again.forwarded == std::vector<std::string>{message});
  }
  return 0;
}
