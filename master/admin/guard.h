// guard: keeps web pages of other sites from using an operator's browser to change the state of the
// server. Two attacks: a form or script of another site that posts to the admin address (it carries
// Origin or Sec-Fetch-Site), and DNS rebinding, where a name of the attacker resolves to us (it
// carries that name in Host). Programs such as curl, kubelet and Prometheus send neither. Only
// requests that change state are judged: a page cannot read the answers to the others.
#pragma once

#include <string>
#include <string_view>

#include "master/admin/message.h"

namespace convoy::master {

// "" if the request may change state; else the reason, for people.
std::string refusalOf(const AdminRequest& request);

// An IP address, a name without dots, or a name under localhost, local, internal, svc or the name
// of this machine: names that nobody outside can make resolve to us. Always with an optional port.
bool isTrustedHost(std::string_view authority);

}  // namespace convoy::master
