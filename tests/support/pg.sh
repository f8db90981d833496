#!/bin/sh
# A private PostgreSQL for one test program, on a socket in a folder of its own.
#
#   pg.sh run COMMAND...   make a cluster, apply the migrations, run COMMAND, throw away
#   pg.sh start FOLDER     start it again           \
#   pg.sh stop FOLDER      stop it, fast             } for COMMAND to call
#   pg.sh crash FOLDER     kill -9 its postmaster   /
#
# COMMAND finds DUBAN_TEST_PG (the folder) and DUBAN_TEST_CONNINFO in its environment.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

# PostgreSQL refuses root.
as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid postgres --regid postgres --clear-groups -- "$@"
	else
		"$@"
	fi
}

# After a crash the old children may hold the shared memory for another moment.
start() {
	tries=0
	until start_once "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 40 ] || return 1
		sleep 0.1
	done
}

start_once() {
	as_user "$bin/pg_ctl" --silent --wait --timeout 60 --pgdata "$1/data" \
		--log "$1/log" --options "-k $1 -c listen_addresses=" start >/dev/null 2>&1
}

stop() {
	as_user "$bin/pg_ctl" --silent --wait --mode fast --pgdata "$1/data" stop >/dev/null
}

# Its children notice within a moment; a new postmaster waits until they are gone.
crash() {
	pid=$(head -n 1 "$1/data/postmaster.pid")
	kill -9 "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}

throw_away() {
	stop "$folder" || true
	rm -rf "$folder"
}

run() {
	folder=$(mktemp -d /tmp/duban-pg.XXXXXX)
	[ "$(id -u)" != 0 ] || chown postgres: "$folder"
	as_user "$bin/initdb" --pgdata "$folder/data" --auth trust --encoding UTF8 \
		--locale C.UTF-8 --username duban --no-sync --no-instructions >/dev/null
	echo "max_connections = 40" >>"$folder/data/postgresql.conf"
	start "$folder"
	trap throw_away EXIT
	trap 'exit 1' INT TERM
	DUBAN_TEST_PG=$folder
	DUBAN_TEST_CONNINFO="host=$folder user=duban dbname=postgres"
	export DUBAN_TEST_PG DUBAN_TEST_CONNINFO
	for file in "$here"/../../migrations/*.sql; do
		psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --single-transaction \
			--file "$file" "$DUBAN_TEST_CONNINFO" >/dev/null
	done
	"$@"
}

command=$1
shift
case $command in
run) run "$@" ;;
start) start "$1" ;;
stop) stop "$1" ;;
crash) crash "$1" ;;
*) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
