#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/base/result.hpp"

// What a verb of the program comes to: a report or an error, both of which know their exit code.
// A verb prints nothing of its own but what arrives bit by bit (see Printer::stream).
namespace troupe::tools {

using Json = nlohmann::ordered_json;

/// The program's exit codes, the same for every verb.
enum class ExitCode : int {
  Done = 0,              ///< yes, or done
  No = 1,                ///< the answer is no
  Usage = 2,             ///< the command line or a file it names is not right
  Unreachable = 3,       ///< not running, unreachable, or not run
  NotFound = 4,          ///< there is no such thing
  Refused = 5,           ///< the node, or a rule of ours, says no
  TimedOut = 6,          ///< no answer in time
  NoQuorum = 7,          ///< safe, but not live
  SafetyViolation = 8,   ///< two nodes hold different truths
  NotDeterministic = 9,  ///< the same seed gave two traces
  BoundExceeded = 10,    ///< more than a bound of ours allows
  Bug = 70,              ///< our fault
  Interrupted = 130,     ///< Ctrl-C
};

/// Why a verb failed. No error without a hint: what happened and why, then what to type next.
struct CommandError {
  ExitCode exit = ExitCode::Bug;
  std::string code;  ///< one stable word for programs, for example "unreachable"
  std::string message;
  std::string hint;
};

template <class T>
using Answer = Result<T, CommandError>;

/// A table for people; tab-separated lines without a head when it is piped.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// One line of text, printed as it is in both human formats.
struct Line {
  std::string text;
};

/// A remark for people that is not data: it goes to stderr and never into a pipe.
struct Remark {
  std::string text;
};

/// Bytes that are printed as they are, without a line end of ours.
struct Raw {
  std::string bytes;
};

using Part = std::variant<Table, Line, Remark, Raw>;

/// What a verb has to say. `fields` is the object of --json without its "ok"; `rows` names the
/// array in it that --output jsonl prints line by line, empty if the object itself is the line.
/// A verb that has something to show although its answer is no (doctor, up) adds its `problem`.
struct Report {
  Json fields = Json::object();
  std::string rows;
  std::vector<Part> parts;
  std::optional<CommandError> problem;
  /// Of a verb that ran others, which said everything: nothing more is printed, and this is its end.
  std::optional<ExitCode> said;
};

/// A Failure, for `return refuse({...})`.
[[nodiscard]] inline Failure<CommandError> refuse(CommandError error) {
  return failure(std::move(error));
}

}  // namespace troupe::tools
