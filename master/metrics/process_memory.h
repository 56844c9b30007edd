// process_memory: how much memory a process uses, read from /proc/<pid>/status. Master only.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace convoy::master {

struct ProcessMemory {
  uint64_t resident = 0;   // VmRSS: bytes in physical memory
  uint64_t anonymous = 0;  // RssAnon: heap and stacks among them
  uint64_t data = 0;       // VmData: writable address space reserved
};

// Zeros for a process that has ended. pid 0: this one.
ProcessMemory memoryOf(pid_t pid);

}  // namespace convoy::master
