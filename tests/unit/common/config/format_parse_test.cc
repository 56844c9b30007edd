#include <string>

#include <gtest/gtest.h>

#include "common/config/format_operators.h"
#include "common/config/model/format.h"

namespace convoy::config {
namespace {

Format parsed(const std::string& source) {
  auto format = parseFormat(source);
  EXPECT_TRUE(format.ok()) << (format.ok() ? "" : format.error().context);
  return format.ok() ? format.value() : Format{};
}

std::string errorOf(const std::string& source) {
  auto format = parseFormat(source);
  EXPECT_FALSE(format.ok()) << source;
  return format.ok() ? "" : format.error().context;
}

TEST(FormatParse, PlainTextIsOneLiteral) {
  const Format format = parsed("hello\n");
  ASSERT_EQ(format.parts.size(), 1u);
  EXPECT_EQ(format.parts[0].text, "hello\n");
  EXPECT_TRUE(format.isLiteral());
}

TEST(FormatParse, EmptyTextIsALiteralWithoutParts) {
  EXPECT_TRUE(parsed("").parts.empty());
  EXPECT_TRUE(parsed("").isLiteral());
}

TEST(FormatParse, TwoPercentSignsAreOneAndJoinTheirNeighbours) {
  const Format format = parsed("100%% of %%");
  ASSERT_EQ(format.parts.size(), 1u);
  EXPECT_EQ(format.parts[0].text, "100% of %");
}

TEST(FormatParse, HeaderNamesAreLoweredAndTheAlternativeIsKept) {
  const Format format = parsed("%REQ(X-Envoy-Original-Path?:PATH):12%");
  ASSERT_EQ(format.parts.size(), 1u);
  EXPECT_EQ(format.parts[0].op, FormatOp::RequestHeader);
  EXPECT_EQ(format.parts[0].text, "x-envoy-original-path");
  EXPECT_EQ(format.parts[0].alternative, ":path");
  EXPECT_EQ(format.parts[0].max_length, 12);
}

TEST(FormatParse, LongAndShortSpellingsMeanTheSame) {
  EXPECT_EQ(parsed("%REQUEST_HEADER(a)%").parts[0].op, FormatOp::RequestHeader);
  EXPECT_EQ(parsed("%RESP(a)%").parts[0].op, FormatOp::ResponseHeader);
  EXPECT_EQ(parsed("%RESPONSE_HEADER(a)%").parts[0].op, FormatOp::ResponseHeader);
  EXPECT_EQ(parsed("%TRAILER(a)%").parts[0].op, FormatOp::ResponseTrailer);
  EXPECT_EQ(parsed("%RESPONSE_TRAILER(a)%").parts[0].op, FormatOp::ResponseTrailer);
}

TEST(FormatParse, CommonDurationTakesTwoPointsAndAUnit) {
  const FormatPart part = parsed("%COMMON_DURATION(DS_RX_BEG:US_TX_END:us)%").parts[0];
  EXPECT_EQ(part.op, FormatOp::CommonDuration);
  EXPECT_EQ(part.text, std::string({static_cast<char>(TimePoint::DownstreamRxBegin),
                                    static_cast<char>(TimePoint::UpstreamTxEnd),
                                    static_cast<char>(TimeUnit::Microseconds)}));
  EXPECT_NE(errorOf("%COMMON_DURATION(DS_RX_BEG:US_CX_END:us)%").find("\"US_CX_END\""),
            std::string::npos);
  EXPECT_NE(errorOf("%COMMON_DURATION(DS_RX_BEG:DS_TX_END:s)%").find("ms, us or ns"),
            std::string::npos);
  EXPECT_NE(errorOf("%COMMON_DURATION(DS_RX_BEG)%").find("from:to:unit"), std::string::npos);
}

TEST(FormatParse, TimeFormatsMayHoldPercentAndParentheses) {
  const Format format = parsed("%START_TIME(%Y/%m/%d (%s.%3f))% %PROTOCOL%");
  ASSERT_EQ(format.parts.size(), 3u);
  EXPECT_EQ(format.parts[0].text, "%Y/%m/%d (%s.%3f)");
  EXPECT_EQ(format.parts[2].op, FormatOp::Protocol);
}

TEST(FormatParse, OperatorsOfAbsentFeaturesAreUnset) {
  for (const char* source : {"%DYNAMIC_METADATA(com.test:key):10%", "%FILTER_STATE(a:PLAIN)%",
                             "%TRACE_ID%", "%UPSTREAM_METADATA([\"ns\", \"key\"])%"}) {
    const Format format = parsed(source);
    ASSERT_EQ(format.parts.size(), 1u) << source;
    EXPECT_EQ(format.parts[0].op, FormatOp::Unset) << source;
  }
}

TEST(FormatParse, TheDefaultFormatHasEnvoysOperators) {
  const Format format = parsed(kDefaultAccessLogFormat);
  size_t operators = 0;
  for (const FormatPart& part : format.parts) operators += part.op != FormatOp::Literal ? 1 : 0;
  EXPECT_EQ(operators, 15u);
  EXPECT_EQ(format.parts.back().text, "\"\n");
}

TEST(FormatParse, AnUnknownOperatorIsNamedWithItsOffsetAndItsNearestNeighbour) {
  const std::string error = errorOf("abc %RESPONSE_CDOE%");
  EXPECT_NE(error.find("offset 4"), std::string::npos) << error;
  EXPECT_NE(error.find("\"RESPONSE_CDOE\""), std::string::npos) << error;
  EXPECT_NE(error.find("did you mean \"RESPONSE_CODE\"?"), std::string::npos) << error;
}

TEST(FormatParse, AnOperatorOfEnvoyThatConvoyLacksSaysSo) {
  auto format = parseFormat("%UPSTREAM_HEADER_BYTES_SENT%");
  ASSERT_FALSE(format.ok());
  EXPECT_EQ(format.error().kind, base::ErrorKind::Unsupported);
  EXPECT_NE(format.error().context.find("not supported"), std::string::npos);
}

TEST(FormatParse, EveryUnbalancedPercentIsAnError) {
  for (const char* source : {"%", "a % b", "%PROTOCOL", "%REQ(a%", "%REQ(a)", "%REQ(a):%", "50%",
                             "%REQ(a):x%", "%protocol%", "%PROTOCOL%%PROTOCOL"}) {
    EXPECT_NE(errorOf(source).find("offset"), std::string::npos) << source;
  }
}

TEST(FormatParse, WrongFormsAreErrors) {
  for (const char* source :
       {"%REQ%", "%REQ()%", "%REQ(a?b?c)%", "%REQ(a b)%", "%REQ(a?)%", "%PROTOCOL(x)%",
        "%PROTOCOL:3%", "%START_TIME(%n)%", "%START_TIME(a\nb)%", "%REQ(a):99999999999999999999%",
        "%PATH(XX)%", "%PATH(NQ:NONE)%", "%ENVIRONMENT%"}) {
    EXPECT_FALSE(errorOf(source).empty()) << source;
  }
}

TEST(FormatParse, PathHasEnvoysDefaults) {
  const Format format = parsed("%PATH%%PATH(NQ:PATH):3%");
  EXPECT_EQ(format.parts[0].text, "WQ");
  EXPECT_EQ(format.parts[0].alternative, "ORIG_OR_PATH");
  EXPECT_EQ(format.parts[1].text, "NQ");
  EXPECT_EQ(format.parts[1].alternative, "PATH");
  EXPECT_EQ(format.parts[1].max_length, 3);
}

TEST(FormatParse, AFarNameGetsNoSuggestion) {
  EXPECT_EQ(nearestOperator("QQQQQQQQQQQQ"), "");
  EXPECT_EQ(nearestOperator("DURATON"), "DURATION");
  EXPECT_EQ(nearestOperator(std::string(4096, 'A')), "");
}

}  // namespace
}  // namespace convoy::config
