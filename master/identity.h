// identity: the user and group the workers become, from "NAME[:GROUP]" or numbers. Pure look-up;
// the worker itself changes, once all its descriptors have come. Master.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"

namespace convoy::master {

struct Identity {
  int64_t uid = -1, gid = -1;  // -1 = stay
};

// A user without a group gets its primary one; a bare number that no user has, the same group
// number.
base::Result<Identity> lookUpIdentity(const std::string& text);

}  // namespace convoy::master
