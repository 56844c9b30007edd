// admin_request_fuzz: any octets as the target or the form of a request to the admin interface.
// Promises: no crash; nothing grows; a path has no query, no fragment and no two slashes in a row.
#include <cstdint>
#include <string_view>

#include "master/admin/message.h"
#include "tests/fuzz/promise.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace convoy;
  using fuzz::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  master::AdminRequest request;
  master::parseTarget(text, &request);
  require(request.path.find_first_of("?#") == std::string::npos);
  require(request.path.find("//") == std::string::npos);
  size_t sum = request.path.size();
  for (const auto& [name, value] : request.params) {
    require(request.has(name));
    sum += name.size() + value.size();
  }
  require(sum <= size);
  master::AdminRequest form;
  master::parseForm(text, &form);
  for (const auto& [name, value] : form.params) require(name.size() + value.size() <= size);
  return 0;
}
