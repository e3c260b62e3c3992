// Reads proof files (tools/troupe/proof_file.hpp): every member is checked, the object is spelled anew,
// and a spelling that differs in one byte is refused. Then the encodings within it, as far as a
// verifier needs them.

import { Reader, ascii, equal, fromHex, toHex } from "./bytes.mjs";
import { kDepthMax } from "./merkle.mjs";

const kFileBytesMax = 2 * 1024 * 1024 + 64 * 1024;
const kPathStepsMax = 64;
const kRecordKeyBytesMax = 1024;
const kRecordValueBytesMax = 64 * 1024;
const kValidatorsMax = 128;

const isPrintable = (bytes) => bytes.every((byte) => byte >= 0x20 && byte <= 0x7e);

function number(value) {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error("a number is none");
  return value;
}

function list(value, countMax, check) {
  if (!Array.isArray(value) || value.length > countMax) throw new Error("a list is none");
  return value.map(check);
}

const digest = (text) => toHex(fromHex(text, 32));
const hex = (text) => toHex(fromHex(text));

function key(text) {
  if (typeof text !== "string" || text.length === 0 || text.length > kRecordKeyBytesMax) {
    throw new Error("a key is none");
  }
  if (!/^[ -~]*$/.test(text)) throw new Error("a key is not printable");
  return text;
}

function step(text) {
  if (typeof text !== "string") throw new Error("a step is no text");
  const side = text.startsWith("left ") ? "left " : "right ";
  return side + digest(text.slice(side.length));
}

function spellValue(claim) {
  const value = "value" in claim ? ascii(claim.value) : fromHex(claim.value_hex);
  if (value.length === 0 || value.length > kRecordValueBytesMax) throw new Error("a value is none");
  if ("value" in claim && typeof claim.value !== "string") throw new Error("a value is no text");
  return isPrintable(value)
    ? { value: new TextDecoder().decode(value) }
    : { value_hex: toHex(value) };
}

function spellNeighbour(neighbour) {
  if (neighbour === null) return null;
  return {
    key_hex: hex(neighbour.key_hex),
    value_hex: hex(neighbour.value_hex),
    siblings: list(neighbour.siblings, kDepthMax, digest),
  };
}

const kSpellings = {
  record: (claim) => ({
    kind: "record",
    key: key(claim.key),
    version: number(claim.version),
    status: claim.status === "retired" ? "retired" : "active",
    owner: digest(claim.owner),
    height: number(claim.height),
    transaction: digest(claim.transaction),
    ...spellValue(claim),
    siblings: list(claim.siblings, kDepthMax, digest),
  }),
  absence: (claim) => ({
    kind: "absence",
    key: key(claim.key),
    key_digest: digest(claim.key_digest),
    left: spellNeighbour(claim.left),
    right: spellNeighbour(claim.right),
  }),
  transaction: (claim) => ({
    kind: "transaction",
    id: digest(claim.id),
    transaction: hex(claim.transaction),
    path: list(claim.path, kPathStepsMax, step),
    receipt: hex(claim.receipt),
    receipt_path: list(claim.receipt_path, kPathStepsMax, step),
    siblings: list(claim.siblings, kDepthMax, digest),
  }),
  header: (claim) => ({
    kind: "header",
    consistency: list(claim.consistency, kPathStepsMax + 1, digest),
  }),
};

function spell(file) {
  if (file.format !== "troupe-proof/1") throw new Error("the format is another one");
  if (!Object.hasOwn(kSpellings, file.claim.kind)) throw new Error("the kind of claim is unknown");
  return {
    format: file.format,
    claim: kSpellings[file.claim.kind](file.claim),
    header: file.header === null ? null : hex(file.header),
    history: list(file.history, kPathStepsMax, digest),
    anchor: hex(file.anchor),
    finalization: hex(file.finalization),
    genesis: hex(file.genesis),
  };
}

/** The members of a proof file; throws if the bytes are none. */
export function readFile(bytes) {
  if (bytes.length > kFileBytesMax) throw new Error("it is too large");
  const file = spell(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  if (!equal(ascii(JSON.stringify(file, null, 2) + "\n"), bytes)) {
    throw new Error("it is not spelled as proof files are");
  }
  return file;
}

export function readHeader(encoded) {
  const reader = new Reader(encoded);
  const header = { encoded };
  if (reader.varint() !== 1) throw new Error("the header's version is unknown");
  header.chain = reader.fixed(32);
  header.epoch = reader.varint();
  header.root = reader.fixed(32);
  header.view = reader.varint();
  header.height = reader.varint();
  reader.fixed(32); // parent
  reader.varint(); // timestamp
  const tips = reader.varint();
  if (tips > kValidatorsMax) throw new Error("the header has too many tips");
  for (let i = 0; i < tips; ++i) {
    for (let field = 0; field < 3; ++field) reader.varint();
    reader.fixed(32);
  }
  header.transactionsRoot = reader.fixed(32);
  reader.varint(); // executed height
  header.executedRoot = reader.fixed(32);
  header.historyRoot = reader.fixed(32);
  header.validators = reader.fixed(32);
  reader.end();
  return header;
}

export function readCertificate(encoded) {
  const reader = new Reader(encoded);
  const certificate = {
    kind: reader.u8(),
    epoch: reader.varint(),
    view: reader.varint(),
    block: reader.fixed(32),
    signatures: [],
  };
  if (certificate.kind < 1 || certificate.kind > 3) throw new Error("the vote's kind is unknown");
  const signers = reader.bytes(kValidatorsMax / 8);
  if (signers.length > 0 && signers[signers.length - 1] === 0) throw new Error("it is not minimal");
  for (let bit = 0; bit < 8 * signers.length; ++bit) {
    if ((signers[bit >> 3] >> (bit % 8)) & 1) {
      certificate.signatures.push({ signer: bit, signature: reader.fixed(64) });
    }
  }
  reader.end();
  return certificate;
}

/** The validators and the time of a genesis. Its digest decides whether the rest of it is right. */
export function readGenesis(encoded) {
  const reader = new Reader(encoded);
  if (reader.varint() !== 1) throw new Error("the genesis's version is unknown");
  reader.bytes(64);
  const genesis = { encoded, created: reader.varint(), keys: [] };
  reader.u8(); // development
  for (let rule = 0; rule < 4; ++rule) reader.varint();
  const count = reader.varint();
  if (count < 1 || count > kValidatorsMax) throw new Error("the genesis has no validators");
  for (let i = 0; i < count; ++i) {
    reader.bytes(64);
    genesis.keys.push(reader.fixed(32));
    reader.bytes(64);
  }
  for (let accounts = reader.varint(); accounts > 0; --accounts) {
    reader.bytes(64);
    reader.fixed(32);
  }
  reader.end();
  return genesis;
}

export function readTransaction(encoded) {
  const reader = new Reader(encoded);
  const body = reader.bytes(256 * 1024);
  const signatures = reader.varint();
  if (signatures !== 1) throw new Error("the transaction has not one signature");
  const signature = reader.fixed(64);
  reader.end();
  const inner = new Reader(body);
  if (inner.varint() !== 1) throw new Error("the transaction's version is unknown");
  return { body, signature, chain: inner.fixed(32), account: inner.fixed(32) };
}
