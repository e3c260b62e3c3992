#include "actors/receive_credit.hpp"

#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::actors {

class ReceiveCredit::Credit {
 public:
  Credit(std::shared_ptr<Book> book, std::size_t bytes) : book_(std::move(book)), bytes_(bytes) {
    book_->outstanding.fetch_add(bytes_);
  }

  Credit(const Credit&) = delete;
  Credit& operator=(const Credit&) = delete;

  ~Credit() { book_->give_back(bytes_); }

 private:
  std::shared_ptr<Book> book_;
  std::size_t bytes_;
};

void ReceiveCredit::Book::give_back(std::size_t bytes) {
  const auto before = outstanding.fetch_sub(bytes);
  INVARIANT(before >= bytes);
  if (before - bytes <= bytes_max / 2 && waiting.exchange(false)) wake();
}

std::shared_ptr<const void> ReceiveCredit::draw(std::size_t bytes) {
  return std::make_shared<const Credit>(book_, bytes);
}

bool ReceiveCredit::must_wait() {
  if (book_->outstanding.load() < book_->bytes_max) return false;
  book_->waiting.store(true);
  // Whoever gave back before the line above has not seen the flag: look once more.
  if (book_->outstanding.load() > book_->bytes_max / 2) return true;
  return !book_->waiting.exchange(false);
}

}  // namespace troupe::actors
