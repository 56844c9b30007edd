// grpc_bridge: envoy.filters.http.grpc_http1_bridge: lets an HTTP/1 client that knows no trailers
// make unary gRPC calls: the answer is held until its trailers have come, which go into its head:
// grpc-status, grpc-message, and 503 in place of 200 if the call failed. With
// upgrade_protobuf_to_grpc the client sends and gets bare messages (application/x-protobuf), and
// the frame round each is ours. Not for calls over HTTP/2.
#pragma once

#include <string>

#include "worker/filters/filter.h"

namespace convoy::worker {

class GrpcBridgeFilter final : public Filter {
 public:
  explicit GrpcBridgeFilter(const config::HttpFilter& config)
      : settings_(std::get<config::GrpcBridgeFilter>(*config.settings)) {}
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  FilterStatus onWaiting(FilterContext& context, uint64_t bytes, bool end) override;
  uint64_t keepsBytes() const override { return most_; }
  FilterStatus decodeData(FilterContext& context, std::string_view& data, bool end) override;
  void encodeHeaders(FilterContext& context, bool end) override;
  void encodeData(FilterContext& context, std::string_view& data, bool end) override;
  void encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                      std::string_view& data) override;
  bool seesBodies() const override { return bridging_; }
  bool holdsResponse() const override { return holding_; }
  void reset() override;

 private:
  // More of a large answer's memory does not stay with the stream.
  static constexpr size_t kKeptBytes = 64 * 1024;

  const config::GrpcBridgeFilter& settings_;
  bool bridging_ = false;       // a call over HTTP/1
  bool unframed_ = false;       // its request is a bare message
  bool strip_frame_ = false;    // and so is its answer to be
  bool holding_ = false;        // the answer
  uint64_t most_ = 0;           // of a message that is held
  uint64_t message_bytes_ = 0;  // of the request, whose frame has not been written
  std::string held_;
};

}  // namespace convoy::worker
