// process_memory: how much memory a process keeps resident, read from /proc/<pid>/status. Master
// only.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace convoy::master {

// VmRSS in bytes; zero for a process that has ended. pid 0: this one.
uint64_t residentOf(pid_t pid);

}  // namespace convoy::master
