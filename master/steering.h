// steering: which sockets of an SO_REUSEPORT group the kernel gives new connections to. A classic
// BPF program, attached to the group, draws one of the first `active` members in the order in which
// they began to listen; what it returns beyond the group's size falls back to the kernel's hash, so
// no connection is ever lost to it. Closing a member loses what the kernel was giving to it, so
// sockets that are too many are steered around and stay open. Needs no capability. System calls
// only; keeps nothing.
#pragma once

#include <cstdint>

#include "common/base/result.h"

namespace convoy::master {

// New connections of the group that `fd` belongs to go to its first `active` members, evenly.
base::Status steerGroup(int fd, uint32_t active);
// To all members, by the kernel's hash. No program attached is no error.
void unsteerGroup(int fd);

}  // namespace convoy::master
