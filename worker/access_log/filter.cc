#include "worker/access_log/filter.h"

#include <algorithm>
#include <charconv>

#include "common/base/text.h"
#include "worker/access_log/grpc_status.h"
#include "worker/http/local_reply.h"
#include "worker/route/match_predicates.h"

namespace convoy::worker {

namespace {

using config::AccessLogFilter;
using Kind = AccessLogFilter::Kind;

uint32_t bitsOf(const std::vector<std::string>& names) {
  uint32_t bits = 0;
  for (unsigned i = 0; i < static_cast<unsigned>(Flag::Count); ++i) {
    const std::string_view name = flagShort(static_cast<Flag>(i));
    if (std::find(names.begin(), names.end(), name) != names.end()) bits |= 1u << i;
  }
  return bits;
}

// The number that every proxy on a request's way reads out of its x-request-id, so that all of them
// log the same requests.
bool numberOf(const http::RequestHead* request, uint64_t& out) {
  const std::string_view* id =
      request == nullptr ? nullptr : request->headers.find(http::HeaderId::XRequestId);
  if (id == nullptr || id->size() < 8) return false;
  const auto [end, error] = std::from_chars(id->data(), id->data() + 8, out, 16);
  return error == std::errc() && end == id->data() + 8;
}

// Now, of a request that is still under way.
uint64_t endOf(const FormatContext& context) {
  const uint64_t end = context.record.end_us;
  return end != 0 ? end : context.clock.monotonicUs();
}

}  // namespace

LogFilter::LogFilter(const AccessLogFilter& config) : config_(config) {
  flags_ = config.flags.empty() ? ~0u : bitsOf(config.flags);
  parts_.reserve(config.filters.size());
  for (const AccessLogFilter& part : config.filters) parts_.emplace_back(part);
}

bool LogFilter::compare(uint64_t value) const {
  switch (config_.op) {
    case AccessLogFilter::Op::Equal:
      return value == config_.value;
    case AccessLogFilter::Op::GreaterOrEqual:
      return value >= config_.value;
    case AccessLogFilter::Op::LessOrEqual:
      return value <= config_.value;
    case AccessLogFilter::Op::NotEqual:
      return value != config_.value;
  }
  return false;
}

bool LogFilter::inShare(const Record& record, base::Random& random) const {
  uint64_t number = 0;
  if (config_.independent_randomness || !numberOf(record.request, number)) number = random.next();
  return config_.share.holdsFor(number);
}

bool LogFilter::passes(const FormatContext& context, base::Random& random) const {
  const Record& record = context.record;
  const auto holds = [&](const LogFilter& part) { return part.passes(context, random); };
  switch (config_.kind) {
    case Kind::StatusCode:
      return compare(static_cast<uint64_t>(std::max(record.status, 0)));
    case Kind::Duration:
      return compare((endOf(context) - record.start_us) / 1000);
    case Kind::NotHealthCheck:
      return !record.health_check;
    case Kind::Traceable:
      return false;  // nothing is traced; the operator was warned
    case Kind::Runtime:
      return inShare(record, random);
    case Kind::And:
      return std::all_of(parts_.begin(), parts_.end(), holds);
    case Kind::Or:
      return std::any_of(parts_.begin(), parts_.end(), holds);
    case Kind::Header:
      return record.request != nullptr && matchesHeader(config_.header, *record.request);
    case Kind::GrpcStatus: {
      // Of a request that is no gRPC, what its HTTP status comes to (Envoy).
      const auto of_call = grpcStatus(record);
      const uint64_t status =
          of_call ? *of_call : base::parseUint(grpcStatusOf(record.status)).value_or(2);
      const bool named = status < 32 && (config_.statuses & (1u << status)) != 0;
      return named != config_.exclude;
    }
    case Kind::LogType:
      return record.request != nullptr ? config_.requests : config_.connections;
    case Kind::ResponseFlag:
      return (record.flags & flags_) != 0;
  }
  return true;
}

}  // namespace convoy::worker
