// process_usage: what a process has taken of the machine so far, from /proc. Master only.
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace convoy::master {

struct ProcessUsage {
  uint64_t cpu_ms = 0;    // user and system, since its start
  uint64_t resident = 0;  // bytes, pages that it shares with others included
};

// Zeros for a process that has ended. pid 0: this one.
ProcessUsage usageOf(pid_t pid);
// Proportional set size: pages shared by n processes count 1/n. 0 if the kernel does not say. It
// walks the page tables, which takes milliseconds for a large process.
uint64_t proportionalBytesOf(pid_t pid);

}  // namespace convoy::master
