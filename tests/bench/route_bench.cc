// route_bench: nanoseconds per route look-up, index against linear scan, for growing tables. Not
// run by make test. Build it against build/libconvoy.a and run it alone on a quiet machine.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/unit/worker/route/random_routes.h"
#include "worker/route/route_table.h"

namespace convoy::worker {
namespace {

using Clock = std::chrono::steady_clock;

std::string routePath(uint64_t n) {
  return "/team" + std::to_string(n % 37) + "/service" + std::to_string(n) + "/v1";
}

config::RouteConfiguration tableOf(uint64_t routes, uint64_t regex_percent) {
  using Path = config::RouteMatch::Path;
  config::RouteConfiguration configuration;
  configuration.virtual_hosts.resize(1);
  configuration.virtual_hosts[0].domains = {"*"};
  for (uint64_t i = 0; i < routes; ++i) {
    config::Route route;
    if (i % 100 < regex_percent) {
      route.match = pathMatch(Path::SafeRegex, routePath(i) + "/[0-9]+");
    } else {
      route.match = pathMatch(i % 4 == 3 ? Path::Exact : Path::Prefix, routePath(i));
    }
    configuration.virtual_hosts[0].routes.push_back(std::move(route));
  }
  return configuration;
}

template <typename LookUp>
double nanosPerLookUp(const std::vector<std::string>& paths, size_t rounds, const LookUp& lookUp) {
  http::RequestHead head;
  head.authority = "bench.test";
  size_t found = 0;
  const auto start = Clock::now();
  for (size_t i = 0; i < rounds; ++i) {
    head.path = paths[i % paths.size()];
    found += lookUp(head).route != nullptr ? 1 : 0;
  }
  const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
  if (found == 0) std::puts("nothing found");
  return spent.count() / static_cast<double>(rounds);
}

void measure(uint64_t routes, uint64_t regex_percent) {
  const config::RouteConfiguration configuration = tableOf(routes, regex_percent);
  const auto start = Clock::now();
  const auto table = RouteTable::build(configuration);
  const std::chrono::duration<double, std::milli> build = Clock::now() - start;
  base::Random random(1);
  std::vector<std::string> paths;
  for (int i = 0; i < 4096; ++i) paths.push_back(routePath(random.below(routes)) + "?q=1");
  const size_t linear_rounds = 20000000 / (routes + 100);
  const double linear = nanosPerLookUp(paths, linear_rounds, [&](const http::RequestHead& head) {
    return matchLinear(configuration, head);
  });
  const double index = nanosPerLookUp(
      paths, 1000000, [&](const http::RequestHead& head) { return table->match(head); });
  std::printf("%6llu routes, %llu %% regex: linear %9.0f ns, index %5.0f ns, build %6.2f ms\n",
              static_cast<unsigned long long>(routes),
              static_cast<unsigned long long>(regex_percent), linear, index, build.count());
}

}  // namespace
}  // namespace convoy::worker

int main() {
  for (const uint64_t regex_percent : {uint64_t{0}, uint64_t{5}}) {
    for (const uint64_t routes : {uint64_t{10}, uint64_t{1000}, uint64_t{10000}}) {
      convoy::worker::measure(routes, regex_percent);
    }
  }
}
