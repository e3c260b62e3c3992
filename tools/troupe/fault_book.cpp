#include "tools/troupe/fault_book.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/troupe/files.hpp"

namespace troupe::tools {

namespace {

/// More at once would say nothing more about a network.
constexpr std::size_t kFaultsMax = 16;
constexpr std::size_t kFaultBytesMax = 1 << 16;

constexpr std::array<std::pair<FaultKind, std::string_view>, 6> kKinds{
    {{FaultKind::Crash, "crash"},
     {FaultKind::Pause, "pause"},
     {FaultKind::Partition, "partition"},
     {FaultKind::Clock, "clock"},
     {FaultKind::Mute, "mute"},
     {FaultKind::Stall, "stall"}}};

fs::path folder_of(const Net& net) {
  return net.folder / "faults";
}

fs::path file_of(const Net& net, const std::string& id) {
  return folder_of(net) / (id + ".json");
}

/// The number in "f3".
std::optional<std::uint64_t> number_of(std::string_view id) {
  std::uint64_t number = 0;
  if (id.size() < 2 || id.front() != 'f') return std::nullopt;
  const auto [rest, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
  if (error != std::errc{} || rest != id.data() + id.size()) return std::nullopt;
  return number;
}

std::string encode(const ActiveFault& fault) {
  Json json{{"id", fault.id},
            {"kind", word_of(fault.kind)},
            {"sides", fault.sides},
            {"since_ms", fault.since_ms}};
  if (fault.until_ms) json["until_ms"] = *fault.until_ms;
  if (fault.kind == FaultKind::Clock) json["ahead_ms"] = fault.ahead_ms;
  if (fault.kind == FaultKind::Mute) json["channel"] = fault.channel;
  return json.dump() + "\n";
}

std::optional<ActiveFault> decode(const std::string& text, const std::string& id) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    ActiveFault fault;
    fault.id = json.at("id").get<std::string>();
    const auto word = json.at("kind").get<std::string>();
    const auto kind = std::find_if(
        kKinds.begin(), kKinds.end(), [&](const auto& item) { return item.second == word; });
    if (kind == kKinds.end() || fault.id != id) return std::nullopt;
    fault.kind = kind->first;
    fault.sides = json.at("sides").get<Sides>();
    fault.since_ms = json.at("since_ms").get<std::int64_t>();
    if (json.contains("until_ms")) fault.until_ms = json.at("until_ms").get<std::int64_t>();
    if (fault.kind == FaultKind::Clock) fault.ahead_ms = json.at("ahead_ms").get<std::int64_t>();
    if (fault.kind == FaultKind::Mute) fault.channel = json.at("channel").get<std::string>();
    return fault;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::string names(const std::vector<std::string>& nodes) {
  return fmt::format("{}", fmt::join(nodes, " "));
}

CommandError corrupt(const fs::path& path) {
  return {ExitCode::Refused,
          "corrupt-file",
          fmt::format("{} is no record of a fault", shown(path)),
          "if nothing else wrote it, remove it; then: troupe fault clear"};
}

/// On which side of a partition a node is; nothing if it talks to all.
std::optional<std::size_t> side_of(const std::string& node, const Sides& sides) {
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (std::find(sides[i].begin(), sides[i].end(), node) != sides[i].end()) return i;
  }
  return std::nullopt;
}

/// Of the nodes, those that are on one chosen side of each partition, or on none: they all can talk
/// to each other. Tries every choice and keeps the largest group.
void grow_group(const std::vector<std::string>& nodes,
                const std::vector<Sides>& partitions,
                std::size_t at,
                std::vector<std::string>& best) {
  if (nodes.size() <= best.size()) return;
  if (at == partitions.size()) {
    best = nodes;
    return;
  }
  for (std::size_t side = 0; side < partitions[at].size(); ++side) {
    std::vector<std::string> group;
    std::copy_if(
        nodes.begin(), nodes.end(), std::back_inserter(group), [&](const std::string& node) {
          return side_of(node, partitions[at]).value_or(side) == side;
        });
    grow_group(group, partitions, at + 1, best);
  }
}

/// What the hindered nodes no longer do for the others, as the others see it.
std::string remark_on(const ActiveFault& fault) {
  const std::string who = names(fault.sides.front());
  switch (fault.kind) {
    case FaultKind::Crash:
    case FaultKind::Pause:
    case FaultKind::Partition: return {};
    case FaultKind::Clock:
      return fault.ahead_ms < 0
                 ? fmt::format("For {} the others' proposals lie in the future: no votes for them.",
                               who)
                 : fmt::format("Proposals by {} wait for their time: those views fail.", who);
    case FaultKind::Mute:
      if (fault.channel == "consensus") return fmt::format("{}: hears, and is not heard.", who);
      if (fault.channel == "sync")
        return fmt::format("{}: gives nothing to those who are behind.", who);
      return fmt::format("What {} seals stays there: submit transactions elsewhere.", who);
    case FaultKind::Stall:
      return fmt::format("{}: executes nothing, and soon no longer votes.", who);
  }
  return {};
}

/// True if the validators that the fault names count for no quorum.
bool silences(const ActiveFault& fault) {
  switch (fault.kind) {
    case FaultKind::Crash:
    case FaultKind::Pause:
    case FaultKind::Stall: return true;
    case FaultKind::Partition: return false;
    case FaultKind::Clock: return fault.ahead_ms < 0;
    case FaultKind::Mute: return fault.channel == "consensus";
  }
  return false;
}

}  // namespace

std::string_view word_of(FaultKind kind) {
  return std::find_if(
             kKinds.begin(), kKinds.end(), [&](const auto& item) { return item.first == kind; })
      ->second;
}

std::string describe(const ActiveFault& fault) {
  if (fault.kind != FaultKind::Partition) {
    const std::string text = fmt::format("{} {}", word_of(fault.kind), names(fault.sides.front()));
    if (fault.kind == FaultKind::Mute) return fmt::format("{} on {}", text, fault.channel);
    if (fault.kind != FaultKind::Clock) return text;
    return fmt::format("{} {:g} s {}",
                       text,
                       static_cast<double>(std::abs(fault.ahead_ms)) / 1000,
                       fault.ahead_ms < 0 ? "behind" : "ahead");
  }
  std::vector<std::string> sides;
  for (const auto& side : fault.sides)
    sides.push_back(fmt::format("{{{}}}", names(side)));
  return fmt::format("partition {}", fmt::join(sides, " | "));
}

Answer<std::vector<ActiveFault>> read_faults(const Net& net) {
  std::vector<std::pair<std::uint64_t, ActiveFault>> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_of(net), error)) {
    const std::string id = entry.path().stem().string();
    const auto number = number_of(id);
    if (!number || entry.path().extension() != ".json") continue;
    const auto text = read_file(entry.path(), kFaultBytesMax);
    if (!text.ok() && text.error().code == "not-found") continue;  // cleared meanwhile
    if (!text.ok()) return refuse(text.error());
    auto fault = decode(*text, id);
    if (!fault || fault->sides.empty()) return refuse(corrupt(entry.path()));
    found.emplace_back(*number, std::move(*fault));
  }
  std::sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
    return one.first < other.first;
  });
  std::vector<ActiveFault> faults;
  for (auto& [number, fault] : found)
    faults.push_back(std::move(fault));
  return faults;
}

