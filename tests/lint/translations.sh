#!/bin/sh
# Every text for people has its English in po/en.po, with the same placeholders; and po/en.po
# has no text that nobody shows any more.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

po/extract.sh >"$work/duban.pot"
msgfmt --check --output-file=/dev/null po/en.po

msgmerge --quiet --no-fuzzy-matching --output-file="$work/merged.po" po/en.po "$work/duban.pot"
msgattrib --untranslated --no-obsolete --no-location "$work/merged.po" >"$work/untranslated"
msgattrib --only-fuzzy --no-obsolete "$work/merged.po" >"$work/fuzzy"
msgattrib --only-obsolete --no-fuzzy "$work/merged.po" >"$work/obsolete"
failed=0
for list in untranslated fuzzy obsolete; do
	if grep -q '^\(#~ \)\?msgid "' "$work/$list"; then
		echo "po/en.po: $list:"
		grep -v '^"[A-Z][A-Za-z-]*: ' "$work/$list" | sed -n '/^msgid\|^#~/,$p'
		failed=1
	fi
done
[ $failed = 0 ] || echo 'see po/extract.sh'
exit $failed
