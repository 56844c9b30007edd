#include "common/base/build_info.h"

#ifndef CONVOY_REVISION
#define CONVOY_REVISION "0000000000000000000000000000000000000000"
#endif

namespace convoy::base {

const char* buildRevision() {
  return CONVOY_REVISION;
}

}  // namespace convoy::base
