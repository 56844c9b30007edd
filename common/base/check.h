// CHECK: cannot go on, die with a message (the master restarts a worker). DCHECK: an invariant,
// compiled out of release builds (-DNDEBUG). Never CHECK on bytes that came from a socket.
#pragma once

namespace convoy::base {
[[noreturn]] void checkFailed(const char* file, int line, const char* expression);
}

#define CHECK(expr)                                           \
  do {                                                        \
    if (!(expr)) [[unlikely]]                                 \
      ::convoy::base::checkFailed(__FILE__, __LINE__, #expr); \
  } while (0)

#ifdef NDEBUG
#define DCHECK(expr) static_cast<void>(0)
#else
#define DCHECK(expr) CHECK(expr)
#endif
