// h1_response_fuzz: any octets from an upstream. The first byte picks the request and how the rest
// is cut into reads. Promises: no crash; the cut changes nothing but whether octets behind the end
// were seen; what goes to the client is accepted when read again and means the same.
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
  constexpr const char* kRequests[] = {"GET", "HEAD", "POST", "upgrade"};
  const std::string request = kRequests[mode & 3];
  convoy::http::H1Settings settings;
  settings.allow_upgrade = true;
  settings.forward_trailers = (mode & 4) == 0;
  const Outcome whole = playResponse(settings, request, {octets});
  const Outcome pieces =
      playResponse(settings, request, cut(octets, (mode & 16) != 0 ? Split::Octets : Split::Lines));
  require(whole.forwarded.size() <= 1);
  require(whole.forwarded == pieces.forwarded);
  require(whole.forwarded.empty() == (whole.end.empty() || whole.end == "truncated"));
  settings.max_head_bytes += 1024;
  for (const std::string& message : whole.forwarded) {
    const Outcome again = playResponse(settings, request, {message});
    require(again.rejected == 0 && again.forwarded == std::vector<std::string>{message});
  }
  return 0;
}
