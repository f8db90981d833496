#!/bin/sh
# Print a template of every text for people, as xgettext finds it. From the root:
#   po/extract.sh > new.pot && msgmerge --update --no-fuzzy-matching po/en.po new.pot
set -eu
find base client -name '*.[ch]' | LC_ALL=C sort |
	xgettext --language=C --from-code=UTF-8 --keyword --keyword=_ --keyword=N_ \
		--no-location --sort-output --package-name=duban --files-from=- --output=-
