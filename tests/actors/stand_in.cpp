#include "tests/actors/stand_in.hpp"

namespace troupe::test {

StandIn::StandIn(caf::actor_system& system) : log_(std::make_shared<Log>()) {
  actor_ = system.spawn([log = log_](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(
        [self, log](caf::scheduled_actor*, caf::message_view& view) -> caf::result<caf::message> {
          log->push_back({view.copy_content_to_message(), self->make_response_promise()});
          return log->back().promise;
        });
    return {[](const Task& task) { task.run(); }};
  });
}

}  // namespace troupe::test
