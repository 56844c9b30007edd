// error_pages: the page of each code of a configuration diagnostic: `convoy explain E0102` prints
// it, `make docs` writes them all to conf/docs/errors.md. The meaning is the line of
// diagnostic_codes.def; every example is loaded by a test. Constant data.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace convoy::config {

struct ErrorPage {
  std::string_view code;     // "E0102"
  std::string_view meaning;  // of diagnostic_codes.def
  std::string_view text;     // when it happens, why, what to do: paragraphs of Markdown
  std::string_view wrong;    // YAML that gets this code; "" = there is no short one
  std::string_view right;    // the same, mended; "" = there is nothing to mend
};

std::span<const ErrorPage> errorPages();                // in the order of the codes
const ErrorPage* findErrorPage(std::string_view code);  // "e0102" too
std::string errorPageText(const ErrorPage& page);       // for a terminal
std::string errorPagesMarkdown();

}  // namespace convoy::config
