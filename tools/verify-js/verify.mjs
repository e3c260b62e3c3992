// Verifies a troupe proof file without a node and without any dependency.
//
//   node verify.mjs FILE GENESIS_DIGEST       exit 0 valid, 1 not valid, 2 usage
//
// In a browser: import { verify } from "./verify.mjs" and give it the file's bytes. What a proof
// shows, and its five steps, stand at the head of protocol/proof/proof.hpp; the file format at that
// of tools/troupe/proof_file.hpp. Both programs give the same verdict on every file.

import {
  ascii,
  concat,
  equal,
  fromHex,
  isAcceptableKey,
  lengthPrefixed,
  sha256,
  toHex,
  varint,
  verifySignature,
} from "./bytes.mjs";
import {
  isAbsent,
  isConsistent,
  isIncluded,
  isPresent,
  kEmptyTree,
  leafHash,
  recordStateKey,
  rootOfPath,
} from "./merkle.mjs";
import { readCertificate, readFile, readGenesis, readHeader, readTransaction } from "./read.mjs";

const kZero = new Uint8Array(32);

class Flaw extends Error {
  constructor(step, name, sentence) {
    super(sentence);
    this.step = step;
    this.flaw = name;
  }
}

const hold = (holds, step, name, sentence) => {
  if (!holds) throw new Flaw(step, name, sentence);
};

// --- the five steps

const readPath = (path) =>
  path.map((text) => ({
    isRight: text.startsWith("right "),
    sibling: fromHex(text.slice(text.indexOf(" ") + 1), 32),
  }));
const readDigests = (digests) => digests.map((text) => fromHex(text, 32));

function recordValue(claim) {
  const value = "value" in claim ? ascii(claim.value) : fromHex(claim.value_hex);
  return concat(
    varint(claim.version),
    Uint8Array.of(claim.status === "retired" ? 1 : 0),
    fromHex(claim.owner),
    varint(claim.height),
    fromHex(claim.transaction),
    lengthPrefixed(value),
  );
}

const readNeighbour = (neighbour) =>
  neighbour && {
    key: fromHex(neighbour.key_hex),
    value: fromHex(neighbour.value_hex),
    siblings: readDigests(neighbour.siblings),
  };

const kClaims = {
  async record(claim, proof) {
    const presence = {
      key: recordStateKey(claim.key),
      value: recordValue(claim),
      siblings: readDigests(claim.siblings),
    };
    hold(
      claim.version > 0 && (await isPresent(presence, proof.subject.executedRoot)),
      1,
      "record-not-in-state",
      "The record's leaf does not lead to the state root of the header. It was changed after it was agreed.",
    );
  },
  async absence(claim, proof) {
    const stateKey = recordStateKey(claim.key);
    if (claim.key_digest !== toHex(await sha256(stateKey))) throw new Error("the digest is not the key's");
    const neighbours = { left: readNeighbour(claim.left), right: readNeighbour(claim.right) };
    hold(
      await isAbsent(neighbours, stateKey, proof.subject.executedRoot),
      1,
      "key-not-absent",
      "The neighbours of the key do not lie side by side under the state root of the header.",
    );
  },
  async transaction(claim, proof) {
    const transaction = readTransaction(fromHex(claim.transaction));
    const id = await sha256(transaction.body);
    if (claim.id !== toHex(id)) throw new Error("the id is not the transaction's");
    const receipt = fromHex(claim.receipt);
    const root = await rootOfPath(await leafHash(id), readPath(claim.path));
    hold(
      equal(root, proof.subject.transactionsRoot),
      1,
      "transaction-not-in-block",
      "The transaction's leaf does not lead to the transactions root of the header.",
    );
    const message = concat(
      ascii("troupe/transaction/1\0"),
      transaction.chain,
      transaction.body,
    );
    hold(
      await verifySignature(transaction.account, message, transaction.signature),
      1,
      "transaction-not-signed",
      "The transaction is not signed by its account.",
    );
    hold(
      equal(receipt.subarray(0, 32), id),
      1,
      "receipt-of-another",
      "The receipt is of another transaction.",
    );
    const presence = {
      key: ascii(`system/receipts/${proof.subject.height}`),
      value: await rootOfPath(await leafHash(receipt), readPath(claim.receipt_path)),
      siblings: readDigests(claim.siblings),
    };
    hold(
      await isPresent(presence, proof.anchor.executedRoot),
      1,
      "receipt-not-in-state",
      "The receipt does not lead to the state root of the anchor.",
    );
  },
  async header() {},
};

async function checkHistory(proof, claim) {
  const { header, subject, anchor, history } = proof;
  const isThere = header
    ? await isIncluded(
        await leafHash(await sha256(header.encoded)),
        header.height,
        anchor.height,
        history,
        anchor.historyRoot,
      )
    : history.length === 0;
  hold(isThere, 2, "not-in-history", "The header is not in the history of the anchor.");
  if (claim.kind !== "header") return;
  const path = readDigests(claim.consistency);
  const isPrefix =
    subject.height === 0
      ? path.length === 0
      : await isConsistent(
          subject.height,
          anchor.height,
          subject.historyRoot,
          anchor.historyRoot,
          path,
        );
  hold(
    isPrefix,
    2,
    "not-consistent",
    "The history before the header is not the beginning of the anchor's history.",
  );
}

