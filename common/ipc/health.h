// health: the payload of the Health message, with which the master tells its workers, at any time,
// what became of the last /healthcheck/fail or ok: {"failed": true}. While it is true each answer
// asks its client to leave.
#pragma once

#include <string>

namespace convoy::ipc {

std::string healthMessage(bool failed);
bool fromHealthMessage(const std::string& text, bool* failed);

}  // namespace convoy::ipc
