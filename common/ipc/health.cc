#include "common/ipc/health.h"

#include "common/base/json.h"

namespace convoy::ipc {

std::string healthMessage(bool failed) {
  return failed ? "{\"failed\":true}" : "{\"failed\":false}";
}

bool fromHealthMessage(const std::string& text, bool* failed) {
  const auto json = base::parseJson(text);
  return json.ok() && json->isObject() && base::getBool(*json, "failed", failed);
}

}  // namespace convoy::ipc
