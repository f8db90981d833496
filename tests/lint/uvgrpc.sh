#!/usr/bin/env bash
# rpc/ is a library of its own: it and what it installs never name the program that it was
# written for, and the lists of public headers are those that the headers themselves give.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
bad=0
files() { git ls-files --cached --others --exclude-standard "$@"; }

exported=$(files 'rpc/*.h' 'base/*.h' | xargs grep -l '^BASE_API_BEGIN' | sort)
public=$(echo "$exported"; echo base/api.h; echo base/container.h)
# shellcheck disable=SC2086
found=$(files 'rpc/*' cmake/strict.cmake tests/kinds.cmake 'tests/package/*' |
	cat - <(echo "$public") | xargs grep -niI duban || true)
[ -z "$found" ] || { echo "says the program's name:"; echo "$found"; bad=1; }

# Headers offered, and headers installed.
listed=$(sed -n '/^set(public_headers/,/)/p' rpc/package/install.cmake |
	grep -oE '[a-z_]+\.h' | sort)
[ "$listed" = "$(echo "$public" | xargs -n1 basename | sort)" ] || {
	echo "public headers, and those that rpc/package/install.cmake lists:"
	diff <(echo "$public" | xargs -n1 basename | sort) <(echo "$listed") || true
	bad=1
}
for header in $public; do
	while read -r included; do
		# Not by a pipe: grep -q ends early, and pipefail takes echo's SIGPIPE for a miss.
		grep -qx "$included" <<<"$public" || { echo "$header includes $included, which is not public"; bad=1; }
	done < <(sed -n 's/^#include "\(.*\)"/\1/p' "$header")
done
for header in $exported; do
	[ "$(grep -o '^BASE_API_[A-Z]*' "$header" | tr '\n' ' ')" = "BASE_API_BEGIN BASE_API_END " ] ||
		{ echo "$header: one BASE_API_BEGIN, then one BASE_API_END"; bad=1; }
done
exit $bad
