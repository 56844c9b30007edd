// filter_overrides: typed_per_filter_config of a route, virtual host, cluster weight or route
// configuration: settings of HTTP filters for some requests only. What belongs to a filter that
// the chain does not have changes nothing, in Envoy as here. Internal to common/config.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/model/cors.h"
#include "common/config/model/http_filters.h"
#include "common/config/reader.h"

namespace convoy::config {

// The names of one chain's http_filters, canonical, and what their configurations are.
class HttpChain {
 public:
  HttpChain() = default;
  explicit HttpChain(const TreeNode* http_filters);
  bool has(std::string_view name) const { return !entryOf(name).empty(); }
  // What the entry in http_filters is called that is meant by its name or by its canonical one; ""
  // if there is none.
  std::string_view entryOf(std::string_view name) const;

 private:
  struct Entry {
    std::string name, canonical;
  };
  std::vector<Entry> entries_;
};

struct RouteSettings {
  std::shared_ptr<const CorsPolicy> cors;
  FilterOverrides filters;
};

RouteSettings parseFilterOverrides(Reader& r, const HttpChain& chain);

}  // namespace convoy::config
