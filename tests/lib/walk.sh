# walk.sh - runs a guide of docs as it is written, on a fresh demo federation that stays up as in a reader's terminal.
# Sourced. Before: BIN is the folder of the programs. Settings of the demo (SITES, PATIENTS, POLICY) are exported by the
# caller; WALK_RC is a file that the reader's shell reads first, WALK_FLAGS are for guide.py.
# shellcheck shell=bash disable=SC2317 # finish is called by the trap
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

# demo_up: sets `demo`, its process, and DEMO, its folder
demo_up()
{
	local tries=0

	rm -f "$folder/demo" "$folder/pid"
	script -qfec "echo \$\$ >'$folder/pid'; exec demo/run.sh" "$folder/demo" >/dev/null </dev/null &
	until grep -qs 'export DEMO=' "$folder/demo"; do
		((++tries < 1200)) || die "the demo does not say how to begin"
		sleep 0.1
	done
	demo=$(cat "$folder/pid")
	DEMO=$(sed -n 's/.*export DEMO=\([^ ]*\) PATH=.*/\1/p' "$folder/demo")
	export DEMO
}

# walk GUIDE: in a home of its own, which the function named by WALK_HOME furnishes
walk()
{
	mkdir "$folder/home" || die "no home"
	[ -z "${WALK_HOME:-}" ] || "$WALK_HOME" "$folder/home"
	# shellcheck disable=SC2086 # flags are words
	HOME=$folder/home GUIDE_RC=${WALK_RC:-} timeout 300 tests/lib/guide.py "$1" ${WALK_FLAGS:-} >"$folder/said" 2>&1 ||
		die "$1 is not what happens"
	rm -rf "${folder:?}/home"
	printf 'ok: %s\n' "$(tail -n 1 "$folder/said")"
}

demo_down()
{
	kill "$demo" 2>/dev/null
	wait
	demo=''
}
