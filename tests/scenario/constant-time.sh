#!/usr/bin/env bash
# No branch and no index of the arithmetic on secrets depends on a secret: valgrind's memcheck, with secrets marked undefined,
# on the objects as they are built. `make ct` alone.
# Plain only: valgrind and the sanitizers do not go together.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
command -v valgrind >/dev/null || { echo "skipped: no valgrind"; exit 77; }
programs=${UNITS:-build/plain/tests/unit}/../ct
grind()
{
	valgrind -q --error-exitcode=9 --track-origins=no --suppressions=tests/ct/ct.supp "$@" 2>&1
}
for program in tests/ct/*.c; do
	name=$(basename "$program" .c)
	grind "$programs/$name" || { echo "FAILED: $name depends on a secret"; exit 1; }
	echo "ok: $name"
	grind "$programs/$name" leak >/dev/null && { echo "FAILED: a branch on a secret in $name is not seen"; exit 1; }
	echo "ok: and a branch on one would be seen"
done
