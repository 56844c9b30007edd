#include "common/http/h1_writer.h"

#include <gtest/gtest.h>

namespace convoy::http {
namespace {

TEST(HeaderNames, ProperCaseBeginsEachWordWithACapital) {
  RequestHead head;
  head.method_name = "GET";
  head.path = "/lower:case";
  head.authority = "a.test";
  head.headers.add("x-b3-traceid", "value: x-y");
  head.headers.add("etag", "1");
  head.body = BodyKind::Length;
  std::string out;
  appendRequestHead(head, out, true);
  EXPECT_EQ(out,
            "GET /lower:case HTTP/1.1\r\nHost: a.test\r\nX-B3-Traceid: value: x-y\r\nEtag: 1\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(HeaderNames, OfAnAnswerToo) {
  ResponseHead head;
  head.headers.add("content-type", "text/plain");
  head.body = BodyKind::Chunked;
  std::string out;
  appendResponseHead(head, {.close = true, .proper_case = true}, out);
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"
            "Connection: close\r\n\r\n");
  HeaderMap trailers;
  trailers.add("x-t", "1");
  out.clear();
  appendTrailers(trailers, out, true);
  EXPECT_EQ(out, "0\r\nX-T: 1\r\n\r\n");
}

TEST(HeaderNames, GoOnAsTheyWereSpelled) {
  const std::string sent = "GET / HTTP/1.1\r\nHOST: a\r\nX-mine: x-other\r\nSOAPAction: b\r\n\r\n";
  const std::string lower = "GET / HTTP/1.1\r\nhost: a\r\nx-mine: x-other\r\nsoapaction: b\r\n\r\n";
  RequestHead head;
  head.method_name = "GET";
  head.path = "/";
  head.authority = "a";
  head.spelling = {lower, sent.data()};
  head.headers.add("soapaction", "b");
  head.headers.add("x-mine", "x-other");
  head.headers.add("x-other", "ours");
  std::string out;
  appendRequestHead(head, out);
  EXPECT_EQ(
      out,
      "GET / HTTP/1.1\r\nHOST: a\r\nSOAPAction: b\r\nX-mine: x-other\r\nx-other: ours\r\n\r\n");
}

}  // namespace
}  // namespace convoy::http
