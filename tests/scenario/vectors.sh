#!/usr/bin/env bash
# Wycheproof's vectors, when they are beside the checkout (VECTORS_DATA: a folder with *.json.gz, else ../shared/vectors).
# Plain only: the code under it runs under sanitizers with vectors of its own.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
data=${VECTORS_DATA:-../shared/vectors}
[ -f "$data/x25519_test.json.gz" ] || { echo "skipped: no $data"; exit 77; }
VECTORS=$(mktemp -d "${TMPDIR:-/tmp}/cordon-vectors.XXXXXX")
export VECTORS
trap 'rm -rf "$VECTORS"' EXIT
for file in x25519 hkdf_sha256 ed25519 aes_gcm; do
	gunzip -c "$data/${file}_test.json.gz" >"$VECTORS/${file}_test.json" || exit 1
done
"$UNITS/test_secagg_vectors"
