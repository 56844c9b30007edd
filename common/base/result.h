// Result<T> and Error: how every function says that the outside world (a peer, a file, a system
// call, a library, an operator) failed. Plain values, any process. Convoy throws no exceptions:
// those of third-party libraries are caught where the library is fenced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace convoy::base {

enum class ErrorKind : uint8_t {
  InvalidArgument,  // the input is wrong and will stay wrong
  NotFound,
  Unsupported,  // valid, but Convoy does not do it
  Protocol,     // a peer broke the rules of its protocol
  Timeout,
  Refused,
  Closed,
  Io,         // a system call failed
  Exhausted,  // a limit was reached
  Internal,
};

// Who caused it: decides blame in logs and, for requests, between 4xx and 5xx.
enum class Side : uint8_t { Internal, Downstream, Upstream, Operator };

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  Side side = Side::Internal;
  bool retryable = false;
  std::string context;  // for people: what, where, why, what to do

  static Error make(ErrorKind kind, std::string context, Side side = Side::Internal) {
    return Error{kind, side, false, std::move(context)};
  }
  // "context: strerror(err)", kind Io.
  static Error fromErrno(int err, const std::string& context);
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(implicit)
  Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(implicit)

  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // REQUIRES: ok().
  T& value() & { return std::get<0>(v_); }
  const T& value() const& { return std::get<0>(v_); }
  T&& value() && { return std::get<0>(std::move(v_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // REQUIRES: !ok().
  const Error& error() const { return std::get<1>(v_); }

 private:
  std::variant<T, Error> v_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(implicit)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace convoy::base
