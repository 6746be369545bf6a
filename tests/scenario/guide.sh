#!/usr/bin/env bash
# The officer's guide, in both languages, run as it is written on the demo federation: every command, in order, and what
# the guide says that they say.
# shellcheck disable=SC2317 # finish is called by the trap
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
[[ $BIN == /* ]] || BIN=$PWD/$BIN
export LC_ALL=C.UTF-8 NO_COLOR=1 DEMO_BIN=$BIN PATH=$BIN:$PATH
folder=$(mktemp -d "${TMPDIR:-/tmp}/cordon-t.XXXXXX")
export TMPDIR=$folder
demo=''
finish()
{
	[ -z "$demo" ] || kill "$demo" 2>/dev/null
	while [ -n "$demo" ] && kill -0 "$demo" 2>/dev/null; do
		sleep 0.1
	done
	rm -rf "$folder"
}
trap finish EXIT
die()
{
	printf 'FAILED: %s\n' "$1"
	cat "$folder/said" "$folder/demo" 2>/dev/null
	exit 1
}

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

# walk GUIDE: on a fresh demo, which stays up as in a reader's terminal
walk()
{
	local tries=0

	rm -f "$folder/demo" "$folder/pid"
	SITES=1 PATIENTS=3000 script -qfec "echo \$\$ >'$folder/pid'; exec demo/run.sh" "$folder/demo" >/dev/null </dev/null &
	until grep -qs 'export DEMO=' "$folder/demo"; do
		((++tries < 1200)) || die "the demo does not say how to begin"
		sleep 0.1
	done
	demo=$(cat "$folder/pid")
	DEMO=$(sed -n 's/.*export DEMO=\([^ ]*\) PATH=.*/\1/p' "$folder/demo")
	export DEMO
	mkdir "$folder/home" || die "no home"
	printf 'a passphrase\n' >"$folder/home/passphrase"
	HOME=$folder/home GUIDE_RC=$folder/rc timeout 300 tests/lib/guide.py "$1" >"$folder/said" 2>&1 || die "$1 is not what happens"
	kill "$demo" 2>/dev/null
	wait
	demo=''
	rm -rf "${folder:?}/home"
	printf 'ok: %s\n' "$(tail -n 1 "$folder/said")"
}

walk docs/officer-guide.md
walk docs/officer-guide.zh.md
