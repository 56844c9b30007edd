// validate: what only the whole configuration shows: names that refer to nothing, names and
// addresses given twice, domains that two virtual hosts claim. Runs after parse; both processes.
#pragma once

#include "common/config/diagnostics.h"
#include "common/config/model/bootstrap.h"

namespace convoy::config {

void validate(const Bootstrap& bootstrap, Diagnostics& d);

}  // namespace convoy::config
