#!/usr/bin/env bash
# The approvers' desk: what `cordon policy sign` refuses, and that a refusal changes nothing.
source "$(dirname "$0")/../lib/federation.sh"
make_approvers
dir=$HOME_OF/approvers
people=$dir/approvers.yaml
policy=$HOME_OF/policy
fresh()
{
	rm -rf "$policy"
	cp -r "$ROOT/policies/examples/omop-hospital" "$policy"
}
state()
{
	(cd "$policy" && find . -type f -exec sha256sum {} + | sort)
}
# refused STATUS WHAT WORDS COMMAND...: refused so, with these words, and the folder is as it was.
refused()
{
	local status=$1 what=$2 words=$3 before

	shift 3
	before=$(state)
	"$@"
	want "$status" "$what"
	check "  and says why" said "$words"
	[ "$(state)" = "$before" ] || die "$what: the folder changed"
}
officer()
{
	sign_as officer-a "$policy" "$@"
}
owner()
{
	sign_as owner-b "$policy" "$@"
}
# key WHO FILE [OPTION...]: somebody with a key file.
key()
{
	local who=$1 file=$2

	shift 2
	cordon policy sign "$policy" --as "$who" --key "$file" --approvers "$people" --passphrase "$dir/passphrase" --version 1 "$@"
}
edit()
{
	sed -i "$1" "$2"
}

fresh
refused 2 "without a name or a key nothing is signed" "--as NAME and --key FILE are needed" cordon policy sign "$policy"
refused 1 "another version than the folder's is not approved" "that is not the version" officer --version 2
refused 1 "nothing typed is no version" "that is not the version" cordon policy sign "$policy" --as officer-a \
	--key "$dir/officer-a.key" --approvers "$people" --passphrase "$dir/passphrase"
refused 1 "a key of somebody else does not sign" "this key is not the one" key owner-b "$dir/officer-a.key"
refused 1 "a stranger does not sign" "this key is not the one" key mallory "$dir/officer-a.key"
refused 3 "without approvers nobody signs" "could not be read" officer --approvers "$HOME_OF/none.yaml"
refused 3 "without its key nobody signs" "could not be read" key officer-a "$HOME_OF/none.key"
echo wrong passphrase >"$HOME_OF/wrong"
refused 2 "a wrong passphrase opens no key" "the passphrase does not open this key" officer --passphrase "$HOME_OF/wrong"
check "  and is not shown" bash -c "! grep -q 'wrong passphrase\"' '$HOME_OF/err'"
refused 2 "without a terminal and --passphrase no key opens" "--passphrase FILE" cordon policy sign "$policy" --as officer-a \
	--key "$dir/officer-a.key" --approvers "$people" --version 1
cp "$dir/officer-a.key" "$HOME_OF/open.key"
chmod 644 "$HOME_OF/open.key"
refused 2 "a key that others can read is not used" "others can read" key officer-a "$HOME_OF/open.key"
refused 2 "something else is no key" "this is not a key" key officer-a "$people"
refused 1 "a role that one does not have is not signed" "no signature is missing in a role that you have" officer --role data-owner
refused 1 "nor one that is not required" "no signature is missing" officer --role guest

cp "$people" "$HOME_OF/people"
edit 's/name: "officer-a"/revoked: 2026-01-01, &/' "$people"
refused 1 "a revoked key does not sign" "this key is revoked" officer
cp "$HOME_OF/people" "$people"
edit 's/name: "officer-a"/valid: 2020-01-01..2020-12-31, &/' "$people"
refused 1 "a key whose days are over does not sign" "this key is not valid today" officer
cp "$HOME_OF/people" "$people"
edit 's/^people:/required: [compliance]\n&/' "$people"
refused 2 "one required role is not enough" "P404" officer
cp "$HOME_OF/people" "$people"

edit 's/^valid: /vaild: /' "$policy/policy.yaml"
refused 2 "a folder with errors is not signed" "P111" officer
fresh
echo x >"$policy/old.yaml"
refused 2 "nor one with a file that does not belong" "P105" officer
fresh
edit '0,/expect: allow/s//expect: deny\n    rule: policy:valid/' "$policy/tests.yaml"
refused 1 "nor one whose examples fail" "tests fail" officer
fresh
cp -r "$policy" "$HOME_OF/same"
refused 1 "nor one that is not higher than what it is compared with" "P115" officer --against "$HOME_OF/same"
edit 's/^site: .*/site: xiehe/; s/^version: 1/version: 0/' "$HOME_OF/same/policy.yaml"
refused 2 "nor against a folder with errors" "" officer --against "$HOME_OF/same"
refused 2 "nor against what runs without a socket" "--agent SOCKET" officer --against running
refused 3 "nor against an agent that is not there" "cannot be reached" officer --against running --agent "$HOME_OF/none.sock"
echo 'cordon: [' >"$policy/approval.yaml"
refused 2 "nor beside an approval that cannot be read" "remove it to begin signing anew" officer
rm "$policy/approval.yaml"
mkdir "$policy/approval.yaml"
refused 2 "nor where approval.yaml cannot be written" "approval.yaml" officer
rmdir "$policy/approval.yaml"
odd=$policy/README$(printf '\001\377"\n.x')
echo x >"$odd"
refused 2 "nor with a file whose name cannot be written down" "" officer
rm "$odd"

