#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

namespace troupe::test {

/// Something to be done in the context of an actor.
struct Task {
  std::function<void()> run;
};

}  // namespace troupe::test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::test::Task)

namespace troupe::test {

/// A message that came, and where its answer goes if it was a request.
struct Heard {
  caf::message what;
  caf::response_promise promise;
};

/// A question that a test took out of a stand-in, to be answered with StandIn::answer.
template <class... Ts>
struct Question {
  std::tuple<Ts...> content;
  caf::response_promise promise;

  /// What was asked beside the atom.
  template <std::size_t I = 0>
  [[nodiscard]] const auto& get() const {
    return std::get<I>(content);
  }
};

/// Plays any member of a cast: keeps every message it is sent, in order, and answers nothing until
/// the test tells it what to answer.
class StandIn {
 public:
  explicit StandIn(caf::actor_system& system);

  /// As the member that it plays.
  template <class Handle>
  [[nodiscard]] Handle as() const {
    return caf::actor_cast<Handle>(actor_);
  }

  [[nodiscard]] const caf::actor& actor() const { return actor_; }

  /// How many messages of exactly these types are there.
  template <class... Ts>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::count_if(log_->begin(), log_->end(), is<Ts...>));
  }

  /// Of all messages of an atom and a content: the contents, oldest first.
  template <class Atom, class Content>
  [[nodiscard]] std::vector<Content> all() const {
    std::vector<Content> found;
    for (const Heard& heard : *log_) {
      if (is<Atom, Content>(heard)) found.push_back(heard.what.get_as<Content>(1));
    }
    return found;
  }

  /// Takes out the oldest message of an atom and contents; one must be there.
  template <class Atom, class... Contents>
  [[nodiscard]] Question<Contents...> take() {
    const auto found = std::find_if(log_->begin(), log_->end(), is<Atom, Contents...>);
    BOOST_REQUIRE_MESSAGE(found != log_->end(), "the expected message did not come");
    Question<Contents...> question{content_of<Contents...>(found->what), found->promise};
    log_->erase(found);
    return question;
  }

  /// Answers a question once the scheduler runs. An error is an answer too.
  template <class... Asked, class... Answers>
  void answer(Question<Asked...>& question, Answers... answers) {
    caf::anon_send(actor_, Task{[promise = question.promise, answers...]() mutable {
                     promise.deliver(std::move(answers)...);
                   }});
  }

  [[nodiscard]] bool empty() const { return log_->empty(); }

  void forget() { log_->clear(); }

  /// Takes out everything.
  [[nodiscard]] std::vector<Heard> drain() { return std::exchange(*log_, {}); }

  /// Puts a message back behind all others.
  void keep(const Heard& heard) { log_->push_back(heard); }

 private:
  using Log = std::vector<Heard>;

  template <class... Ts>
  static bool is(const Heard& heard) {
    return heard.what.match_elements<Ts...>();
  }

  template <class... Contents>
  static std::tuple<Contents...> content_of(const caf::message& message) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<Contents...>{message.get_as<Contents>(I + 1)...};
    }
    (std::index_sequence_for<Contents...>{});
  }

  std::shared_ptr<Log> log_;
  caf::actor actor_;
};

}  // namespace troupe::test
