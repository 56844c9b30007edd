#include "master/admin/process_usage.h"

#include <array>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

#include "common/base/text.h"
#include "common/base/unique_fd.h"

namespace convoy::master {

namespace {

// All of a small file of /proc.
size_t readProc(pid_t pid, const char* name, std::array<char, 4096>& buffer) {
  const std::string who = pid == 0 ? "self" : std::to_string(pid);
  base::UniqueFd fd(::open(("/proc/" + who + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t n = fd.valid() ? ::read(fd.get(), buffer.data(), buffer.size()) : 0;
  return n > 0 ? static_cast<size_t>(n) : 0;
}

}  // namespace

ProcessUsage usageOf(pid_t pid) {
  std::array<char, 4096> buffer;
  std::string_view text(buffer.data(), readProc(pid, "stat", buffer));
  // The name in parentheses may have spaces and parentheses of its own.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return {};
  const auto fields = base::split(text.substr(name_end + 2), ' ');
  // proc(5): state is field 3, utime 14, stime 15, rss 24 (in pages).
  if (fields.size() < 22) return {};
  const auto number = [&](size_t field) { return base::parseUint(fields[field - 3]).value_or(0); };
  static const auto kTicks = static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  static const auto kPage = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return {(number(14) + number(15)) * 1000 / kTicks, number(24) * kPage};
}

uint64_t proportionalBytesOf(pid_t pid) {
  std::array<char, 4096> buffer;
  const std::string_view text(buffer.data(), readProc(pid, "smaps_rollup", buffer));
  const size_t at = text.find("\nPss:");
  if (at == std::string_view::npos) return 0;
  std::string_view line = text.substr(at + 5);
  line = base::trimOws(line.substr(0, line.find('\n')));
  return base::parseUint(line.substr(0, line.find(' '))).value_or(0) * 1024;
}

}  // namespace convoy::master
