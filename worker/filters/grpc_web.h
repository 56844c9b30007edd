// grpc_web: envoy.filters.http.grpc_web: lets a browser speak to a gRPC server: what it sends and
// gets is an ordinary HTTP/1 or HTTP/2 exchange whose trailers are the last frame of the body
// (the gRPC-Web protocol), in bytes or, for application/grpc-web-text, in base64. Requests of other
// types pass untouched. An answer that is not gRPC, of a proxy on the way or of our own, is told in
// grpc-status and grpc-message, which is all that such a client reads (Envoy).
#pragma once

#include <string>

#include "worker/filters/filter.h"

namespace convoy::worker {

class GrpcWebFilter final : public Filter {
 public:
  FilterStatus decodeHeaders(FilterContext& context, bool end) override;
  FilterStatus decodeData(FilterContext& context, std::string_view& data, bool end) override;
  void encodeHeaders(FilterContext& context, bool end) override;
  void encodeData(FilterContext& context, std::string_view& data, bool end) override;
  void encodeTrailers(FilterContext& context, http::HeaderMap& trailers,
                      std::string_view& data) override;
  bool seesBodies() const override { return active_; }
  bool holdsResponse() const override { return telling_; }
  void reset() override;

 private:
  void tell(FilterContext& context);
  size_t takeOfFrame(std::string_view data);
  void encode(size_t bytes);

  bool active_ = false;         // the request is gRPC-Web
  bool text_request_ = false;   // its body is base64
  bool text_response_ = false;  // and that of the answer is to be
  bool grpc_response_ = false;  // the answer is gRPC: has frames
  bool telling_ = false;        // it is not: its body becomes grpc-message
  uint8_t frame_head_ = 0;      // bytes of the current frame's head that have come
  uint32_t frame_left_ = 0;     // of its message, that have not
  std::string waiting_;  // less than a group: of digits of the request, of bytes of the answer
  std::string out_;
};

}  // namespace convoy::worker
