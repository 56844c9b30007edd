#include "master/admin/config_dump.h"
#include "master/admin/endpoints.h"
#include "master/admin/json_text.h"

namespace convoy::master {

AdminResponse handleConfigDump(AdminContext& context, const AdminRequest& request) {
  ConfigDumpOptions options;
  if (const std::string* resource = request.param("resource")) options.resource = *resource;
  if (const std::string* mask = request.param("mask")) options.mask = *mask;
  if (const std::string* pattern = request.param("name_regex"); pattern && !pattern->empty()) {
    auto regex = base::Regex::compile(*pattern);
    if (!regex.ok()) {
      return AdminResponse::text("Error while parsing name_regex: " + regex.error().context + "\n",
                                 400);
    }
    options.name = regex.value();
  }
  options.include_eds = request.has("include_eds");
  auto dump = configDump(context, options);
  if (!dump.ok()) return AdminResponse::text(dump.error().context + "\n", 404);
  return AdminResponse::json(protoJson(dump.value()));
}

}  // namespace convoy::master
