#!/usr/bin/env bash
# SQL stands in server/store*.c and migrations only, and never reads a clock by itself.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
bad=0
found=$(git ls-files --cached --others --exclude-standard 'server/*.c' |
	grep -vE '^server/(store|pg|migrate|cluster)' |
	xargs -r grep -nE '"(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) ' || true)
[ -z "$found" ] || { echo "SQL outside the store:"; echo "$found"; bad=1; }
found=$(git ls-files --cached --others --exclude-standard 'server/*.c' 'migrations/*.sql' |
	xargs -r grep -nEi '((^|[^_a-z])now\(\)|current_date|current_timestamp|clock_timestamp\(\))' |
	grep -vE 'wall_|^[^:]*:[0-9]+:[[:space:]]*(--|\*|/\*)' || true)
[ -z "$found" ] || { echo "SQL reads a clock outside columns named wall_*:"; echo "$found"; bad=1; }
exit $bad
