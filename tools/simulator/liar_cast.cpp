#include "tools/simulator/liar_cast.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

/// How long a mask lasts: about as long as a view that fails.
constexpr Duration kRound = 700ms;

std::size_t number_of(const std::string& name) {
  return std::stoul(name.substr(1)) - 1;
}

std::vector<std::size_t> choose(const scenario::Selector& selector,
                                std::uint32_t validators,
                                Random& random) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < validators; ++i)
    all.push_back(i);
  if (const auto* named = std::get_if<scenario::selector::Named>(&selector)) {
    all.clear();
    for (const std::string& name : named->nodes)
      all.push_back(number_of(name));
  } else if (const auto* others = std::get_if<scenario::selector::Not>(&selector)) {
    for (const std::string& name : others->nodes)
      std::erase(all, number_of(name));
  } else if (const auto* any = std::get_if<scenario::selector::Any>(&selector)) {
    const std::size_t count = std::min<std::size_t>(any->count.of(validators), all.size());
    while (all.size() > count)
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(random.below(all.size())));
  }
  return all;
}

/// Half of those who are not of the coalition, or the victims that the table names.
std::set<std::size_t> draw_others(const LiarCast::Part& part, std::size_t count, Random& random) {
  std::set<std::size_t> others;
  for (const std::string& name : part.table->victims)
    others.insert(number_of(name));
  if (!others.empty()) return others;
  std::vector<std::size_t> honest;
  for (std::size_t i = 0; i < count; ++i) {
    if (std::ranges::find(part.on, i) == part.on.end()) honest.push_back(i);
  }
  const std::size_t half = (honest.size() + 1) / 2;
  while (others.size() < half && !honest.empty()) {
    const auto place = static_cast<std::ptrdiff_t>(random.below(honest.size()));
    others.insert(honest[static_cast<std::size_t>(place)]);
    honest.erase(honest.begin() + place);
  }
  return others;
}

crypto::KeyPair key_of(World& world, std::size_t validator) {
  return crypto::KeyPair::from_seed(*world.node(validator).options().validator_seed).value();
}

}  // namespace

LiarCast cast_liars(const scenario::Scenario& scenario, std::uint64_t seed) {
  LiarCast cast;
  for (const scenario::Byzantine& table : scenario.byzantine) {
    Random random(derive_seed(seed, "liars of " + table.id));
    LiarCast::Part part{&table, choose(table.on, scenario.network.validators, random)};
    cast.liars.insert(part.on.begin(), part.on.end());
    if (table.strategy == scenario::Strategy::Twin)
      cast.twins.insert(cast.twins.end(), part.on.begin(), part.on.end());
    cast.parts.push_back(std::move(part));
  }
  return cast;
}

Half half_seen(const scenario::Masks& masks,
               std::size_t validator,
               std::size_t validators,
               std::uint64_t round,
               std::uint64_t seed) {
  const std::uint64_t in_turn = round % std::max<std::uint64_t>(masks.rounds, 1);
  const std::uint64_t digit = in_turn * validators + validator;
  if (masks.order == scenario::Masks::Order::Random)
    return static_cast<Half>(derive_seed(seed, "mask " + std::to_string(digit)) % 3);
  std::uint64_t rest = seed;
  for (std::uint64_t i = 0; i < digit; ++i)
    rest /= 3;
  return static_cast<Half>(rest % 3);
}

std::vector<std::unique_ptr<Liar>> set_liars(World& world,
                                             const LiarCast& cast,
                                             const consensus::Electorate& electorate,
                                             std::uint64_t seed) {
  std::vector<std::unique_ptr<Liar>> liars;
  const std::size_t validators = electorate.validators.size();
  for (const LiarCast::Part& part : cast.parts) {
    Random random(derive_seed(seed, "whom " + part.table->id + " deceives"));
    const auto others = draw_others(part, validators, random);
    std::shared_ptr<Coalition> shared;
    for (std::size_t node = 0; node < world.size(); ++node) {
      const std::size_t self = world.owner(node);
      if (std::ranges::find(part.on, self) == part.on.end()) continue;
      auto own = part.table->coalition && shared ? shared : std::make_shared<Coalition>();
      if (!shared) shared = own;
      own->others = others;
      if (part.table->coalition) {
        for (const std::size_t member : part.on)
          own->keys.try_emplace(member, key_of(world, member));
      }
      own->keys.try_emplace(self, key_of(world, self));
      const Liar::Setting setting{self, validators, electorate.binding.chain, electorate};
      liars.push_back(std::make_unique<Liar>(
          *part.table, setting, own, derive_seed(seed, "lies of node " + std::to_string(node))));
      world.set_liar(node, *liars.back());
    }
  }
  if (cast.twins.empty()) return liars;
  std::map<std::size_t, scenario::Masks> masks;
  for (const LiarCast::Part& part : cast.parts) {
    for (const std::size_t twin : part.on)
      if (part.table->strategy == scenario::Strategy::Twin)
        masks[twin] = part.table->masks.value_or(scenario::Masks{});
  }
  world.set_mask([&world, masks, validators, seed](const Link& link, Instant now) {
    const auto round = static_cast<std::uint64_t>((now - Instant{}) / kRound);
    const auto sees = [&](std::size_t node, std::size_t other) {
      const std::size_t owner = world.owner(other);
      const auto mask = masks.find(owner);
      if (mask == masks.end()) return true;
      const Half half = half_seen(mask->second, world.owner(node), validators, round, seed);
      return half == Half::Both || (half == Half::First) == (other == owner);
    };
    return sees(link.from, link.to) && sees(link.to, link.from);
  });
  return liars;
}

}  // namespace troupe::simulator
