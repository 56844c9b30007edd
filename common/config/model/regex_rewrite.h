// model/regex_rewrite: type.matcher.v3.RegexMatchAndSubstitute.
#pragma once

#include <memory>
#include <string>

#include "common/base/matcher.h"

namespace convoy::config {

struct RegexRewrite {
  std::shared_ptr<const base::Regex> regex;
  std::string substitution;  // \0..\9
};

}  // namespace convoy::config
