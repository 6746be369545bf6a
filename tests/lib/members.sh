# shellcheck shell=bash
# members.sh - a list of members for secure sums, signed by two of three officers, for scenarios and the demo.
#
#   members_make CORDON FOLDER ROOT GATEWAY SITE...   FOLDER gets members.yaml, officers.yaml and a NAME.key for each
#   members_line NAME                                 the line of gateway.yaml or agent.yaml beside FOLDER
#   members_paillier CORDON DEALER FOLDER ROOT HOLDER...   FOLDER, as members_make left it, gets paillier.yaml, signed, and
#                                                     a share for each holder; DEALER is tests/tools/paillier_deal.
#                                                     PAILLIER="HOLDER..." then names them to members_line, and
#                                                     MINUTES="SITE..." those that are on the line for minutes only
#   members_policy FOLDER                             the example policy answers in mode secure too
#   DISTINCT=1                                        and a secret that sites share, with which they count people once
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
	[ -z "${DISTINCT:-}" ] || "$cordon" ca site-secret new --out "$dir/secret" >/dev/null || return 1
	"$cordon" ca manifest new "$list" --root "$root" || return 1
	for name in "$gateway" "$@"; do
		key=$("$cordon" ca manifest key --out "$dir/$name.key") || return 1
		printf '%s\n' "$key" >"$dir/$name.public"
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

members_paillier()
{
	local cordon=$1 dealer=$2 dir=$3 root=$4 name who

	shift 4
	printf 'cordon: 1\nepoch: 1\nvalid: %s..%s\ncolluders: 0\nholders:\n' "$(date -u +%F)" "$(date -u -d '+1 year' +%F)" >"$dir/holders.yaml"
	for name in "$@"; do
		who=$("$cordon" ca paillier holder --out "$dir/$name.seal") || return 1
		printf '  - {name: %s, key: "%s", seal: "%s"}\n' "$name" "$(cat "$dir/$name.public")" "$who" >>"$dir/holders.yaml"
	done
	"$dealer" "$dir/holders.yaml" "$root" "$dir" || return 1
	for who in wu zheng; do
		"$cordon" ca paillier sign "$dir/paillier.yaml" --officers "$dir/officers.yaml" --as $who --key "$dir/$who.key" \
			--passphrase "$dir/passphrase" --epoch 1 || return 1
	done
}

members_line()
{
	local more=''

	if [[ " ${PAILLIER:-} " == *" $1 "* ]]; then
		more=", paillier: {key: ../members/paillier.yaml, share: ../members/$1.share, seal: ../members/$1.seal}"
	elif [ -n "${PAILLIER:-}" ]; then
		more=", paillier: {key: ../members/paillier.yaml}"
	fi
	[[ " ${MINUTES:-} " != *" $1 "* ]] || more+=", online: minutes"
	[ -z "${DISTINCT:-}" ] || [ "$1" = test ] || more+=", site_secret: ../members/secret"
	echo "sums: {members: ../members/members.yaml, officers: ../members/officers.yaml, key: ../members/$1.key$more}"
}

members_policy()
{
	sed -i 's/^  secure_aggregation: off /  secure_aggregation: preferred /' "$1/release.yaml" &&
		sed -i '/en: this hospital takes no part in sums/,/rule: release:secure_aggregation/d' "$1/tests.yaml"
}
