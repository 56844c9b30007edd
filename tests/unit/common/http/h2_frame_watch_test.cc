#include "common/http/h2_frame_watch.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/h2_client.h"

namespace convoy::http {
namespace {

using fakes::h2Frame;

struct Watched {
  std::set<int32_t> open;
  H2FrameWatch watch{4};
  std::vector<int32_t> found;
  std::vector<size_t> at;

  // One read; what is found is passed over.
  void read(std::string_view bytes) {
    watch.readBegins();
    size_t done = 0;
    while (done < bytes.size()) {
      H2FrameWatch::DataHead head;
      done += watch.next(
          bytes.substr(done), [this](int32_t id) { return open.count(id) != 0; }, head);
      if (head.stream == 0) continue;
      found.push_back(head.stream);
      at.push_back(done);
    }
    EXPECT_EQ(done, bytes.size());
  }
};

TEST(H2FrameWatch, FindsDataOnAStreamThatIsNotOpen) {
  Watched watched;
  watched.open = {1};
  const std::string first = "PRI!" + h2Frame(0, 0, 1, "abc") + h2Frame(6, 0, 0, "12345678");
  watched.read(first + h2Frame(0, 1, 3, "x") + h2Frame(0, 0, 1, "yy"));
  EXPECT_EQ(watched.found, (std::vector<int32_t>{3}));
  EXPECT_EQ(watched.at, (std::vector<size_t>{first.size() + 9})) << "behind its head";
}

TEST(H2FrameWatch, FindsDataBehindTheEndOfItsStreamInOneRead) {
  for (const std::string& end :
       {h2Frame(3, 0, 1, "1234"), h2Frame(0, 1, 1, "last"), h2Frame(1, 5, 1, "head")}) {
    Watched watched;
    watched.open = {1, 3};
    watched.read("PRI!" + end + h2Frame(0, 0, 3, "x") + h2Frame(0, 0, 1, ""));
    EXPECT_EQ(watched.found, (std::vector<int32_t>{1}));
    watched.read(h2Frame(0, 0, 1, ""));
    EXPECT_EQ(watched.found.size(), 1u) << "whether it is open is known by now";
  }
}

TEST(H2FrameWatch, EveryOctetMayComeAlone) {
  Watched watched;
  watched.open = {1};
  const std::string wire = "PRI!" + h2Frame(0, 0, 1, "abc") + h2Frame(0, 0, 5, "") +
                           h2Frame(9, 1, 7, "x") + h2Frame(0, 0, 7, "x");
  for (const char octet : wire) watched.read({&octet, 1});
  EXPECT_EQ(watched.found, (std::vector<int32_t>{5, 7}));
}

}  // namespace
}  // namespace convoy::http
