#!/usr/bin/env bash
# Which folder may include what; the build fails on any other include. Also: what the house style bans.
# Prints every departure and ends with 1 if there was one.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0

say() {
	printf '%s\n' "$1" >&2
	bad=1
}

# folder: what it sees, besides itself
declare -A sees=(
	[base]=""
	[wire]="base"
	[vocabulary]="base"
	[crypto]="base"
	[secagg]="base crypto"
	[paillier]="base crypto secagg"
	[query]="base"
	[convert]="base query"
	[answer]="base wire crypto secagg paillier query"
	[policies]="base query crypto"
	[sql]="base query policies"
	[catalog]="base query policies"
	[agents]="base wire crypto secagg paillier query policies sql catalog"
	[gateway]="base wire vocabulary crypto secagg paillier query convert answer"
	[cli]="base wire vocabulary crypto secagg paillier query convert answer policies sql catalog"
)
for folder in "${!sees[@]}"; do
	allowed="$folder ${sees[$folder]}"
	while IFS=: read -r file line text; do
		included=$(sed -E 's/.*"([^"]+)".*/\1/' <<<"$text")
		case "$included" in
		*/*) ;;
		*) say "$file:$line: write includes as \"folder/file.h\", not \"$included\""; continue ;;
		esac
		[[ " $allowed " == *" ${included%%/*} "* ]] ||
			say "$file:$line: $folder must not see $included"
	done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$folder" --include='*.[ch]' || true)
done

# inside policies: the files are read without what is made of them; nothing sees who explains or compares
declare -A floors=([.]="cohorts approval" [cohorts]="" [decide]="cohorts" [offer]="cohorts decide" [explain]="cohorts decide" [effect]="cohorts" [approval]="")
for floor in "${!floors[@]}"; do
	while IFS=: read -r file line text; do
		included=$(sed -E 's/.*"policies\/([a-z_]+)\/.*/\1/' <<<"$text")
		[[ " $floor ${floors[$floor]} " == *" $included "* ]] ||
			say "$file:$line: policies/$floor must not see policies/$included"
	done < <(grep -nE '^#include "policies/[a-z_]+/' policies/$floor/*.[ch] || true)
done

# policies sees of crypto the accountant, and the check of signatures by people: both are pure functions of their
# arguments, so a decision and an approval stay the same everywhere. It signs nothing and draws no random number.
while IFS= read -r hit; do
	say "$hit: policies may include crypto/account.h, crypto/shared_noise.h and crypto/signing.h only"
done < <(grep -rnE '#include "crypto/' policies --include='*.[ch]' | grep -vE '"crypto/(account|shared_noise|signing)\.h"' || true)
while IFS= read -r hit; do
	say "$hit: policies checks signatures and makes none"
done < <(grep -rnE 'signing_(sign|key_read|key_pem)' policies --include='*.[ch]' || true)

# folders that promise no I/O, no clock and no log
while IFS= read -r hit; do
	say "$hit: crypto, secagg, paillier, query, convert and answer do no I/O and see no clock and no log"
done < <(grep -rnE '#include "base/(file|clock|log|db)\.h"|#include <(stdio_ext|fcntl|sys/socket|sys/stat)\.h>' \
	crypto secagg paillier query convert answer --include='*.[ch]' | grep -vE '^(query/|convert/|answer/answer\.c|secagg/members_|paillier/tp_file).*base/clock.h' || true)

# nothing that floats between the data and the release
floats='crypto/noise.c crypto/noise_table.c crypto/shared_noise.c crypto/rng.c sql/write.c sql/rows.c sql/cohort.c sql/cells.c sql/codes.c sql/events.c sql/windows.c sql/people.c sql/index.c sql/holds.c sql/points.c agents/source.c agents/protect.c agents/pace.c agents/release.c agents/release_leave.c agents/ledger.c agents/releases.c wire/message.c'
for file in $floats; do
	[ -f "$file" ] || continue
	while IFS= read -r hit; do
		say "$file:$hit: no floating point between data and release"
	done < <(sed -E 's://.*$::; s:/\*.*\*/::; s:"[^"]*"::g' "$file" | grep -nE '^[^*]*\b(double|float)\b' || true)
done

# functions whose misuse cannot be seen at the call
while IFS= read -r hit; do
	say "$hit: banned function"
done < <(grep -rnE '\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|atoi|atol|gets|system|popen)[[:space:]]*\(' \
	base wire vocabulary crypto secagg paillier query convert answer policies sql catalog agents gateway cli bench tests --include='*.[ch]' |
	grep -vE ':[[:space:]]*(/?\*|//)' || true)

# every header compiles alone
if [ "${HEADERS:-}" = 1 ]; then
	for header in */*.h answer/*/*.h gateway/*/*.h policies/*/*.h; do
		[[ $header == tests/* || $header == bench/* ]] && continue
		printf '#include "%s"\n' "$header" |
			cc -std=c17 -D_GNU_SOURCE -I. -I"$(pg_config --includedir)" -fsyntax-only -x c - 2>/dev/null ||
			say "$header does not compile alone"
	done
fi
[ "$bad" = 0 ] && echo "layers: every include is allowed"
exit "$bad"