Answer<ActiveFault> record_fault(const Net& net, ActiveFault fault) {
  const auto known = read_faults(net);
  if (!known.ok()) return refuse(known.error());
  if (known->size() >= kFaultsMax) {
    return refuse({ExitCode::Refused,
                   "too-many",
                   fmt::format("{} faults are active, and more are not kept", known->size()),
                   "undo them: troupe fault clear"});
  }
  if (const auto made = create_folder(folder_of(net)); !made.ok()) return refuse(made.error());
  std::uint64_t number = known->empty() ? 1 : *number_of(known->back().id) + 1;
  while (true) {
    fault.id = fmt::format("f{}", number);
    const auto made = create_file(file_of(net, fault.id), encode(fault));
    if (made.ok()) return fault;
    if (made.error().code != "exists") return refuse(made.error());
    ++number;  // another command was faster
  }
}

Answer<Done> forget_fault(const Net& net, const std::string& id) {
  std::error_code error;
  fs::remove(file_of(net, id), error);
  if (!error) return Done{};
  return refuse({ExitCode::Refused,
                 "unwritable",
                 fmt::format("cannot remove {}: {}", shown(file_of(net, id)), error.message()),
                 "check the folder's owner and mode"});
}

Prediction predict(const std::vector<std::string>& validators,
                   const std::vector<ActiveFault>& faults) {
  std::vector<std::string> running = validators;
  std::vector<Sides> partitions;
  for (const auto& fault : faults) {
    if (fault.kind == FaultKind::Partition) partitions.push_back(fault.sides);
    if (silences(fault)) {
      std::erase_if(
          running, [&](const std::string& node) { return side_of(node, fault.sides).has_value(); });
    }
  }
  std::vector<std::string> group;
  grow_group(running, partitions, 0, group);
  Prediction prediction;
  for (const auto& fault : faults) {
    if (auto remark = remark_on(fault); !remark.empty())
      prediction.remarks.push_back(std::move(remark));
  }
  prediction.meeting = group.size();
  prediction.quorum = validators.size() - (validators.size() - 1) / 3;
  std::copy_if(running.begin(),
               running.end(),
               std::back_inserter(prediction.left_out),
               [&](const std::string& node) {
                 return std::find(group.begin(), group.end(), node) == group.end();
               });
  return prediction;
}

