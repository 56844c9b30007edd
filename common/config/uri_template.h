// uri_template: the path patterns of envoy.path.match.uri_template ("/videos/{id}/*.m4s",
// "/{lang=*}/**") as regular expressions, and the rewrites that refer to their variables. A "*" is
// one segment or a part of one, "**" any number of segments and only the last operator. Used when
// a configuration is loaded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace convoy::config {

struct UriTemplate {
  std::string regex;                   // of the whole path; a group per variable
  std::vector<std::string> variables;  // in order
};

base::Result<UriTemplate> parseUriTemplate(std::string_view pattern);
// "/new/{id}" -> "/new/\1".
base::Result<std::string> uriSubstitution(std::string_view rewrite,
                                          const std::vector<std::string>& variables);

}  // namespace convoy::config
