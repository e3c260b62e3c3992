#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/troupe/files.hpp"

namespace troupe::tools {

/// What could stand in place of the last word of a line up to the cursor.
struct Completion {
  std::string typed;                    ///< the part of that word that is there
  std::vector<std::string> candidates;  ///< whole words, sorted
};

/// Reads lines from a terminal: history, Ctrl-R, Tab, Ctrl-C clears the line, Ctrl-D leaves, and what
/// happens elsewhere is printed above the line being typed without damaging it. libedit's own
/// interface, as its readline emulation cannot redraw a half-typed line.
///
/// Only the thread that reads lines writes to the terminal; others post, and wake it up.
class LineEditor {
 public:
  using Complete = std::function<Completion(const std::string& line)>;

  /// `history` is read now and written at the end; it need not exist.
  LineEditor(fs::path history, Complete complete);
  ~LineEditor();

  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// The next line without its end; nothing when the input ends.
  [[nodiscard]] std::optional<std::string> read(const std::function<std::string()>& prompt);

  /// Has a line printed as soon as that harms nothing. From any thread. Of what piles up meanwhile
  /// the newest are shown, and how many were not.
  void post(std::string line);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace troupe::tools
