#include "tests/tools/scenario/random_scenario.hpp"

#include <concepts>
#include <type_traits>

#include "tools/scenario/fields.hpp"

namespace troupe::scenario {

namespace {

constexpr std::uint32_t kNodes = 7;

/// Draws every value of a table: a visitor of fields.hpp, so that no key is left out.
class Dice {
 public:
  explicit Dice(support::Random& random) : random_(random) {}

  template <class T>
  void operator()(std::string_view, T& target) {
    if (random_.below(2) == 0) draw(target);
  }

  template <class T>
  void operator()(std::string_view, std::optional<T>& target) {
    if (random_.below(2) == 0) draw(target.emplace());
  }

  template <class T>
  void required(std::string_view, T& target) {
    draw(target);
  }

  void nodes(std::string_view, Nodes& names) { draw_nodes(names, random_.below(3)); }

  void kinds(std::string_view, std::vector<std::string>& names) {
    names.clear();
    for (std::uint64_t i = random_.below(3); i > 0; --i)
      names.emplace_back(kFaultKindNames[random_.below(kFaultKindNames.size())]);
  }

  void files(std::string_view, std::vector<std::string>& names) {
    names = {"blocks/*.ldb", "a \"quoted\" \\ name\x7f\n"};
  }

  void fault(std::string_view, std::string& id) { id = some_id(); }

  void either_sign(std::string_view, Duration& target) {
    draw(target);
    if (random_.below(2) == 0) target = -target;
  }

  template <class Variant, class Names>
  void chosen(std::string_view, Variant& target, const Names&) {
    pick(target, random_.below(std::variant_size_v<Variant>));
  }

  void complain(std::string_view, const std::string&) {}

 private:
  std::string some_id() { return random_.below(2) == 0 ? "alpha" : "f2"; }

  template <class Variant, std::size_t Index = 0>
  static void pick(Variant& target, std::size_t index) {
    if constexpr (Index < std::variant_size_v<Variant>) {
      if (index == Index) {
        target.template emplace<Index>();
      } else {
        pick<Variant, Index + 1>(target, index);
      }
    }
  }

  void draw_nodes(Nodes& names, std::uint64_t count) {
    names.clear();
    for (std::uint64_t i = 0; i < count; ++i)
      names.push_back("n" + std::to_string(1 + random_.below(kNodes)));
  }

  template <class T>
  requires std::is_class_v<T>

  void draw(T& target) { describe(*this, target); }

  template <class E>
  requires std::is_enum_v<E>

  void draw(E& target) { target = static_cast<E>(random_.below(kWords<E>.size())); }

  template <class T>
  void draw(std::vector<T>& list) {
    list.clear();
    for (std::uint64_t i = random_.below(4); i > 0; --i)
      draw(list.emplace_back());
  }

  void draw(std::vector<Nodes>& sides) {
    sides.assign(2, {});
    for (Nodes& side : sides)
      draw_nodes(side, 1 + random_.below(2));
  }

  void draw(bool& target) { target = random_.below(2) == 0; }

  void draw(std::string& text) {
    text = random_.below(2) == 0 ? "N-1" : "tab\tquote\" back\\ \x01";
  }

  template <std::unsigned_integral T>
  void draw(T& target) {
    target = static_cast<T>(1 + random_.below(100'000));
  }

  void draw(double& target) { target = static_cast<double>(1 + random_.below(1'000'000)) / 977; }

  void draw(Duration& target) {
    const std::uint64_t scale = std::uint64_t{1} << random_.below(30);
    target = Duration(static_cast<Duration::rep>(random_.below(scale)));
  }

  void draw(Count& count) {
    count.base = static_cast<Count::Base>(random_.below(3));
    count.plus = static_cast<std::int32_t>(random_.below(3));
  }

  void draw(Range& range) {
    range.first = random_.below(100);
    range.last = range.first + random_.below(100);
  }

  void draw(Ratio& ratio) { ratio.share = static_cast<double>(random_.below(1000)) / 999; }

  void draw(Size& size) { size.bytes = random_.below(std::uint64_t{1} << random_.below(34)); }

  void draw(ByteRate& rate) { rate.bytes = 1 + random_.below(1 << 20); }

  void draw(LoadRate& rate) {
    rate.times_capacity = random_.below(2) == 0;
    rate.amount = static_cast<double>(1 + random_.below(999)) / 7;
  }

  void draw(FaultEnd& end) { end = {some_id(), random_.below(2) == 0}; }

  void draw(Masks& masks) {
    draw(masks.order);
    masks.rounds = static_cast<std::uint32_t>(1 + random_.below(9));
  }

  // A table without a key says nothing, and is refused.
  void draw(Span& span) {
    describe(*this, span);
    if (!span.views) draw(span.time.emplace());
  }

  void draw(Trigger& trigger) {
    describe(*this, trigger);
    if (trigger.after) trigger.after->id = "alpha";
    draw(trigger.time.emplace());
  }

  void draw(Selector& selector) {
    pick(selector, random_.below(std::variant_size_v<Selector>));
    if (auto* named = std::get_if<selector::Named>(&selector))
      draw_nodes(named->nodes, 1 + random_.below(3));
    if (auto* others = std::get_if<selector::Not>(&selector))
      draw_nodes(others->nodes, 1 + random_.below(3));
    if (auto* any = std::get_if<selector::Any>(&selector)) draw(any->count);
    if (auto* any = std::get_if<selector::Any>(&selector); any != nullptr && any->count.plus > 0)
      any->count.base = Count::Base::Zero;
    if (auto* leader = std::get_if<selector::Leader>(&selector))
      leader->views_later = static_cast<std::uint32_t>(random_.below(3));
  }

  support::Random& random_;
};

}  // namespace

Scenario random_scenario(support::Random& random) {
  Dice dice(random);
  Scenario scenario;
  describe(dice, scenario);
  scenario.schema = 1;
  scenario.name = "drawn-1";
  scenario.engines = {Engine::Sim};
  scenario.storms = 1 + static_cast<std::uint32_t>(random.below(3));
  scenario.network.validators = kNodes;
  scenario.network.observers = static_cast<std::uint32_t>(random.below(3));
  scenario.faults.resize(2 + random.below(3));
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    Fault& fault = scenario.faults[i];
    fault.id = i == 0 ? "alpha" : "f" + std::to_string(i + 1);
    if (i == 0) fault.at.after.reset();
    if (!std::holds_alternative<selector::Each>(fault.on)) fault.gap.reset();
  }
  return scenario;
}

}  // namespace troupe::scenario
