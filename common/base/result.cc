#include "common/base/result.h"

#include <cstring>

namespace convoy::base {

Error Error::fromErrno(int err, const std::string& context) {
  return Error{ErrorKind::Io, Side::Internal, false, context + ": " + std::strerror(err)};
}

}  // namespace convoy::base
