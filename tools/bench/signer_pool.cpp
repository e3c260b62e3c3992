#include "tools/bench/signer_pool.hpp"

namespace troupe::tools {

SignerPool::SignerPool(Author author,
                       MakeOperations make,
                       std::size_t ready_max,
                       std::size_t threads)
    : author_(std::move(author)), make_(std::move(make)), ready_max_(ready_max) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

SignerPool::~SignerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (auto& thread : threads_)
    thread.join();
}

Bytes SignerPool::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return !ready_.empty(); });
  Bytes transaction = std::move(ready_.front());
  ready_.pop_front();
  room_.notify_one();
  return transaction;
}

void SignerPool::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [&] { return stopping_ || ready_.size() < ready_max_; });
      if (stopping_) return;
    }
    Bytes encoded = to_bytes(make_transaction(author_, make_(next_number_++), height_).encoded());
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(encoded));
    arrived_.notify_one();
  }
}

}  // namespace troupe::tools
