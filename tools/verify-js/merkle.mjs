// Merkle trees: RFC 6962 and 9162 for transactions, receipts and the history; the Jellyfish tree of
// the state in the shape of ICS-23 (protocol/ledger/state_proof.hpp).

import { ascii, concat, equal, sha256 } from "./bytes.mjs";

export const leafHash = (content) => sha256(Uint8Array.of(0), content);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/** Where a path leads whose steps say on which side the sibling stands. */
export async function rootOfPath(leaf, path) {
  let hash = leaf;
  for (const { isRight, sibling } of path) {
    hash = await (isRight ? nodeHash(hash, sibling) : nodeHash(sibling, hash));
  }
  return hash;
}

/** RFC 9162, 2.1.3.2. */
export async function isIncluded(leaf, index, size, path, root) {
  if (index >= size) return false;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (index % 2 === 1 || index === last) {
      hash = await nodeHash(sibling, hash);
      while (index % 2 === 0 && index !== 0) {
        index = Math.floor(index / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    index = Math.floor(index / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equal(hash, root);
}

/** RFC 9162, 2.1.4.2: the older tree is the beginning of the newer one. */
export async function isConsistent(olderSize, newerSize, olderRoot, newerRoot, path) {
  if (olderSize === 0 || olderSize > newerSize) return false;
  if (olderSize === newerSize) return path.length === 0 && equal(olderRoot, newerRoot);
  const isPerfect = Number.isInteger(Math.log2(olderSize));
  const steps = isPerfect ? [olderRoot, ...path] : path;
  if (steps.length === 0) return false;
  let node = olderSize - 1;
  let last = newerSize - 1;
  const halve = () => {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  };
  while (node % 2 === 1) halve();
  let older = steps[0];
  let newer = steps[0];
  for (const step of steps.slice(1)) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      older = await nodeHash(step, older);
      newer = await nodeHash(step, newer);
      while (node % 2 === 0 && node !== 0) halve();
    } else {
      newer = await nodeHash(newer, step);
    }
    halve();
  }
  return last === 0 && equal(older, olderRoot) && equal(newer, newerRoot);
}

// --- the state

export const kDepthMax = 256;
export const kEmptyTree = ascii("SPARSE_MERKLE_PLACEHOLDER_HASH__");

const bitOf = (digest, depth) => (digest[depth >> 3] >> (7 - (depth % 8))) & 1;

async function rootOfLeaf({ key, value, siblings }) {
  const keyDigest = await sha256(key);
  let hash = await sha256(ascii("JMT::LeafNode"), keyDigest, await sha256(value));
  let depth = siblings.length;
  for (const sibling of siblings) {
    const isRight = bitOf(keyDigest, --depth) === 1;
    hash = await sha256(
      ascii("JMT::IntrnalNode"),
      ...(isRight ? [sibling, hash] : [hash, sibling]),
    );
  }
  return hash;
}

export async function isPresent(proof, root) {
  if (proof.key.length === 0 || proof.value.length === 0) return false;
  return proof.siblings.length <= kDepthMax && equal(await rootOfLeaf(proof), root);
}

const compare = (one, other) => {
  const at = one.findIndex((byte, place) => byte !== other[place]);
  return at < 0 ? 0 : one[at] - other[at];
};

/** From `depth` downwards nothing lies beside the leaf on that side. */
function isOutermost({ keyDigest, siblings }, depth, onTheRight) {
  for (; depth < siblings.length; ++depth) {
    if ((bitOf(keyDigest, depth) === 1) === onTheRight) continue;
    if (!equal(siblings[siblings.length - 1 - depth], kEmptyTree)) return false;
  }
  return true;
}

export async function isAbsent({ left, right }, key, root) {
  if (!left && !right) return equal(root, kEmptyTree);
  const keyDigest = await sha256(key);
  for (const neighbour of [left, right]) {
    if (!neighbour) continue;
    neighbour.keyDigest = await sha256(neighbour.key);
    if (!(await isPresent(neighbour, root))) return false;
  }
  if (left && compare(left.keyDigest, keyDigest) >= 0) return false;
  if (right && compare(keyDigest, right.keyDigest) >= 0) return false;
  if (!right) return isOutermost(left, 0, true);
  if (!left) return isOutermost(right, 0, false);
  let fork = 0;
  while (bitOf(left.keyDigest, fork) === bitOf(right.keyDigest, fork)) ++fork;
  return (
    left.siblings.length > fork &&
    right.siblings.length > fork &&
    isOutermost(left, fork + 1, true) &&
    isOutermost(right, fork + 1, false)
  );
}

export const recordStateKey = (key) => concat(ascii("record/"), ascii(key));
