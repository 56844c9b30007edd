// health: the message with which the master tells its workers, at any time, what became of the last
// /healthcheck/fail or ok: {"failed": true}. While it is true each answer asks its client to leave.
#pragma once

#include <string>

#include "common/ipc/messages.h"

namespace convoy::ipc {

// After the numbers of messages.h, before those of the other direction (knownMessageType).
inline constexpr MessageType kHealth{25};
static_assert(kHealth > MessageType::TicketKeys && kHealth < MessageType::Hello);

std::string healthMessage(bool failed);
bool fromHealthMessage(const std::string& text, bool* failed);

}  // namespace convoy::ipc
