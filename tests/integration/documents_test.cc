// Promise: what the documents say is what the program does: every configuration in them loads, what
// is made of the program is up to date, and what is installed is complete and can be removed again.
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"
#include "tests/fakes/other_programs.h"
#include "tests/fakes/test_certificates.h"

namespace convoy::fakes {
namespace {

std::vector<std::string> yamlIn(const std::string& file) {
  std::vector<std::string> out;
  const std::string text = readFile(file);
  for (size_t at = 0; (at = text.find("```yaml\n", at)) != std::string::npos;) {
    at += 8;
    const size_t end = text.find("```", at);
    out.push_back(text.substr(at, end - at));
    at = end + 3;
  }
  return out;
}

void replaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

TEST(Documents, EveryConfigurationInThePagesForNewcomersLoads) {
  if (const std::string why = missing("openssl"); !why.empty()) GTEST_SKIP() << why;
  const TempDir dir;
  TestCa authority;
  const TestCertificate made = authority.sign("example.org", "DNS:example.org");
  dir.write("cert.pem", made.chain_pem);
  dir.write("key.pem", made.key_pem);
  size_t loaded = 0;
  for (const char* page : {"conf/docs/from-envoy.md", "conf/docs/from-nginx-haproxy.md"}) {
    for (std::string text : yamlIn(page)) {
      replaceAll(text, "/etc/convoy/tls/", dir.path(""));
      const std::string file = dir.write(std::to_string(++loaded) + ".yaml", text);
      const Ended check = Child::run({ConvoyProcess::binary(), "check", file});
      EXPECT_EQ(check.status, 0) << page << "\n" << check.err << text;
      EXPECT_EQ(check.err.find("W0401"), std::string::npos) << check.err;
    }
  }
  EXPECT_GE(loaded, 5u);
}

TEST(Documents, WhatIsMadeOfTheProgramIsUpToDate) {
  if (const std::string why = missing("python3"); !why.empty()) GTEST_SKIP() << why;
  const Ended check =
      Child::run({findProgram("python3"), "scripts/docs.py", "--check", ConvoyProcess::binary()},
                 Millis(900000));
  EXPECT_EQ(check.status, 0) << check.out << check.err;
}

TEST(Documents, WhatIsInstalledIsCompleteAndIsRemovedAgain) {
  if (const std::string why = missing("make"); !why.empty()) GTEST_SKIP() << why;
  const TempDir dir;
  std::filesystem::create_directory(dir.path("build"));
  std::filesystem::copy_file(ConvoyProcess::binary(), dir.path("build/convoy"));
  const auto make = [&](const std::string& target) {
    return Child::run(
        {findProgram("make"), "-o", dir.path("build/convoy"), "BUILD=" + dir.path("build"),
         "DESTDIR=" + dir.path("root"), "PREFIX=/opt", target},
        Millis(60000));
  };
  const Ended installed = make("install");
  ASSERT_EQ(installed.status, 0) << installed.err;
  for (const char* file :
       {"/opt/bin/convoy", "/opt/share/man/man8/convoy.8", "/opt/share/man/man5/convoy.yaml.5",
        "/opt/lib/systemd/system/convoy.service", "/opt/lib/sysusers.d/convoy.conf",
        "/opt/share/bash-completion/completions/convoy", "/opt/share/zsh/site-functions/_convoy",
        "/opt/share/fish/vendor_completions.d/convoy.fish", "/opt/share/doc/convoy/support.md",
        "/opt/share/doc/convoy/errors.md", "/etc/convoy/convoy.yaml"}) {
    EXPECT_TRUE(std::filesystem::is_regular_file(dir.path("root") + file)) << file;
  }
  EXPECT_NE(
      readFile(dir.path("root/opt/lib/systemd/system/convoy.service")).find("/opt/bin/convoy -c"),
      std::string::npos);
  EXPECT_EQ(make("uninstall").status, 0);
  for (const auto& left : std::filesystem::recursive_directory_iterator(dir.path("root/opt"))) {
    EXPECT_TRUE(left.is_directory()) << left.path();
  }
  EXPECT_TRUE(std::filesystem::exists(dir.path("root/etc/convoy/convoy.yaml")));
}

}  // namespace
}  // namespace convoy::fakes
