#include "master/metrics/process_memory.h"

#include <array>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

#include "common/base/text.h"
#include "common/base/unique_fd.h"

namespace convoy::master {

namespace {

// The line "VmRSS:	    1234 kB" in bytes.
uint64_t field(std::string_view text, std::string_view name) {
  size_t at = text.find(name);
  if (at == std::string_view::npos) return 0;
  std::string_view line = text.substr(at + name.size());
  line = base::trimOws(line.substr(0, line.find('\n')));
  auto kilobytes = base::parseUint(line.substr(0, line.find(' ')));
  return kilobytes.value_or(0) * 1024;
}

}  // namespace

uint64_t residentOf(pid_t pid) {
  const std::string who = pid == 0 ? "self" : std::to_string(pid);
  base::UniqueFd fd(::open(("/proc/" + who + "/status").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 8192> buffer;
  const ssize_t n = fd.valid() ? ::read(fd.get(), buffer.data(), buffer.size()) : 0;
  if (n <= 0) return 0;
  const std::string_view text(buffer.data(), static_cast<size_t>(n));
  return field(text, "\nVmRSS:");
}

}  // namespace convoy::master
