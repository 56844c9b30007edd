// ipc_fuzz: any text as the payload of a message between master and worker; the first byte says of
// which. Promises: no crash; what is read is written and read again as the same.
#include <cstdint>
#include <string>

#include "common/ipc/health.h"
#include "common/ipc/host_stats.h"
#include "common/ipc/messages.h"
#include "tests/fuzz/promise.h"

namespace {

using namespace convoy::ipc;
using convoy::fuzz::require;

template <typename Payload>
void check(const std::string& text) {
  Payload first, second;
  if (!fromJson(text, &first)) return;
  const std::string written = toJson(first);
  require(fromJson(written, &second));
  require(toJson(second) == written);
}

void checkHealth(const std::string& text) {
  bool failed = false;
  if (fromHealthMessage(text, &failed)) require(fromHealthMessage(healthMessage(failed), &failed));
}

constexpr void (*kChecks[])(const std::string&) = {
    check<ConfigPayload>,
    check<ListenersPayload>,
    check<LogsPayload>,
    check<EndpointsPayload>,
    check<DrainPayload>,
    check<SuccessorPayload>,
    check<AdoptPayload>,
    check<LimitsPayload>,
    check<ReleasePayload>,
    check<StopAcceptPayload>,
    check<HelloPayload>,
    check<DrainProgressPayload>,
    check<HostFailingPayload>,
    check<HostRatesPayload>,
    check<HostStatsPayload>,
    check<HostStatsToldPayload>,
    checkHealth,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  kChecks[data[0] % std::size(kChecks)](
      std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
