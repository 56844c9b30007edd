#include "master/host_book.h"

#include <gtest/gtest.h>

namespace convoy::master {
namespace {

ipc::HostStatsToldPayload told(uint64_t answers) {
  ipc::HostNumbers numbers;
  numbers.active = 1;
  numbers.rq_success = answers;
  return {{{0, "a:1", numbers}}};
}

TEST(HostBook, SumsOverWorkersWhatEachSaidLast) {
  HostBook book;
  EXPECT_EQ(book.find(0, "a:1"), nullptr);
  book.note(1, 0, told(5));
  book.note(1, 1, told(7));
  book.note(1, 0, told(6));
  ASSERT_NE(book.find(0, "a:1"), nullptr);
  EXPECT_EQ(book.find(0, "a:1")->answers(), 13u);
  EXPECT_EQ(book.find(0, "a:1")->active, 2u);
  EXPECT_EQ(book.find(1, "a:1"), nullptr);
}

TEST(HostBook, AnotherGenerationBeginsAnewAndLateWordsOfTheOldDoNotCount) {
  HostBook book;
  book.note(1, 0, told(5));
  book.note(2, 0, told(1));
  book.note(1, 1, told(100));
  EXPECT_EQ(book.find(0, "a:1")->answers(), 1u);
}

}  // namespace
}  // namespace convoy::master
