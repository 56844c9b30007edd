// config_fuzz: any bytes as a configuration, JSON or YAML by the first byte. Loading must end with
// a model or with a located error; what it takes must load again, in canonical form, to the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "common/config/load.h"

using convoy::config::load;
using convoy::config::LoadOptions;
using convoy::config::LoadResult;
using convoy::config::Source;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool yaml = (data[0] & 1) != 0;
  Source source{"fuzz", std::string(reinterpret_cast<const char*>(data + 1), size - 1),
                yaml ? Source::Format::Yaml : Source::Format::Json};
  LoadOptions options;
  options.allow_unsupported = (data[0] & 2) != 0;
  options.allow_unknown_fields = (data[0] & 4) != 0;

  const LoadResult first = load({std::move(source)}, options);
  for (const auto& diagnostic : first.diagnostics) {
    if (render(diagnostic).empty()) std::abort();
  }
  if (!first.ok()) {
    if (first.diagnostics.empty()) std::abort();
    return 0;
  }
  const LoadResult second =
      load({Source{"canonical", first.canonical_json, Source::Format::Json}}, options);
  if (!second.ok() || second.canonical_json != first.canonical_json) std::abort();
  return 0;
}
