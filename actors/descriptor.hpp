#pragma once

#include <utility>

#include <unistd.h>

namespace troupe::actors {

/// Owns a file descriptor: closes it when it goes.
class Descriptor {
 public:
  Descriptor() = default;

  explicit Descriptor(int number) : number_(number) {}

  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}

  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  ~Descriptor() {
    if (valid()) ::close(number_);
  }

  [[nodiscard]] bool valid() const { return number_ >= 0; }

  [[nodiscard]] int get() const { return number_; }

  /// Gives the descriptor to the caller, who closes it.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

}  // namespace troupe::actors
