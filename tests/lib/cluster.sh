# shellcheck shell=bash
# cluster.sh - private PostgreSQL clusters for the demo and the tests: as many as needed, gone without trace.
#
# Source it, then: cluster_init FOLDER; cluster_up NAME...; cluster_psql NAME -c '...'; cluster_down.
#
# C1  never root, never the network: the server runs as an unprivileged user (postgres when the caller is
#     root, else the caller) and listens on a unix socket in a folder that only that user and root can enter.
#     Authentication is therefore left to that folder (trust).
# C2  only servers started here are stopped, each by the process id it was started with.
# C3  a server does not outlive the shell that started it, even if that is killed. So call cluster_up from
#     the main shell, not from ( ) or $( ).
# C4  not durable (fsync off): for data that can be made again.
#
# CLUSTER_BUFFERS sets shared_buffers (default 128MB). Functions return 1 after a sentence in CLUSTER_ERROR.

# The caller's own connection settings must never send a test elsewhere.
unset "${!PG@}"
declare -gA CLUSTER_PID=()
CLUSTER_ROOT='' CLUSTER_OWN='' CLUSTER_BIN='' CLUSTER_ERROR=''
CLUSTER_AS=()

cluster_fail()
{
	# shellcheck disable=SC2034 # read by the caller
	CLUSTER_ERROR=$1
	return 1
}

