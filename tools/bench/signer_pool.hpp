#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/troupe/submit.hpp"

namespace troupe::tools {

/// Signs transactions ahead of their sending, so that the load does not wait for its own
/// signatures. Keeps at most `ready_max` of them: they age, for a transaction is valid for some
/// heights only.
class SignerPool {
 public:
  using MakeOperations = std::function<std::vector<ledger::Operation>(std::uint64_t number)>;

  SignerPool(Author author, MakeOperations make, std::size_t ready_max, std::size_t threads);
  SignerPool(const SignerPool&) = delete;
  SignerPool& operator=(const SignerPool&) = delete;
  ~SignerPool();

  /// From now on transactions are valid for some heights above this one.
  void set_height(std::uint64_t height) { height_ = height; }

  /// The next signed, encoded transaction; waits for it if there is none.
  [[nodiscard]] Bytes take();

 private:
  void work();

  Author author_;
  MakeOperations make_;
  std::size_t ready_max_;
  std::atomic<std::uint64_t> height_{0};
  std::atomic<std::uint64_t> next_number_{0};
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable arrived_;
  std::deque<Bytes> ready_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace troupe::tools
