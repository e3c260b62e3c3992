#pragma once

#include <utility>
#include <variant>

#include "protocol/base/invariant.hpp"

namespace troupe {

/// Wraps an error so that Result<T, E> can be built from it even where T and E are alike.
template <class E>
struct Failure {
  E error;
};

template <class E>
[[nodiscard]] Failure<E> failure(E error) {
  return Failure<E>{std::move(error)};
}

/// Either a value or the reason why there is none: what every function returns that takes bytes,
/// text or messages from outside. Asking for the absent one is a bug of ours and aborts.
template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Failure<E> failure)                                               // NOLINT(google-explicit-constructor)
      : content_(std::in_place_index<1>, std::move(failure.error)) {}

  [[nodiscard]] bool ok() const { return content_.index() == 0; }

  explicit operator bool() const { return ok(); }

  [[nodiscard]] const T& value() const& {
    INVARIANT(ok());
    return *std::get_if<0>(&content_);
  }

  [[nodiscard]] T& value() & {
    INVARIANT(ok());
    return *std::get_if<0>(&content_);
  }

  [[nodiscard]] T&& value() && {
    INVARIANT(ok());
    return std::move(*std::get_if<0>(&content_));
  }

  [[nodiscard]] const E& error() const {
    INVARIANT(!ok());
    return *std::get_if<1>(&content_);
  }

  const T& operator*() const& { return value(); }

  T& operator*() & { return value(); }

  const T* operator->() const { return &value(); }

  T* operator->() { return &value(); }

 private:
  std::variant<T, E> content_;
};

/// The value of a Result that carries none.
struct Done {
  friend bool operator==(const Done&, const Done&) = default;
};

}  // namespace troupe
