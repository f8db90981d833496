#!/usr/bin/env bash
# uvgrpc.sh BUILD WORK: install uvgrpc from the build folder BUILD below WORK, and be a
# stranger there: what is installed, what it exports, and the programs of rpc/README.md,
# built in each of the ways that it names and run.
set -euo pipefail
build=$(realpath "$1") work=$(realpath -m "$2")
readme=$(dirname "$(realpath "$0")")/../../rpc/README.md
readme=$(realpath "$readme")
servers=()

fail() {
	echo "package: $*" >&2
	exit 1
}

stop() {
	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
}
trap stop EXIT

# programs FOLDER: every block of the README that begins with a file's name, as that file;
# and the shell commands that build them, as build.sh.
programs() {
	mkdir -p "$1"
	awk -v folder="$1" '
		/^```$/ && inside { inside = 0; next }
		/^```/ { inside = 1; first = 1; shell = /^```sh/; file = ""; next }
		inside && first {
			first = 0
			if (match($0, /^(\/\*|\/\/|#) [A-Za-z_]+\.[a-z]+/))
				file = folder "/" $2
			else if (shell && /^(cc|protoc) /)
				file = folder "/build.sh"
		}
		inside && file != "" { print >file }' "$readme"
}

# use PREFIX: programs find their libraries there, and nowhere else.
use() {
	local libdir
	libdir=$(dirname "$(find "$1" -name libuvgrpc.a)")
	export PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir CMAKE_PREFIX_PATH=$1
}

# start PROGRAM: run a server on a unix socket, and wait until it listens.
start() {
	rm -f "$work/socket"
	"$1" "unix:$work/socket" &
	servers+=($!)
	for _ in $(seq 500); do
		[ ! -S "$work/socket" ] || return 0
		kill -0 $! 2>/dev/null || break
		sleep 0.02
	done
	fail "$1 does not listen"
}

# hello FOLDER and typed FOLDER: run what was built there.
hello() {
	start "$1/hello-server"
	[ "$("$1/hello-client" stranger "unix:$work/socket")" = "Hello, stranger!" ] ||
		fail "$1/hello-client was not greeted"
	kill "${servers[-1]}"
}
typed() {
	start "$1/typed-server"
	[ "$("$1/typed-client" stranger "unix:$work/socket" | tr '\n' ' ')" = \
		"Hello, stranger! one two three " ] || fail "$1/typed-client was not greeted"
	kill "${servers[-1]}"
	wait "${servers[-1]}" || fail "$1/typed-server did not end well"
}

# names LIBRARY: what a shared library defines for others.
names() {
	nm -D --defined-only "$1" | awk '{ print $3 }' | sort
}
# hidden names are local in the archive too
archive_names() {
	nm -g --defined-only "$1" | awk 'NF == 3 { print $3 }' | sort
}

echo "--- install"
rm -rf "$work"
cmake --install "$build" --component uvgrpc --prefix "$work/shared" >"$work.log" 2>&1 ||
	{ cat "$work.log"; fail "it cannot be installed"; }
include=$work/shared/include/uvgrpc
if grep -rIl -e "$build" -e "$(dirname "$readme")" "$work/shared"; then
	fail "installed files name the folder that they were built in"
fi
programs "$work/src"

echo "--- what is exported"
use "$work/shared"
for library in uvgrpc uvgrpc-protobuf-c; do
	names "$LD_LIBRARY_PATH/lib$library.so" >"$work/names"
	if grep -vE '^(rpc|uvgrpc_(arena|bytes|err))_[a-z0-9_]+$' "$work/names"; then
		fail "lib$library.so exports these"
	fi
	archive_names "$LD_LIBRARY_PATH/lib$library.a" | diff "$work/names" - ||
		fail "lib$library.a does not define what lib$library.so exports"
	sed 's/^uvgrpc_//' "$work/names" | while read -r name; do
		grep -rqw "$name" "$include" || fail "no public header declares $name"
	done
	readelf -d "$LD_LIBRARY_PATH/lib$library.so" | grep "SONAME.*lib$library\.so\.[0-9]*\.[0-9]*\]" >/dev/null ||
		fail "lib$library.so has no versioned soname"
done

echo "--- headers in C and C++"
for header in "$include"/rpc/*.h "$include"/base/*.h; do
	name=${header#"$include/"}
	for language in c/gnu11 c/c17 c++/c++17; do
		echo "#include <$name>" | cc -x "${language%/*}" "-std=${language#*/}" -Wall -Wextra \
			-Werror -fsyntax-only $(pkg-config --cflags uvgrpc-protobuf-c) - ||
			fail "$name does not compile as $language"
	done
done

echo "--- pkg-config, shared"
(cd "$work/src" && sh -e build.sh &&
	cc -Wall -Wextra http_server.c -o http-server $(pkg-config --cflags --libs uvgrpc))
start "$work/src/http-server"
kill "${servers[-1]}"
hello "$work/src"
typed "$work/src"

echo "--- pkg-config, static"
# A program in C++ whose own names are those that the library has inside.
cat >"$work/own.cc" <<'EOF'
#include <cstdio>
#include <cstring>
#include <rpc/channel.h>
#include <rpc/version.h>

#include "greeter.descriptors.h"
#include "greeter.rpc.h"

/* As they are called inside the library too. */
extern "C" {
int session_init = 1, arena_init_count = 2, check_failed = 3, timers_init = 4;
void engine_post() {}
void flow_send() {}
void frame_read() {}
void utf8_valid() {}
}
extern const char *arena_strdup_of_mine() __asm__("arena_strdup");
const char *arena_strdup_of_mine() { return "mine"; }

int main()
{
	struct arena arena;
	arena_init(&arena, 4096);
	bool good = std::strcmp(rpc_version(), RPC_VERSION) == 0 &&
	            std::strcmp(arena_strdup(&arena, "theirs"), "theirs") == 0 &&
	            std::strcmp(arena_strdup_of_mine(), "mine") == 0 &&
	            bytes_equal(bytes_of_str("a"), bytes_of_str("a")) &&
	            greeter_descriptors.count == 1;
	arena_finish(&arena);
	return good ? 0 : 1;
}
EOF
cp -a "$work/shared" "$work/static"
use "$work/static"
find "$work/static" -name '*.so*' -delete
cp -r "$work/src" "$work/src-static"
(cd "$work/src-static" && rm -f ./*-server ./*-client &&
	sed -i 's/pkg-config --cflags/pkg-config --static --cflags/' build.sh && sh -e build.sh &&
	c++ -I. ../own.cc -x c greeter.descriptors.c -x none -o own \
		$(pkg-config --static --cflags --libs uvgrpc-protobuf-c) && ./own) ||
	fail "the static libraries"
if ldd "$work/src-static/typed-server" | grep uvgrpc; then
	fail "typed-server is not static"
fi
hello "$work/src-static"
typed "$work/src-static"

for kind in shared static; do
	echo "--- CMake, $kind"
	use "$work/shared"
	mkdir "$work/cmake-$kind"
	cp "$work"/src/{CMakeLists.txt,greeter.proto,typed_server.c,typed_client.c} "$work/cmake-$kind"
	cmake -S "$work/cmake-$kind" -B "$work/cmake-$kind/build" -DCMAKE_C_FLAGS="-Wall -Wextra" \
		-Duvgrpc_USE_STATIC_LIBS=$([ $kind = static ] && echo ON || echo OFF) >"$work.log" &&
		cmake --build "$work/cmake-$kind/build" >>"$work.log" ||
		{ cat "$work.log"; fail "CMake, $kind"; }
	typed "$work/cmake-$kind/build"
done
if ldd "$work/cmake-static/build/typed-server" | grep uvgrpc; then
	fail "uvgrpc_USE_STATIC_LIBS was not heard"
fi
echo "good"
