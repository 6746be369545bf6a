#!/usr/bin/env bash
# Who takes part in secure sums: a list made, signed by two of three officers, checked, changed, and what is refused.
# Plain only: two files and a few commands; the readers are fuzzed and unit-tested under sanitizers.
source "$(dirname "$0")/../lib/federation.sh"
dir=$HOME_OF/members
list=$dir/members.yaml
people=$dir/officers.yaml
mkdir "$dir"
echo "a passphrase for tests" >"$dir/passphrase"
manifest()
{
	cordon ca manifest "$@"
}
# refused STATUS WORDS WHAT COMMAND...: refused so, in these words, and the list is as it was.
refused()
{
	local status=$1 words=$2 what=$3 before

	shift 3
	before=$(sha256sum "$list")
	manifest "$@"
	want "$status" "$what"
	grep -qF -- "$words" "$HOME_OF/err" || die "$what: no '$words' in: $(cat "$HOME_OF/err")"
	[ "$(sha256sum "$list")" = "$before" ] || die "$what: the list changed"
}
officer()
{
	local who=$1

	shift
	manifest sign "$list" --officers "$people" --as "$who" --key "$dir/$who.key" --passphrase "$dir/passphrase" "$@"
}

cordon ca init --dir "$dir/ca" --federation demo
printf 'cordon: 1\npeople:\n' >"$people"
for who in wu zhou zheng; do
	cordon policy sign --new-key "$dir/$who.key" --as $who --passphrase "$dir/passphrase"
	sed -nE 's/.*key: ("ed25519:[^"]+").*/  - {name: '$who', key: \1}/p' "$HOME_OF/out" >>"$people"
done
manifest new "$list" --root "$dir/ca/root.crt"
want 0 "a new list"
refused 2 "is there already" "a list written over" new "$list" --root "$dir/ca/root.crt"
for name in demo renmin xiehe huashan; do
	manifest key --out "$dir/$name.key"
	want 0 "a key for $name"
	[ "$(stat -c %a "$dir/$name.key")" = 600 ] || die "others can read a key"
	public=$(cat "$HOME_OF/out")
	if [ $name = demo ]; then
		manifest add "$list" --name demo --key "$public" --gateway
	else
		manifest add "$list" --name $name --org $name-group --key "$public"
	fi
	want 0 "$name added"
done
refused 2 "this name is in the list" "a name twice" add "$list" --name renmin --org x --key "$public"
refused 2 "this key is in the list" "a key twice" add "$list" --name other --org x --key "$public"
manifest show "$list"
check "it tells what the numbers mean" said "at least 3 contribute, at least 3 of them honest"

refused 1 "2 of 2 signatures are missing" "nobody signed" verify "$list" --officers "$people"
refused 1 "that is not the epoch" "another epoch was meant" sign "$list" --officers "$people" --as wu --key "$dir/wu.key" \
	--passphrase "$dir/passphrase" --epoch 7
officer wu --epoch 1
want 0 "one officer"
refused 1 "signed twice" "one officer twice" sign "$list" --officers "$people" --as wu --key "$dir/wu.key" \
	--passphrase "$dir/passphrase" --epoch 1
refused 1 "does not list this key for 'zhou'" "another's key" sign "$list" --officers "$people" --as zhou \
	--key "$dir/zheng.key" --passphrase "$dir/passphrase" --epoch 1
refused 1 "1 of 2 signatures are missing" "one signed" verify "$list" --officers "$people"
officer zheng --epoch 1
want 0 "a second officer"
manifest verify "$list" --officers "$people"
want 0 "complete"
cp "$list" "$dir/first.yaml"

sed -i 's/n_min: 3/n_min: 4/' "$list"
refused 1 "does not hold" "a rule edited after signing" verify "$list" --officers "$people"
sed 's/n_min: 4/n_min: 2/' "$list" >"$dir/bad.yaml"
manifest show "$dir/bad.yaml"
want 2 "a sum of two hospitals"
grep -qE 'bad.yaml:10:10: error' "$HOME_OF/err" || die "no place: $(cat "$HOME_OF/err")"
cp "$dir/first.yaml" "$list"

