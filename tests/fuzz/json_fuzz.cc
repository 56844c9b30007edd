// json_fuzz: any bytes as JSON, for the reader of configurations and for the one of everything
// else. Promises: no crash; an error says what and where; what is taken is written and read again
// as the same.
#include <cstdint>
#include <string>

#include "common/base/json.h"
#include "common/config/tree.h"
#include "tests/fuzz/promise.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace convoy;
  using fuzz::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  config::TreeNode tree, again;
  config::SyntaxError error;
  if (config::parseJsonTree(text, tree, error)) {
    const std::string written = config::writeJson(tree);
    require(config::parseJsonTree(written, again, error));
    require(config::writeJson(again) == written);
  } else {
    require(!error.message.empty() && error.origin.line > 0 && error.origin.column > 0);
  }
  const auto value = base::parseJson(text);
  if (!value) {
    require(!value.error().context.empty());
    return 0;
  }
  const auto second = base::parseJson(base::writeJson(*value));
  require(second && base::writeJson(*second) == base::writeJson(*value));
  require(base::parseJson(base::writePrettyJson(*value)).ok());
  return 0;
}
