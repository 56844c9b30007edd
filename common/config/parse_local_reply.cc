// What becomes of answers that Convoy makes itself.
#include "common/config/model/local_reply.h"
#include "common/config/parse.h"

namespace convoy::config {

namespace {

ResponseMapper parseMapper(const TreeNode& node, const std::string& path, Diagnostics& d) {
  ResponseMapper out;
  Reader r(node, path, "envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper",
           d);
  r.required("filter");
  r.message("filter", [&](const TreeNode& n, const std::string& p) {
    out.filter = parseAccessLogFilter(n, p, d);
  });
  if (r.has("status_code")) {
    out.status = static_cast<int>(r.uint("status_code", 200, 599));
    if (*out.status < 200) {
      r.error("status_code", code::kWrongValue, "a status here is from 200 to 599");
    }
  }
  r.message("body",
            [&](const TreeNode& n, const std::string& p) { out.body = parseDataSource(n, p, d); });
  r.message("body_format_override", [&](const TreeNode& n, const std::string& p) {
    out.format = parseFormatString(n, p, d, true);
  });
  r.list("headers_to_add", [&](const TreeNode& n, const std::string& p) {
    out.headers_to_add.push_back(parseHeaderOption(n, p, d));
  });
  return out;
}

}  // namespace

std::shared_ptr<const LocalReplyConfig> parseLocalReplies(const TreeNode& node,
                                                          const std::string& path, Diagnostics& d) {
  auto out = std::make_shared<LocalReplyConfig>();
  Reader r(node, path,
           "envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig", d);
  r.list("mappers", [&](const TreeNode& n, const std::string& p) {
    out->mappers.push_back(parseMapper(n, p, d));
  });
  r.message("body_format", [&](const TreeNode& n, const std::string& p) {
    out->format = parseFormatString(n, p, d, true);
  });
  return out;
}

}  // namespace convoy::config
