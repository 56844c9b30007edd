#include "worker/record.h"

#include <array>

namespace convoy::worker {
namespace {

struct FlagName {
  std::string_view brief;
  std::string_view full;
};

// In the order of Flag.
constexpr std::array<FlagName, static_cast<size_t>(Flag::Count)> kFlagNames = {{
    {"UH", "NoHealthyUpstream"},
    {"UF", "UpstreamConnectionFailure"},
    {"UO", "UpstreamOverflow"},
    {"NR", "NoRouteFound"},
    {"NC", "NoClusterFound"},
    {"URX", "UpstreamRetryLimitExceeded"},
    {"DT", "DurationTimeout"},
    {"DC", "DownstreamConnectionTermination"},
    {"UT", "UpstreamRequestTimeout"},
    {"LR", "LocalReset"},
    {"UR", "UpstreamRemoteReset"},
    {"UC", "UpstreamConnectionTermination"},
    {"SI", "StreamIdleTimeout"},
    {"DPE", "DownstreamProtocolError"},
    {"UPE", "UpstreamProtocolError"},
    {"UMSDR", "UpstreamMaxStreamDurationReached"},
    {"DR", "DownstreamRemoteReset"},
    {"OM", "OverloadManagerTerminated"},
    {"FI", "FaultInjected"},
    {"DI", "DelayInjected"},
    {"LH", "FailedLocalHealthCheck"},
    {"RL", "RateLimited"},
    {"IH", "InvalidEnvoyRequestHeaders"},
}};
static_assert(!kFlagNames.back().brief.empty(), "every flag has a name");

}  // namespace

std::string_view flagShort(Flag flag) {
  return kFlagNames[static_cast<size_t>(flag)].brief;
}
std::string_view flagLong(Flag flag) {
  return kFlagNames[static_cast<size_t>(flag)].full;
}

}  // namespace convoy::worker
