// modernize: `--mode upgrade`: a configuration of any age as the YAML that its author would write
// today. What load() reads as it is becomes explicit, so that a strict reader of v3 takes it too:
// enums in upper case, a typed_config for each extension, access logs as extensions. Comments are
// not kept, and files that the configuration names stay names. Master process, never a server.
#pragma once

#include <string>
#include <vector>

#include "common/config/load.h"

namespace convoy::config {

struct Modernized {
  std::string yaml;  // empty if the text is not JSON or YAML, or an old and a new form exclude
                     // each other
  std::vector<Diagnostic> diagnostics;  // of the text and its forms only; load() judges the rest
};
Modernized modernize(const std::vector<Source>& sources);

}  // namespace convoy::config
