#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "tests/protocol/ledger/samples.hpp"
#include "tests/support/sample_proofs.hpp"
#include "tools/troupe/proof_file.hpp"

// Proof files, sound and altered, with the verdict of `troupe verify`, for compare.mjs:
//
//   output := genesis digest  line end  (verdict  blank  file in hexadecimal  line end) ...
//   verdict := "valid" | "no-proof" | the name of the flaw
//
// TROUPE_SEED draws other alterations; the first argument says how many.
namespace troupe::tools {

namespace {

using ledger::samples::below;
using ledger::samples::Random;

std::string verdict_on(const std::string& text) {
  const auto proof = read_proof_file(text);
  if (!proof) return "no-proof";
  const auto checked = proof::verify(*proof, support::sample_proofs().chain);
  return checked ? "valid" : std::string(proof::name(checked.error()));
}

void print(const std::string& text) {
  std::cout << verdict_on(text) << ' ' << to_hex(as_bytes(text)) << '\n';
}

/// Another digit where one stands, so that most of these are still spelled as proof files are.
std::string with_another_digit(Random& random, std::string text) {
  const std::string digits = "0123456789abcdef";
  std::size_t at = below(random, text.size());
  while (digits.find(text[at]) == std::string::npos)
    at = (at + 1) % text.size();
  text[at] = digits[below(random, digits.size())];
  return text;
}

std::string with_another_byte(Random& random, std::string text) {
  text[below(random, text.size())] = static_cast<char>(below(random, 256));
  return text;
}

std::string with_a_flipped_bit(Random& random, std::string text) {
  char& letter = text[below(random, text.size())];
  letter = static_cast<char>(static_cast<unsigned char>(letter) ^ 1u << below(random, 8));
  return text;
}

std::string with_a_cut(Random& random, std::string text) {
  const std::size_t at = below(random, text.size());
  return text.erase(at, 1 + below(random, 70));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

/// A line doubled, or exchanged for one of another proof.
std::string with_another_line(Random& random, const std::string& text, const std::string& other) {
  std::vector<std::string> lines = lines_of(text);
  const std::vector<std::string> others = lines_of(other);
  const std::size_t at = below(random, lines.size());
  if (below(random, 2) == 0) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), lines[at]);
  } else {
    lines[at] = others[below(random, others.size())];
  }
  std::string altered;
  for (const std::string& line : lines)
    altered += line + '\n';
  return altered;
}

/// A part of one proof within another, each of them sound.
std::string with_a_strange_part(Random& random, proof::Proof proof, const proof::Proof& other) {
  switch (below(random, 6)) {
    case 0: proof.claim = other.claim; break;
    case 1: proof.anchor = other.anchor; break;
    case 2: proof.finalization = other.finalization; break;
    case 3: proof.header = other.header; break;
    case 4: proof.history = other.history; break;
    default: proof.finalization.signatures.pop_back(); break;
  }
  return write_proof_file(proof);
}

std::string altered(Random& random, const proof::Proof& proof, const proof::Proof& other) {
  const std::string text = write_proof_file(proof);
  switch (below(random, 6)) {
    case 0: return with_another_digit(random, text);
    case 1: return with_another_byte(random, text);
    case 2: return with_a_flipped_bit(random, text);
    case 3: return with_a_cut(random, text);
    case 4: return with_another_line(random, text, write_proof_file(other));
    default: return with_a_strange_part(random, proof, other);
  }
}

int run(std::uint64_t count) {
  Random random(ledger::samples::seed());
  const auto proofs = support::sample_proofs().all();
  std::cout << support::sample_proofs().chain.hex() << '\n';
  for (const auto& sample : proofs)
    print(write_proof_file(sample.proof));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto& proof = proofs[below(random, proofs.size())].proof;
    print(altered(random, proof, proofs[below(random, proofs.size())].proof));
  }
  return 0;
}

}  // namespace

}  // namespace troupe::tools

int main(int count, char** words) {
  return troupe::tools::run(count > 1 ? std::strtoull(words[1], nullptr, 10) : 2000);
}
