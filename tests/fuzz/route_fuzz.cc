// route_fuzz: route tables and requests made from the fuzzer's bytes; the index must always give
// the route that the linear scan gives. A table comes first, then requests for as long as bytes
// last.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/unit/worker/route/random_routes.h"
#include "worker/route/path_index.h"
#include "worker/route/route_table.h"

namespace {

// Stands for base::Random: each choice is made by the next byte.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool empty() const { return size_ == 0; }
  uint64_t below(uint64_t bound) {
    if (size_ == 0) return 0;
    --size_;
    return *data_++ % bound;
  }
  std::string text() {
    std::string s;
    for (uint64_t n = below(24); n > 0 && size_ > 0; --n, --size_) s += static_cast<char>(*data_++);
    return s;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

// Beyond the common words: paths and expressions of any bytes.
void addWildRoutes(Bytes& bytes, convoy::config::RouteConfiguration& configuration) {
  using Path = convoy::config::RouteMatch::Path;
  for (uint64_t n = bytes.below(4); n > 0; --n) {
    convoy::config::Route route;
    const auto kind = static_cast<Path>(bytes.below(4));
    route.match = convoy::worker::pathMatch(kind, bytes.text(), bytes.below(2) == 0);
    const bool bad_regex = kind == Path::SafeRegex && route.match.regex == nullptr;
    if (!bad_regex) configuration.virtual_hosts[0].routes.push_back(route);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace convoy::worker;
  Bytes bytes(data, size);
  auto configuration = randomConfiguration(bytes);
  addWildRoutes(bytes, configuration);
  const auto table = RouteTable::build(configuration);
  for (int i = 0; i < 64 && !bytes.empty(); ++i) {
    RandomRequest sample(bytes);
    const std::string wild = bytes.text();
    if (bytes.below(2) == 0) sample.head.path = wild;
    const RouteMatchResult expected = matchLinear(configuration, sample.head);
    const RouteMatchResult actual = table->match(sample.head);
    if (actual.route != expected.route || actual.virtual_host != expected.virtual_host)
      std::abort();
  }
  return 0;
}
