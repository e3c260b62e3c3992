#pragma once

#include <cstdint>
#include <string>

#include "tools/troupe/context.hpp"

// Records: keyed, owned, versioned; and notes, which are only appended.
namespace troupe::tools {

struct RecordPutOptions {
  std::string key;
  std::string value;  ///< text, - for stdin, @FILE
  std::string account;
};

struct RecordGetOptions {
  std::string key;
  std::uint64_t at_height = 0;  ///< 0: the newest
  bool raw = false;             ///< only the value's bytes
  std::string proof;            ///< where to write the proof of the answer; empty: nowhere
};

struct RecordTransferOptions {
  std::string key;
  std::string to;
  std::string account;
};

struct RecordListOptions {
  std::string prefix;
  std::uint32_t limit = 1000;
  std::string after;
};

struct NoteOptions {
  std::string content;  ///< text, - for stdin, @FILE
  std::string account;
};

[[nodiscard]] Answer<Report> run_record_put(Context& context, const RecordPutOptions& options);
[[nodiscard]] Answer<Report> run_record_get(Context& context, const RecordGetOptions& options);
[[nodiscard]] Answer<Report> run_record_history(Context& context, const std::string& key);
[[nodiscard]] Answer<Report> run_record_transfer(Context& context,
                                                 const RecordTransferOptions& options);
[[nodiscard]] Answer<Report> run_record_retire(Context& context,
                                               const std::string& key,
                                               const std::string& account);
[[nodiscard]] Answer<Report> run_record_list(Context& context, const RecordListOptions& options);
[[nodiscard]] Answer<Report> run_note(Context& context, const NoteOptions& options);

}  // namespace troupe::tools