std::string describe(const Prediction& prediction, std::size_t validators) {
  const std::string of = fmt::format("{} of {}", prediction.quorum, validators);
  std::string remarks;
  for (const auto& remark : prediction.remarks)
    remarks += " " + remark;
  if (!prediction.is_live())
    return fmt::format("No group has {}: expect no new blocks, and no fork.{}", of, remarks);
  const std::size_t spare = prediction.meeting - prediction.quorum;
  std::string text = fmt::format("{} of {} validators still meet, {} are needed: expect blocks",
                                 prediction.meeting,
                                 validators,
                                 prediction.quorum);
  text += spare == 0 ? ", until one more fails." : ".";
  if (!prediction.left_out.empty())
    text +=
        fmt::format(" {} will fall behind, and catch up afterwards.", names(prediction.left_out));
  return text + remarks;
}

Answer<Sides> parse_sides(const std::vector<std::string>& words, const Net& net) {
  const auto usage = [&](const std::string& message) {
    return refuse(
        {ExitCode::Usage, "usage", message, "for example: troupe fault partition n1,n2 / n3,n4"});
  };
  const std::string text = fmt::format("{}", fmt::join(words, " "));
  Sides sides(1);
  std::string name;
  std::set<std::string> seen;
  std::optional<CommandError> wrong;
  const auto finish_name = [&] {
    if (name.empty() || wrong) return;
    if (const auto node = net.node(name); !node.ok()) wrong = node.error();
    if (!seen.insert(name).second && !wrong)
      wrong = CommandError{ExitCode::Usage,
                           "usage",
                           fmt::format("node {} is on two sides", name),
                           "name every node once"};
    sides.back().push_back(std::exchange(name, {}));
  };
  for (const char c : text) {
    if (c != ',' && c != '/' && c != '|' && c != ' ') {
      name += c;
      continue;
    }
    finish_name();
    if (c == '/' || c == '|') sides.emplace_back();
  }
  finish_name();
  if (wrong) return refuse(*wrong);
  if (sides.size() < 2) return usage("a partition has at least two sides, with / between them");
  for (const auto& side : sides) {
    if (side.empty()) return usage("a side of the partition has no node");
  }
  return sides;
}

}  // namespace troupe::tools
