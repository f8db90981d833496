#!/usr/bin/env bash
# The tail is capped: functions of at most 60 lines, files of at most 600. The ten longest
# of each are printed, so that the trend is seen before the cap is met.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
files=$(git ls-files --cached --others --exclude-standard 'base/*.[ch]' 'model/*.[ch]' 'rpc/*.[ch]' 'server/*.[ch]' 'client/*.[ch]')

functions=$(for file in $files; do
	awk -v file="$file" '
		/^\{/ { start = NR; next }
		/^\}/ { if (start) print NR - start - 1, file ":" start ": " name; start = 0 }
		!start && /^[a-zA-Z_].*\(/ { name = $0 }' "$file"
done | sort -rn | sed -n 1,10p)
lengths=$(wc -l $files | grep -v ' total$' | sort -rn | sed -n 1,10p)
echo "ten longest functions (lines between the braces):"; echo "$functions"
echo "ten longest files:"; echo "$lengths"
[ "$(echo "$functions" | sed -n 1p | cut -d' ' -f1)" -le 60 ] || { echo "a function is longer than 60 lines"; exit 1; }
[ "$(echo "$lengths" | sed -n 1p | awk '{print $1}')" -le 600 ] || { echo "a file is longer than 600 lines"; exit 1; }