# one signature
cordon policy sign "$policy" --verify --approvers "$people"
want 1 "without a signature the approval is not complete"
check "  and says what is missing" said "none of two signatures"
officer
want 0 "the officer signs"
check "  and sees what is approved" said "You are about to approve version 1 for site renmin as compliance."
for line in "  checks     no errors" " pass" "  effect     " "  exceptions "; do
	check "  with$line" said "$line"
done
cordon policy sign "$policy" --verify --approvers "$people" --lang zh
want 1 "one signature is not complete"
check "  in Chinese too" said "未获批准：缺少 data-owner 签名"
refused 1 "nobody signs twice" "you signed already" officer
edit 's/"owner-b"/"officer-a"/' "$people"
refused 1 "nor with two keys" "you signed already" key officer-a "$dir/owner-b.key"
cp "$HOME_OF/people" "$people"
refused 1 "nor twice with one key under two names" "this key signed already" key owner-b "$dir/officer-a.key"
version0=$HOME_OF/version0
cp -r "$policy" "$version0"
rm "$version0/approval.yaml"
edit 's/^version: 1/version: 5/' "$policy/policy.yaml"
officer --version 5
want 0 "a changed policy begins anew"
check "  and says so" said "signing begins anew"
check "  the old signature is gone" test "$(grep -c 'who:' "$policy/approval.yaml")" = 1
officer_again=$(state)
refused 1 "who compares with something else than the first did not see the same" "the change is not the one that the first signer was shown" \
	owner --version 5 --against "$version0"
cp "$policy/approval.yaml" "$HOME_OF/half"
edit 's/at: "20[0-9]*/at: "2025/' "$policy/approval.yaml"
refused 1 "a first signature that was altered stops the second" "does not count" owner --version 5
cp "$HOME_OF/half" "$policy/approval.yaml"
[ "$(state)" = "$officer_again" ] || die "the test did not put it back"
owner --version 5 --json
want 0 "the owner signs"
check "  as JSON" test "$(field "['missing']") $(field "['role']") $(field "['version']")" = "[] data-owner 5"
cordon policy sign "$policy" --verify --approvers "$people"
want 0 "and the approval is complete"
check "  by both" said "complete: officer-a (compliance), owner-b (data-owner); hash sha256:"
cordon policy check "$policy"
want 0 "the folder still passes its check"
echo "# x" >>"$policy/studies.yaml"
cordon policy sign "$policy" --verify --approvers "$people"
want 1 "until a file changes"
check "  which is named" said "P402: studies.yaml was changed after signing"

# keys
refused 2 "a new key never replaces a file" "is there already" cordon policy sign --new-key "$people" --passphrase "$dir/passphrase"
echo short >"$HOME_OF/short"
cordon policy sign --new-key "$HOME_OF/new.key" --passphrase "$HOME_OF/short"
want 2 "a short passphrase protects nothing"
check "  and no key is left" test ! -e "$HOME_OF/new.key"
# typed FIRST SECOND: a new key by somebody at a terminal
typed()
{
	(
		for word; do
			sleep 0.7
			printf '%s\n' "$word"
		done
		sleep 0.7
	) | script -qec "'$BIN/cordon' policy sign --new-key '$HOME_OF/typed.key' --lang zh" /dev/null >"$HOME_OF/typed" 2>&1
	STATUS=$?
}
typed "a passphrase" "another passphrase"
want 2 "two passphrases that differ make no key"
check "  and none is left" test ! -e "$HOME_OF/typed.key"
check "  asked in one language" grep -q 请再次输入密钥口令 "$HOME_OF/typed"
typed "a passphrase" "a passphrase"
want 0 "the same twice makes one"
check "  which is there" test -s "$HOME_OF/typed.key"
cordon policy sign --new-key "$HOME_OF/new.key" --passphrase "$dir/passphrase" --as 张三 --role compliance --lang zh
want 0 "a new key is made"
check "  with its line for approvers.yaml" grep -qE '^  - \{name: "张三", roles: \["compliance"\], key: "ed25519:[A-Za-z0-9+/]{43}="\}$' "$HOME_OF/out"
check "  readable by its owner alone" test "$(stat -c %a "$HOME_OF/new.key")" = 600
check "  under its passphrase" grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "$HOME_OF/new.key"
grep '^  - ' "$HOME_OF/out" >>"$people"
cordon policy sign "$policy" --as 张三 --key "$HOME_OF/new.key" --approvers "$people" --passphrase "$dir/passphrase" --version 5 --lang zh
want 0 "and signs"
check "  in Chinese" said "张三（compliance）已签名。尚缺：data-owner。目前尚未生效。"

# stop
cordon policy stop --as officer-a --agent "$HOME_OF/none.sock"
want 2 "a stop needs its reason"
cordon policy stop --as "two words" --why x --agent "$HOME_OF/none.sock"
want 2 "and a name without spaces"
cordon policy stop --as officer-a --why x --agent "$HOME_OF/none.sock"
want 3 "and an agent"
