#!/usr/bin/env bash
# Who may include whom: a layer may include itself and what its arrow reaches.
# docs/architecture.md has the picture.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
bad=0

# allow FOLDER REGEX: every #include "..." below FOLDER must match.
allow() {
	local folder=$1 allowed=$2 found
	found=$(git ls-files --cached --others --exclude-standard "$folder/*.[ch]" |
		xargs -r grep -nE '^#include "' | grep -vE "#include \"($allowed)" || true)
	[ -z "$found" ] || { echo "$folder may not include:"; echo "$found"; bad=1; }
}
# deny FOLDER REGEX WHY: no #include <...> or "..." below FOLDER may match.
deny() {
	local folder=$1 denied=$2 why=$3 found
	found=$(git ls-files --cached --others --exclude-standard "$folder/*.[ch]" |
		xargs -r grep -nE "^#include [<\"]($denied)" || true)
	[ -z "$found" ] || { echo "$folder: $why:"; echo "$found"; bad=1; }
}

allow base 'base/'
allow model 'base/|model/|duban/v1/|google/'
allow rpc 'base/|rpc/|grpc/|xds/|rpc_services\.'
allow server 'base/|model/|rpc/|server/|duban/v1/|google/'
allow client 'base/|model/|rpc/|client/|duban/v1/|google/'
deny base 'uv\.h|libpq|openssl|nghttp2|protobuf' 'base depends on libc and libyaml only'
deny model 'uv\.h|libpq|nghttp2|sqlite3|curl' 'model is pure: no I/O'
deny rpc 'libpq|sqlite3' 'rpc knows no database'
# The core of rpc moves bytes; only its typed layer and the services on it know protobuf.
found=$(git ls-files --cached --others --exclude-standard 'rpc/*.[ch]' |
	grep -vE '^rpc/(typed|descriptors|health|reflection|interop/)' |
	xargs -r grep -nE '^#include [<"](protobuf-c|.*\.pb-c\.h|.*\.rpc\.h)' || true)
[ -z "$found" ] || { echo "protobuf in the core of rpc:"; echo "$found"; bad=1; }
deny client 'libpq' 'clients never meet the database'

# rpc's core carries bytes; protobuf is known to the typed layer alone, and to what stands on it.
found=$(git ls-files --cached --others --exclude-standard 'rpc/*.[ch]' |
	grep -vE '^rpc/(typed|health|reflection|interop/)' |
	xargs -r grep -nE '#include [<"](protobuf|grpc/|rpc/typed)' || true)
[ -z "$found" ] || { echo "protobuf in rpc's core:"; echo "$found"; bad=1; }

# libpq is behind server/pg*, and libpq types never reach a handler.
found=$(git ls-files --cached --others --exclude-standard 'server/*.[ch]' |
	grep -vE '^server/(pg|migrate|cluster)' | xargs -r grep -nE '#include [<"](postgresql/)?libpq' || true)
[ -z "$found" ] || { echo "libpq outside server/pg*:"; echo "$found"; bad=1; }

# base, model and rpc never log and never read a clock by themselves.
found=$(git ls-files --cached --others --exclude-standard 'model/*.c' 'rpc/*.c' |
	xargs -r grep -nE '\blog_event\(' || true)
[ -z "$found" ] || { echo "a library layer logs:"; echo "$found"; bad=1; }
found=$(git ls-files --cached --others --exclude-standard 'model/*.c' |
	xargs -r grep -nE '\b(time|clock_gettime|gettimeofday|uv_now|uv_hrtime)\(' || true)
[ -z "$found" ] || { echo "model reads a clock:"; echo "$found"; bad=1; }
exit $bad
