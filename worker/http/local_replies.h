// local_replies: what local_reply_config makes of an answer that Convoy gives itself: the first
// mapper whose filter matches says status, body and fields; a format says how the body looks
// (Envoy: local_reply/local_reply.cc). Owned by the HttpManager, of connection managers that have
// one; the model outlives it. Worker loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/arena.h"
#include "common/base/random.h"
#include "common/config/model/local_reply.h"
#include "common/http/header_map.h"
#include "worker/access_log/filter.h"
#include "worker/record.h"

namespace convoy::worker {

class LocalReplies {
 public:
  explicit LocalReplies(const config::LocalReplyConfig& config);

  // `head`: the answer with its status and fields, but without what describes its body; it is
  // record.response, and the status is the record's. Changes them; returns the body, with its
  // content-type in `head` where it is a new one. What is made lives in `arena`.
  std::string_view rewrite(const FormatContext& context, base::Random& random, base::Arena& arena,
                           Record& record, http::ResponseHead& head, std::string_view body) const;

  // `format` over `body` (LOCAL_REPLY_BODY), and its content-type.
  static std::string_view make(const config::FormatString& format, const FormatContext& context,
                               base::Arena& arena, Record& record, std::string_view body);
  static std::string_view contentType(const config::FormatString& format);

 private:
  struct Mapper {
    const config::ResponseMapper* config;
    LogFilter filter;
  };
  const config::LocalReplyConfig& config_;
  std::vector<Mapper> mappers_;
};

}  // namespace convoy::worker