/** The digest of the root block that a genesis begins with (consensus/header.hpp). */
async function rootBlock(chain, genesis, validators) {
  const empty = await sha256();
  return sha256(
    varint(1),
    chain,
    varint(0),
    kZero,
    varint(0),
    varint(0),
    kZero,
    varint(genesis.created),
    varint(0),
    empty,
    varint(0),
    kEmptyTree,
    empty,
    validators,
  );
}

async function isSignedByQuorum(certificate, binding, keys) {
  const quorum = keys.length - Math.floor((keys.length - 1) / 3);
  if (certificate.epoch !== 0 || certificate.signatures.length < quorum) return false;
  const message = concat(
    ascii("troupe/finalize/1\0"),
    binding.chain,
    varint(certificate.epoch),
    binding.root,
    varint(certificate.view),
    certificate.block,
  );
  for (const { signer, signature } of certificate.signatures) {
    if (signer >= keys.length) return false;
    if (!(await verifySignature(keys[signer], message, signature))) return false;
  }
  return true;
}

async function checkFounding(proof, binding, trusted) {
  for (const header of [proof.subject, proof.anchor]) {
    hold(
      equal(header.validators, binding.validators),
      5,
      "other-validators",
      "The header names other validators than the genesis.",
    );
    const isOfEpoch =
      header.epoch === 0 &&
      (header.height === 0
        ? equal(await sha256(header.encoded), binding.root)
        : equal(header.root, binding.root));
    hold(
      isOfEpoch,
      5,
      "other-epoch",
      "The header belongs to an epoch that the genesis did not begin.",
    );
    hold(
      equal(header.chain, binding.chain),
      5,
      "other-chain",
      "The header belongs to another chain than the genesis.",
    );
  }
  hold(equal(binding.chain, trusted), 5, "other-genesis", "The genesis is another one than yours.");
}

async function check(file, trusted) {
  const proof = {
    header: file.header === null ? null : readHeader(fromHex(file.header)),
    anchor: readHeader(fromHex(file.anchor)),
    history: readDigests(file.history),
  };
  proof.subject = proof.header ?? proof.anchor;
  const certificate = readCertificate(fromHex(file.finalization));
  const genesis = readGenesis(fromHex(file.genesis));
  if (!genesis.keys.every(isAcceptableKey)) throw new Error("the genesis holds a bad key");

  await kClaims[file.claim.kind](file.claim, proof);
  await checkHistory(proof, file.claim);
  hold(
    certificate.kind === 3 &&
      certificate.epoch === proof.anchor.epoch &&
      certificate.view === proof.anchor.view &&
      equal(certificate.block, await sha256(proof.anchor.encoded)),
    3,
    "not-its-certificate",
    "The certificate is no finalization of the anchor.",
  );
  const chain = await sha256(genesis.encoded);
  const validators = await sha256(varint(genesis.keys.length), ...genesis.keys);
  const binding = { chain, validators, root: await rootBlock(chain, genesis, validators) };
  hold(
    await isSignedByQuorum(certificate, binding, genesis.keys),
    4,
    "no-quorum",
    "The finalization is not signed by a quorum of the validators.",
  );
  await checkFounding(proof, binding, trusted);
}

/**
 * The verdict on a proof file: { valid: true, claim } or { valid: false, step, flaw, message }, with
 * step 0 where the bytes are no proof file.
 * @param {Uint8Array} bytes the file
 * @param {string} genesis the digest that the verifier trusts, in hexadecimal
 */
export async function verify(bytes, genesis) {
  const trusted = fromHex(genesis, 32);
  try {
    const file = readFile(bytes);
    await check(file, trusted);
    return { valid: true, claim: file.claim };
  } catch (error) {
    if (error instanceof Flaw) {
      return { valid: false, step: error.step, flaw: error.flaw, message: error.message };
    }
    if (error instanceof Error && error.name !== "NotSupportedError") {
      return { valid: false, step: 0, flaw: "no-proof", message: error.message };
    }
    throw error;
  }
}

const isProgram =
  typeof process !== "undefined" &&
  process.argv?.[1] &&
  import.meta.url === new URL(`file://${process.argv[1]}`).href;
if (isProgram) {
  const [file, genesis] = process.argv.slice(2);
  if (!file || !genesis) {
    console.error("usage: node verify.mjs FILE GENESIS_DIGEST");
    process.exit(2);
  }
  const files = await import("node:fs/promises");
  const verdict = await verify(await files.readFile(file), genesis);
  console.log(
    verdict.valid
      ? `valid: ${verdict.claim.kind} down to genesis ${genesis.slice(0, 8)}..`
      : `NOT valid: step ${verdict.step} of 5: ${verdict.message}`,
  );
  process.exit(verdict.valid ? 0 : 1);
}
