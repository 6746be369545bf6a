# shellcheck shell=bash
# members.sh - a list of members for secure sums, signed by two of three officers, for scenarios and the demo.
#
#   members_make CORDON FOLDER ROOT GATEWAY SITE...   FOLDER gets members.yaml, officers.yaml and a NAME.key for each
#   members_line NAME                                 the line of gateway.yaml or agent.yaml beside FOLDER
#   members_policy FOLDER                             the example policy answers in mode secure too
#
# Outside a demo the officers' keys, and each member's, never meet on one machine.

members_make()
{
	local cordon=$1 dir=$2 root=$3 gateway=$4 list=$2/members.yaml name who key

	shift 4
	mkdir "$dir" && head -c 18 /dev/urandom | base64 >"$dir/passphrase" && printf 'cordon: 1\npeople:\n' >"$dir/officers.yaml" || return 1
	for who in wu zhou zheng; do
		key=$("$cordon" policy sign --new-key "$dir/$who.key" --as $who --passphrase "$dir/passphrase") || return 1
		sed -nE 's/.*key: ("ed25519:[^"]+").*/  - {name: '$who', key: \1}/p' <<<"$key" >>"$dir/officers.yaml"
	done
	"$cordon" ca manifest new "$list" --root "$root" || return 1
	for name in "$gateway" "$@"; do
		key=$("$cordon" ca manifest key --out "$dir/$name.key") || return 1
		if [ "$name" = "$gateway" ]; then
			"$cordon" ca manifest add "$list" --name "$name" --key "$key" --gateway || return 1
		else
			"$cordon" ca manifest add "$list" --name "$name" --org "$name" --key "$key" || return 1
		fi
	done
	for who in wu zheng; do
		"$cordon" ca manifest sign "$list" --officers "$dir/officers.yaml" --as $who --key "$dir/$who.key" \
			--passphrase "$dir/passphrase" --epoch 1 || return 1
	done
}

members_line()
{
	echo "sums: {members: ../members/members.yaml, officers: ../members/officers.yaml, key: ../members/$1.key}"
}

members_policy()
{
	sed -i 's/^  secure_aggregation: off /  secure_aggregation: preferred /' "$1/release.yaml" &&
		sed -i '/en: this hospital takes no part in sums/,/rule: release:secure_aggregation/d' "$1/tests.yaml"
}
