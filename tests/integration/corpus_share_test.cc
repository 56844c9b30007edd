// Promise: `make corpus CORPUS=dir` says how many of one's configurations load, and for each other
// what keeps it from loading.
#include <gtest/gtest.h>

#include "tests/fakes/convoy_process.h"

namespace convoy::fakes {
namespace {

Ended share(const TempDir& dir) {
  return Child::run({"/usr/bin/python3", "scripts/corpus_share.py", "--binary",
                     ConvoyProcess::binary(), dir.path("")});
}

TEST(CorpusShare, LoadedFilesAreCountedAndBlockedOnesExplained) {
  const TempDir dir;
  dir.write("good.yaml", Config(8001).http(8080, Config::direct(200, "ok")).text());
  dir.write("known.yaml", "dynamic_resources: {ads_config: {}}\n");
  dir.write("slip.json", R"({"admin": {"adress": {}}, "dynamic_resources": {"ads_config": {}}})");
  dir.write("README.md", "no configuration\n");

  const Ended told = share(dir);

  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_TRUE(
      told.out.ends_with("1 of 3 configurations load (33 %); 0 of them with stand-ins for "
                         "files their authors did not publish\n"))
      << told.out;
  EXPECT_NE(told.out.find("known.yaml: Bootstrap.dynamic_resources\n"), std::string::npos)
      << told.out;
  EXPECT_NE(told.out.find("E0102 unknown field Admin.adress"), std::string::npos) << told.out;
  // Alone it unlocks one file of the two that it blocks.
  EXPECT_NE(told.out.find("     1      2  Bootstrap.dynamic_resources\n"), std::string::npos)
      << told.out;
}

TEST(CorpusShare, AFolderWithoutConfigurationsIsAnError) {
  const TempDir dir;

  const Ended told = share(dir);

  EXPECT_EQ(told.status, 1);
  EXPECT_NE(told.err.find("holds no configuration"), std::string::npos) << told.err;
}

}  // namespace
}  // namespace convoy::fakes
