#!/usr/bin/env bash
# man.sh - every command that `cordon policy --help` names has a page in both languages, which names every option of
# its use; and no page has a mistake that groff sees.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
BIN=${BIN:-build}
export LANG=C.UTF-8 LC_ALL=C.UTF-8
bad=0

say()
{
	echo "$1"
	bad=1
}

mapfile -t commands < <("$BIN/cordon" policy --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
[ ${#commands[@]} -ge 12 ] || say "cordon policy --help names only: ${commands[*]}"
for folder in docs/man docs/man/zh_CN; do
	for command in "${commands[@]}"; do
		page=$folder/cordon-policy-$command.1
		[ -f "$page" ] || { say "there is no $page"; continue; }
		text=$(sed 's/\\-/-/g' "$page")
		for option in $("$BIN/cordon" policy "$command" --help | grep -oE -- '--[a-z]+(-[a-z]+)*' | sort -u); do
			grep -qE -- "$option([^a-z-]|\$)" <<<"$text" || say "$page does not tell of $option"
		done
		grep -q -- "cordon-policy-$command" <<<"$(sed 's/\\-/-/g' "$folder/cordon-policy.1")" ||
			say "$folder/cordon-policy.1 does not lead to $command"
	done
done
if command -v groff >/dev/null; then
	for page in docs/man/*.[18] docs/man/zh_CN/*.[18]; do
		said=$(groff -K utf8 -man -Tutf8 -ww -z "$page" 2>&1)
		[ -z "$said" ] || say "$page: $said"
	done
else
	echo "groff is not there: pages were not looked at for mistakes"
fi
[ "$bad" = 0 ] && echo "${#commands[@]} commands, a page each in both languages"
exit "$bad"
