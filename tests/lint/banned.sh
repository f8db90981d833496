#!/usr/bin/env bash
# Functions that are never right here, and words that must not be left behind.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
bad=0
sources() { git ls-files --cached --others --exclude-standard 'base/*.[ch]' 'model/*.[ch]' 'rpc/*.[ch]' 'server/*.[ch]' 'client/*.[ch]' "$@"; }

# banned REGEX WHY
banned() {
	local found
	found=$(sources | xargs grep -nE "\b($1)\(" || true)
	[ -z "$found" ] || { echo "banned ($2):"; echo "$found"; bad=1; }
}
banned 'strcpy|strcat|sprintf|vsprintf|gets|strncpy|strncat|stpcpy' 'unbounded or misleading'
banned 'strtok|asctime|ctime|gmtime|localtime|rand|srand|mktemp|tmpnam' 'not thread-safe or not safe'
banned 'atoi|atol|atoll|atof|sscanf' 'no error for bad input'
banned 'alloca|system|popen|longjmp|setjmp|abort_on' 'not here'
banned 'sleep|usleep|nanosleep' 'nothing waits by sleeping'

found=$(sources | xargs grep -nE '\bgoto\b' || true)
[ -z "$found" ] || { echo "goto:"; echo "$found"; bad=1; }
found=$(sources | xargs grep -nE '\b(float|double) +[*a-zA-Z_]+ *[][;=,)(]' || true)
[ -z "$found" ] || { echo "binary floating point (numbers are exact here; a comment 'not a quantity' allows it):"
	left=$(echo "$found" | grep -vE 'not a quantity|double quotes' || true); echo "$left"; [ -z "$left" ] || bad=1; }
found=$(sources 'tests/*.[ch]' 'tests/*.py' | xargs grep -nE '\b(TODO|FIXME|XXX|HACK)\b' || true)
[ -z "$found" ] || { echo "unfinished:"; echo "$found"; bad=1; }
exit $bad
