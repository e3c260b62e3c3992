// Has tools/verify-js judge every file that mutants prints, and compares the verdicts.
//
//   node compare.mjs PATH_OF_MUTANTS COUNT

import { execFileSync } from "node:child_process";

import { verify } from "../../../tools/verify-js/verify.mjs";

const [mutants, count] = process.argv.slice(2);
const output = execFileSync(mutants, [count], { encoding: "ascii", maxBuffer: 2 ** 30 });
const [genesis, ...lines] = output.trimEnd().split("\n");

const tally = new Map();
let different = 0;
for (const [at, line] of lines.entries()) {
  const [expected, file] = line.split(" ");
  const verdict = await verify(Buffer.from(file, "hex"), genesis);
  const name = verdict.valid ? "valid" : verdict.flaw;
  tally.set(expected, (tally.get(expected) ?? 0) + 1);
  // A part that is out of its own bounds is no proof to one, and proves nothing to the other.
  const isSame = name === expected || (name !== "valid" && expected === "no-proof");
  if (isSame) continue;
  ++different;
  console.error(`file ${at}: troupe says ${expected}, verify.mjs ${name}: ${verdict.message ?? ""}`);
}
console.log(`${lines.length} files: ${[...tally].map((entry) => entry.join(" ")).join(", ")}`);

const isWorthIt = (tally.get("valid") ?? 0) >= 4 && tally.size >= 8;
if (!isWorthIt) console.error("too few kinds of verdicts to compare anything");
process.exit(different === 0 && isWorthIt && lines.length >= Number(count) ? 0 : 1);
