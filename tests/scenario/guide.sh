#!/usr/bin/env bash
# The officer's guide, in both languages, run as it is written on the demo federation: every command, in order, and what
# the guide says that they say.
# shellcheck disable=SC2034,SC2317 # read by walk.sh, called by it
# Plain only: its commands have scenarios of their own.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/walk.sh
. tests/lib/walk.sh
export SITES=1 PATIENTS=3000

# Where a reader types the passphrase and the version, nobody does here. A stop counts against signatures of its
# second, too; a reader is slower.
cat >"$folder/rc" <<'RC'
cordon()
{
	case "$1 $2 $*" in
	*--verify*) command cordon "$@" ;;
	"policy sign "*--new-key*) command cordon "$@" --passphrase "$HOME/passphrase" ;;
	"policy sign "*)
		command cordon "$@" --passphrase "$HOME/passphrase" \
			--version "$(sed -n 's/^version: //p' policy/policy.yaml)"
		;;
	"policy stop "*)
		command cordon "$@"
		sleep 1
		;;
	*) command cordon "$@" ;;
	esac
}
RC

passphrase()
{
	printf 'a passphrase\n' >"$1/passphrase"
}
WALK_RC=$folder/rc WALK_HOME=passphrase
for guide in docs/officer-guide.md docs/officer-guide.zh.md; do
	demo_up
	walk "$guide"
	demo_down
done
