// diagnostics: collects what is wrong or doubtful in a configuration, all of it, with places. Codes
// are stable and listed in the README. Owned by one load().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/load.h"
#include "common/config/model/core.h"

namespace convoy::config {

namespace code {
inline constexpr std::string_view kSyntax = "E0101";
inline constexpr std::string_view kUnknownField = "E0102";
inline constexpr std::string_view kWrongType = "E0103";
inline constexpr std::string_view kWrongValue = "E0104";
inline constexpr std::string_view kMissing = "E0105";
inline constexpr std::string_view kConflict = "E0106";
inline constexpr std::string_view kUnsupported = "E0201";
inline constexpr std::string_view kUnknownType = "E0202";
inline constexpr std::string_view kReference = "E0301";
inline constexpr std::string_view kDuplicate = "E0302";
inline constexpr std::string_view kOldForm = "W0401";
inline constexpr std::string_view kNoEffect = "W0402";
}  // namespace code

class Diagnostics {
 public:
  Diagnostics(const std::vector<Source>& sources, const LoadOptions& options);
  void error(Origin origin, std::string path, std::string_view code, std::string message,
             std::string help = "");
  void warning(Origin origin, std::string path, std::string_view code, std::string message,
               std::string help = "");
  void unsupported(Origin origin, std::string path, std::string message, std::string effect);
  bool failed() const { return failed_; }
  const LoadOptions& options() const { return options_; }
  // Sorted by place, each once.
  std::vector<Diagnostic> take();

 private:
  void add(Diagnostic::Level level, Origin origin, std::string path, std::string_view code,
           std::string message, std::string help);
  const std::vector<Source>& sources_;
  LoadOptions options_;
  std::vector<Diagnostic> all_;
  bool failed_ = false;
};

// The nearest of `known` if it is near enough to be a slip of the hand; "" otherwise.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace convoy::config