manifest revoke "$list" xiehe
want 0 "a site suspended"
check "and the list is the next one, unsigned" said "epoch 2"
officer wu --epoch 2 --against "$dir/first.yaml"
want 0 "signed again"
check "with what is new in it" said "changed"
officer zhou --epoch 2
manifest verify "$list" --officers "$people" --against "$dir/first.yaml"
want 0 "the next epoch"
refused 1 "older than the one in use" "back to the first" verify "$dir/first.yaml" --officers "$people" --against "$list"

# ---- the secret that the hospitals share without the gateway ----
cordon ca site-secret new --out "$dir/secret"
want 0 "a secret for counting people once"
print=$(grep -oE '[0-9a-f]{4}( [0-9a-f]{4}){7}' "$HOME_OF/out") || die "no fingerprint"
[ "$(stat -c %a "$dir/secret")" = 600 ] || die "others can read the secret"
cordon ca site-secret key --out "$dir/xiehe.seal"
to=$(cat "$HOME_OF/out")
cordon ca site-secret seal "$dir/secret" --to "$to" --out "$dir/sealed"
want 0 "sealed to another hospital"
cordon ca site-secret open "$dir/sealed" --key "$dir/xiehe.seal" --out "$dir/theirs"
want 0 "opened there"
check "with the same fingerprint" said "$print"
cmp -s "$dir/secret" "$dir/theirs" || die "another secret"
cordon ca site-secret open "$dir/sealed" --key "$dir/xiehe.seal" --out "$dir/theirs"
want 2 "not written over"
cordon ca site-secret key --out "$dir/huashan.seal"
cordon ca site-secret open "$dir/sealed" --key "$dir/huashan.seal" --out "$dir/none"
want 2 "not for a third hospital"
[ ! -e "$dir/none" ] || die "something was written"
chmod 644 "$dir/secret"
cordon ca site-secret show "$dir/secret"
want 2 "a secret that others can read"

# ---- the ceremony of threshold Paillier, at its real size: a minute, so by `make ceremony` alone ----
[ -n "${CEREMONY:-}" ] || { echo "ok: manifest"; exit 0; }
{
	printf 'cordon: 1\nepoch: 1\nvalid: 2026-01-01..2027-12-31\ncolluders: 1\nholders:\n'
	for name in h1 h2 h3; do
		printf '  - {name: %s, key: "%s", seal: "%s"}\n' $name "$("$BIN/cordon" ca manifest key --out "$dir/$name.key")" \
			"$("$BIN/cordon" ca paillier holder --out "$dir/$name.seal")"
	done
} >"$dir/holders.yaml"
cordon ca paillier deal "$dir/holders.yaml" --root "$dir/ca/root.crt" --out "$dir/dealt"
want 0 "dealt"
key=$dir/dealt/paillier.yaml
for name in h1 h2 h3; do
	cordon ca paillier verify "$key" --officers "$people" --share "$dir/dealt/$name.share" --key "$dir/$name.seal"
	want 1 "nobody signed yet"
	check "but the share of $name is right" said "the share of $name is right"
done
cordon ca paillier verify "$key" --officers "$people" --share "$dir/dealt/h1.share" --key "$dir/h2.seal"
want 1 "another's share"
for who in wu zhou; do
	cordon ca paillier sign "$key" --officers "$people" --as $who --key "$dir/$who.key" --passphrase "$dir/passphrase" --epoch 1
	want 0 "$who signs"
done
cordon ca paillier verify "$key" --officers "$people"
want 0 "complete"
sed 's/^epoch: 1/epoch: 2/' "$key" >"$dir/other.yaml"
cordon ca paillier verify "$dir/other.yaml" --officers "$people"
want 1 "an epoch changed after signing"
cordon ca paillier deal "$dir/holders.yaml" --root "$dir/ca/root.crt" --out "$dir/dealt"
want 2 "a key is not written over"
echo "ok: manifest"
