#include "master/identity.h"

#include <grp.h>
#include <pwd.h>

#include "common/base/text.h"

namespace convoy::master {
namespace {

base::Error unknown(const char* what, const std::string& name) {
  return base::Error::make(base::ErrorKind::NotFound,
                           std::string("--user: there is no ") + what + " \"" + name + "\"",
                           base::Side::Operator);
}

}  // namespace

base::Result<Identity> lookUpIdentity(const std::string& text) {
  Identity out;
  if (text.empty()) return out;
  const size_t colon = text.find(':');
  const std::string user = text.substr(0, colon);
  const auto number = base::parseUint(user);
  const passwd* entry = number ? ::getpwuid(static_cast<uid_t>(*number)) : ::getpwnam(user.c_str());
  if (entry != nullptr) {
    out.uid = entry->pw_uid;
    out.gid = entry->pw_gid;
  } else if (number && *number < 0xffffffffu) {
    out.uid = out.gid = static_cast<int64_t>(*number);
  } else {
    return unknown("user", user);
  }
  if (colon == std::string::npos) return out;
  const std::string group = text.substr(colon + 1);
  if (const auto gid = base::parseUint(group); gid && *gid < 0xffffffffu) {
    out.gid = static_cast<int64_t>(*gid);
  } else if (const struct group* found = ::getgrnam(group.c_str()); found != nullptr) {
    out.gid = found->gr_gid;
  } else {
    return unknown("group", group);
  }
  return out;
}

}  // namespace convoy::master
