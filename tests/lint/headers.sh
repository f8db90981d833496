#!/usr/bin/env bash
# Every header compiles by itself.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
build=${DUBAN_BUILD:-build}
flags=$(pkg-config --cflags libuv libpq libprotobuf-c yaml-0.1 sqlite3 jansson libcurl)
bad=0
for header in $(git ls-files --cached --others --exclude-standard 'base/*.h' 'model/*.h' 'rpc/*.h' 'server/*.h' 'client/*.h'); do
	# shellcheck disable=SC2086
	echo "#include \"$header\"" | gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -I. \
		-isystem "$build/rpc/proto" -isystem "$build/proto" $flags -x c -fsyntax-only - || { echo "$header"; bad=1; }
done
exit $bad
