# shellcheck shell=bash
# say.sh - what the demo's scripts tell people, in the language of LC_ALL, LC_MESSAGES or LANG: English or Chinese.

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
zh*) SAY_ZH=1 ;;
*) SAY_ZH='' ;;
esac

# say ENGLISH CHINESE: one of the two, on standard output.
say()
{
	if [ -n "$SAY_ZH" ]; then
		printf '%s\n' "$2"
	else
		printf '%s\n' "$1"
	fi
}

# fail STATUS ENGLISH CHINESE: on standard error, and ends the script.
fail()
{
	say "$2" "$3" >&2
	exit "$1"
}
