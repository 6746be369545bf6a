#!/usr/bin/env bash
# install.sh - installs the Debian packages that building, testing and showing Cordon needs.
# Silent and quick when all are there; never asks; leaves no PostgreSQL server behind that was not running.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=demo/say.sh
. ./say.sh

packages=(build-essential pkg-config libevent-dev libssl-dev libmsgpack-dev libgmp-dev check libsubunit-dev
	libsqlite3-dev libyaml-dev libjansson-dev libcjose-dev libsodium-dev libexpat1-dev libpq-dev libpg-query-dev)
# `install.sh tests` adds what the scenario tests call
[ "${1:-}" != tests ] || packages+=(python3 python3-jsonschema python3-yaml groff-base curl openssl procps iproute2 valgrind
	chromium-headless-shell fonts-noto-cjk)
# The portal is bundled with these, whoever packaged them.
command -v npm >/dev/null || packages+=(nodejs npm)
# Any PostgreSQL from 13 on will do, whoever packaged it.
compgen -G '/usr/lib/postgresql/1[3-9]/bin/initdb' >/dev/null || packages+=(postgresql)
# Debian's package would make and start a cluster `main`; the demo makes its own. This file says no.
dropin=/etc/postgresql-common/createcluster.d/cordon-install.conf

missing()
{
	local have

	have=$'\n'$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)$'\n'
	for package in "${packages[@]}"; do
		[[ $have == *$'\n'"installed $package"$'\n'* ]] || printf '%s\n' "$package"
	done
}

command -v dpkg-query >/dev/null || fail 1 \
	"This is not Debian: install a C compiler, make, pkg-config, PostgreSQL and the development files of libevent, OpenSSL, msgpack-c, GMP, Check, SQLite, libyaml, jansson, cjose, libsodium, expat, libpq and libpg_query by hand, then run 'make' without 'make demo'." \
	"当前系统不是 Debian：请自行安装 C 编译器、make、pkg-config、PostgreSQL，以及 libevent、OpenSSL、msgpack-c、GMP、Check、SQLite、libyaml、jansson、cjose、libsodium、expat、libpq、libpg_query 的开发文件，然后直接运行 make。"
mapfile -t want < <(missing)
[ ${#want[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || fail 1 \
		"These packages are missing: ${want[*]}. Run as root: apt-get install ${want[*]}" \
		"缺少以下软件包：${want[*]}。请以 root 身份运行：apt-get install ${want[*]}"
	root=(sudo -n)
	if ! sudo -n true 2>/dev/null; then
		[ -t 0 ] || fail 1 \
			"These packages are missing: ${want[*]}, and sudo needs a password. Run: sudo apt-get install ${want[*]}" \
			"缺少以下软件包：${want[*]}，而 sudo 需要输入密码。请运行：sudo apt-get install ${want[*]}"
		root=(sudo)
	fi
fi

say "installing: ${want[*]}" "正在安装：${want[*]}" >&2
log=$(mktemp)
added=''
finish()
{
	[ -z "$added" ] || "${root[@]}" rm -f "$dropin"
	rm -f "$log"
}
trap finish EXIT
trap 'exit 130' INT TERM
apt()
{
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" \
		</dev/null >>"$log" 2>&1
}

if [[ " ${want[*]} " == *' postgresql '* ]]; then
	added=1
	"${root[@]}" mkdir -p "${dropin%/*}"
	printf 'create_main_cluster = false\n' | "${root[@]}" tee "$dropin" >/dev/null
fi
# The lists of a fresh image are empty or old: refresh them once the first try fails.
if ! apt install --no-install-recommends "${want[@]}"; then
	if ! { apt update && apt install --no-install-recommends "${want[@]}"; }; then
		tail -n 15 "$log" >&2
		fail 1 "apt-get could not install ${want[*]}; its last lines are above. Is there a network, and a Debian mirror?" \
			"apt-get 未能安装 ${want[*]}，最后几行输出见上。请检查网络和 Debian 软件源。"
	fi
fi
mapfile -t want < <(missing)
[ ${#want[@]} -eq 0 ] || fail 1 "still missing after installation: ${want[*]}" "安装后仍缺少：${want[*]}"
