#!/usr/bin/env bash
# No two structs share a magic number.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
twice=$(git ls-files --cached --others --exclude-standard '*.[ch]' |
	xargs grep -hoE '#define +[A-Z_]+_MAGIC +0x[0-9a-fA-F]+u?' |
	awk '{print tolower($3)}' | sort | uniq -d)
[ -z "$twice" ] || { echo "used twice: $twice"; exit 1; }
