#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tools/troupe/context.hpp"
#include "tools/troupe/diagnosis.hpp"

namespace troupe::tools {

struct ExplainOptions {
  std::string what = "halt";  ///< halt, tx or fault
  std::string id;             ///< of the transaction or the fault
};

/// `troupe explain [halt]`: why nothing becomes final, in one sentence, and what to type. The answer
/// is no quorum (exit code 7) while it is so. `tx ID` and `fault ID`: see below. Error: bad-question.
[[nodiscard]] Answer<Report> run_explain(Context& context, const ExplainOptions& options);

/// A node that needs longer to say how it is does not answer.
inline constexpr std::chrono::milliseconds kFactsTimeout{2'000};

/// `troupe explain tx ID`: where a transaction is, as all nodes know it, and what it waits for, if it
/// does: then the answer is no quorum (7) while nothing becomes final. Errors: bad-id,
/// no-transaction.
[[nodiscard]] Answer<Report> explain_transaction(Context& context, const std::string& id);

/// `troupe explain fault ID`: what an active fault does, to what end, and how it is undone. Error:
/// no-fault.
[[nodiscard]] Answer<Report> explain_fault(Context& context, const std::string& id);

/// Asks every node of the network at once; with --via that one node alone. Error: bad-genesis and
/// its like, and with --via those of connect.
[[nodiscard]] Answer<NetFacts> gather_facts(Context& context, const Net& net);

/// Why a node stopped in its last life, if the end of its log says so.
[[nodiscard]] std::string last_words_of(std::string_view log);

}  // namespace troupe::tools
