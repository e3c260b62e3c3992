#include "actors/message_tap.hpp"

#include <algorithm>
#include <utility>

#include <caf/detail/pretty_type_name.hpp>

#include "actors/alarm.hpp"
#include "actors/swarm_messages.hpp"

namespace troupe::actors {

namespace {

/// What is told at once of an actor that never gets to the end of its mailbox.
constexpr std::size_t kBurstMessages = 64;

std::uint64_t microseconds(Duration duration) {
  return static_cast<std::uint64_t>(std::max(duration, Duration{0}).count());
}

/// "Delivery" of "troupe.actors.Delivery", "vector" of "std.vector<int>", as CAF writes them.
std::string last_word(std::string name) {
  name = name.substr(0, name.find('<'));
  const std::size_t dot = name.find_last_of(".:");
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

std::string kind_of(const caf::type_erased_tuple& content, const caf::actor_system& system) {
  if (content.size() == 0) return "nothing";
  if (content.match_element<caf::atom_value>(0)) {
    return caf::to_string(content.get_as<caf::atom_value>(0));
  }
  const auto type = content.type(0);
  if (type.first != 0) return last_word(system.types().portable_name(type));
  return last_word(caf::detail::pretty_type_name(*type.second));
}

std::uint64_t bytes_of(const caf::type_erased_tuple& content) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content.match_element<Delivery>(i)) {
      const SharedBytes& message = content.get_as<Delivery>(i).message;
      bytes += message ? message->size() : 0;
    } else if (content.match_element<SharedBytes>(i)) {
      const auto& shared = content.get_as<SharedBytes>(i);
      bytes += shared ? shared->size() : 0;
    }
  }
  return bytes;
}

/// A message on its way through a mailbox. CAF asks for its content when the handling begins, and
/// destroys it when the handling is over, both on the receiver's thread.
class Envelope final : public caf::mailbox_element {
 public:
  Envelope(caf::mailbox_element_ptr inner, ProbePointer probe)
      : mailbox_element(std::move(inner->sender), inner->mid, std::move(inner->stages)),
        inner_(std::move(inner)),
        probe_(std::move(probe)) {
    note_.received = probe_->now();
  }

  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  ~Envelope() override {
    if (!is_open_) return;  // nobody read it: its receiver is gone
    note_.handling = probe_->now() - begun_;
    probe_->note(std::move(note_));
  }

  caf::type_erased_tuple& content() override {
    open();
    return inner_->content();
  }

  const caf::type_erased_tuple& content() const override {
    open();
    return std::as_const(*inner_).content();
  }

  caf::message move_content_to_message() override {
    open();
    return inner_->move_content_to_message();
  }

  caf::message copy_content_to_message() const override {
    open();
    return inner_->copy_content_to_message();
  }

 private:
  void open() const {
    if (is_open_) return;
    is_open_ = true;
    begun_ = probe_->now();
    note_.waited = begun_ - note_.received;
    note_.queue = probe_->queue();
    probe_->describe(note_, std::as_const(*inner_).content(), sender);
  }

  caf::mailbox_element_ptr inner_;
  ProbePointer probe_;
  mutable bool is_open_ = false;
  mutable Instant begun_;
  mutable TappedMessage note_;
};

}  // namespace

void MessageTap::offer(std::vector<TappedMessage> messages) {
  const auto sink = outlet_.reserve(messages.size());
  if (!sink) return;
  TapBurst burst{std::move(messages), outlet_.take_dropped()};
  caf::anon_send(*sink, tapped_atom::value, std::make_shared<const TapBurst>(std::move(burst)));
}

std::vector<MeterPointer> MessageTap::roster() const {
  const std::lock_guard lock(mutex_);
  return roster_;
}

void MessageTap::enrol(const MeterPointer& meter) {
  const std::lock_guard lock(mutex_);
  const auto place = std::ranges::upper_bound(
      roster_, meter->id, {}, [](const MeterPointer& entry) { return entry->id; });
  roster_.insert(place, meter);
}

void MessageTap::strike(std::uint64_t actor) {
  const std::lock_guard lock(mutex_);
  std::erase_if(roster_, [actor](const MeterPointer& entry) { return entry->id == actor; });
}

TapProbe::TapProbe(TapPointer tap, caf::scheduled_actor& owner, const char* name)
    : tap_(std::move(tap)), owner_(owner), meter_(std::make_shared<ActorMeter>(owner.id(), name)) {
  tap_->enrol(meter_);
}

void TapProbe::leave() {
  if (!noted_.empty()) tap_->offer(std::exchange(noted_, {}));
  tap_->strike(meter_->id);
}

caf::mailbox_element_ptr TapProbe::wrap(caf::mailbox_element_ptr message) {
  if (std::as_const(*message).content().match_elements<tapped_atom, TapBurstPointer>()) {
    return message;
  }
  meter_->arrived.fetch_add(1, std::memory_order_relaxed);
  return caf::mailbox_element_ptr{new Envelope(std::move(message), shared_from_this())};
}

void TapProbe::describe(TappedMessage& note,
                        const caf::type_erased_tuple& content,
                        const caf::strong_actor_ptr& sender) const {
  note.receiver = meter_->id;
  if (sender && sender->node() == owner_.node()) note.sender = sender->id();
  note.kind = kind_of(content, owner_.home_system());
  note.bytes = bytes_of(content);
}

void TapProbe::note(TappedMessage message) {
  const std::uint64_t busy = microseconds(message.handling);
  meter_->handled.fetch_add(1, std::memory_order_relaxed);
  meter_->busy_us.fetch_add(busy, std::memory_order_relaxed);
  meter_->queue.store(message.queue, std::memory_order_relaxed);
  if (busy > meter_->longest_us.load(std::memory_order_relaxed)) {
    meter_->longest_us.store(busy, std::memory_order_relaxed);
  }
  // While more wait, this is called again soon.
  const bool is_last = message.queue == 0;
  noted_.push_back(std::move(message));
  if (is_last || noted_.size() >= kBurstMessages) tap_->offer(std::exchange(noted_, {}));
}

Instant TapProbe::now() const {
  return instant_of(&owner_);
}

std::size_t TapProbe::queue() const {
  return owner_.mailbox().size();
}

}  // namespace troupe::actors