# The newest PostgreSQL from 13 on, as Debian installs it.
cluster_find()
{
	local folder version best=0

	for folder in /usr/lib/postgresql/*/bin; do
		version=${folder#/usr/lib/postgresql/}
		version=${version%/bin}
		[[ $version =~ ^[0-9]+$ && -x $folder/postgres && -x $folder/initdb ]] || continue
		((version >= 13 && version > best)) && best=$version
	done
	((best > 0)) || cluster_fail "no PostgreSQL 13 or later under /usr/lib/postgresql" || return 1
	CLUSTER_BIN=/usr/lib/postgresql/$best/bin
}

# Lets user postgres enter the folder. Where a folder above is closed to it, as root's TMPDIR may be, a folder in
# /tmp takes its place until the last cluster_down.
cluster_lend()
{
	if chown root:postgres "$CLUSTER_ROOT" && chmod 0710 "$CLUSTER_ROOT" &&
		! (cd / && "${CLUSTER_AS[@]}" test -x "$CLUSTER_ROOT") && CLUSTER_OWN=$(mktemp -d /tmp/cordon-pg.XXXXXX); then
		CLUSTER_ROOT=$CLUSTER_OWN
		chown root:postgres "$CLUSTER_ROOT" && chmod 0710 "$CLUSTER_ROOT"
	fi
	(cd / && "${CLUSTER_AS[@]}" test -x "$CLUSTER_ROOT") ||
		cluster_fail "user postgres cannot enter '$CLUSTER_ROOT'"
}

# cluster_init FOLDER: an existing private folder. Makes one empty cluster with a database `hospital` in it,
# which cluster_up copies: initdb takes most of a second, a copy almost nothing.
cluster_init()
{
	local socket=$1/123456789012345678/sock/.s.PGSQL.5432.lock

	CLUSTER_ROOT=$1
	cluster_find || return 1
	((${#socket} < 108)) ||
		cluster_fail "the path '$1' is too long for a unix socket; set TMPDIR to a shorter one" || return 1
	CLUSTER_AS=()
	if [ "$(id -u)" = 0 ]; then
		id postgres >/dev/null 2>&1 || cluster_fail "there is no user 'postgres'" || return 1
		CLUSTER_AS=(setpriv --reuid postgres --regid postgres --init-groups)
		cluster_lend || return 1
		install -d -m 0700 -o postgres -g postgres "$CLUSTER_ROOT/empty"
	else
		chmod 0700 "$CLUSTER_ROOT"
		install -d -m 0700 "$CLUSTER_ROOT/empty"
	fi
	(
		cd / || exit 1
		"${CLUSTER_AS[@]}" "$CLUSTER_BIN/initdb" --pgdata="$CLUSTER_ROOT/empty/data" --username=postgres \
			--auth=trust --encoding=UTF8 --no-locale --wal-segsize=1 --no-sync --no-instructions &&
			"${CLUSTER_AS[@]}" "$CLUSTER_BIN/postgres" --single -D "$CLUSTER_ROOT/empty/data" \
				-c fsync=off postgres <<<'create database hospital'
	) >"$CLUSTER_ROOT/initdb.log" 2>&1 ||
		cluster_fail "initdb failed: $(tail -n 5 "$CLUSTER_ROOT/initdb.log")"
}

cluster_launch()
{
	local place=$CLUSTER_ROOT/$1

	cp -a "$CLUSTER_ROOT/empty" "$place" || return 1
	"${CLUSTER_AS[@]}" mkdir -m 0700 "$place/sock" || return 1
	: >"$CLUSTER_ROOT/$1.log"
	cluster_serve "$1"
}

cluster_serve()
{
	local place=$CLUSTER_ROOT/$1 death=()

	# setsid: Ctrl-C in the terminal is for the script, which then stops the server in its own order.
	death=("${CLUSTER_AS[@]}")
	[ ${#death[@]} -gt 0 ] || death=(setpriv)
	(cd / && exec setsid "${death[@]}" --pdeathsig INT "$CLUSTER_BIN/postgres" -D "$place/data" \
		-c listen_addresses='' -c unix_socket_directories="$place/sock" -c unix_socket_permissions=0700 \
		-c port=5432 -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
		-c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=8GB -c checkpoint_timeout=1h \
		-c autovacuum=off -c jit=off -c huge_pages=off -c max_connections=60 \
		-c shared_buffers="${CLUSTER_BUFFERS:-128MB}") </dev/null >>"$CLUSTER_ROOT/$1.log" 2>&1 &
	CLUSTER_PID[$1]=$!
}

# cluster_up NAME...: starts them side by side and waits until each takes connections.
cluster_up()
{
	local name

	for name in "$@"; do
		cluster_launch "$name" || cluster_fail "could not make cluster '$name' in '$CLUSTER_ROOT'" || return 1
	done
	cluster_wait "$@"
}

cluster_wait()
{
	local name tries

	for name in "$@"; do
		tries=0
		until grep -qs '^ready' "$CLUSTER_ROOT/$name/data/postmaster.pid"; do
			kill -0 "${CLUSTER_PID[$name]}" 2>/dev/null && ((++tries < 1500)) ||
				cluster_fail "PostgreSQL of '$name' did not start: $(tail -n 3 "$CLUSTER_ROOT/$name.log")" ||
				return 1
			sleep 0.02
		done
	done
}

# cluster_again NAME: starts a cluster again that was stopped or killed, with its data.
cluster_again()
{
	rm -f "$CLUSTER_ROOT/$1/data/postmaster.pid" "$CLUSTER_ROOT/$1"/sock/.s.*
	cluster_serve "$1"
	cluster_wait "$1"
}

# cluster_host NAME: the socket folder, for host=... of a connection.
cluster_host()
{
	printf '%s\n' "$CLUSTER_ROOT/$1/sock"
}

# cluster_psql NAME ...: psql as superuser in database hospital, stopping at the first error.
cluster_psql()
{
	local name=$1

	shift
	PGHOST=$CLUSTER_ROOT/$name/sock PGUSER=postgres PGDATABASE=hospital PGCLIENTENCODING=UTF8 \
		PGOPTIONS='-c client_min_messages=warning' \
		"$CLUSTER_BIN/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}

# cluster_vocabulary NAME CORDON FOLDER: FOLDER/concepts.db, for a gateway to search: the vocabulary of this database with
# the Chinese names of demo/concept_synonym.csv beside, if they are its concepts.
cluster_vocabulary()
{
	local name=$1 cordon=$2 folder=$3 table

	mkdir -p "$folder" && cp "${BASH_SOURCE[0]%/*}/../../demo/concept_synonym.csv" "$folder/" || return 1
	for table in concept concept_ancestor concept_relationship; do
		cluster_psql "$name" -c "copy cdm.$table to stdout (format csv, header)" >"$folder/$table.csv" || return 1
	done
	"$cordon" vocabulary make --out "$folder/concepts.db" "$folder" && rm -f "$folder"/*.csv
}

# cluster_down [NAME...]: stops these, or all; quick, since nothing in them is to be kept.
cluster_down()
{
	local name pid tries

	[ $# -gt 0 ] || set -- "${!CLUSTER_PID[@]}"
	for name in "$@"; do
		pid=${CLUSTER_PID[$name]:-}
		[ -z "$pid" ] || kill -QUIT "$pid" 2>/dev/null || true
	done
	for name in "$@"; do
		pid=${CLUSTER_PID[$name]:-}
		[ -n "$pid" ] || continue
		tries=0
		while kill -0 "$pid" 2>/dev/null && ((++tries < 500)); do
			sleep 0.02
		done
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		unset "CLUSTER_PID[$name]"
	done
	if [ -n "$CLUSTER_OWN" ] && [ ${#CLUSTER_PID[@]} -eq 0 ]; then
		rm -rf "$CLUSTER_OWN"
		CLUSTER_OWN=''
	fi
	return 0
}
