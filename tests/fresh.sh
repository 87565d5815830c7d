#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/fresh.sh [SUITE [LAYER...]]: does what the README begins with, as a new user would: on the
# smallest Debian of that suite (this machine's), which debootstrap makes for it and which is gone
# afterwards, ./quickstart and then ./check [LAYER...] in a clone of what is committed. Run by hand,
# as root; it needs the network and debootstrap.
set -euo pipefail

tree=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
script=$(readlink -f "${BASH_SOURCE[0]}")
quickstart_seconds=600

if [[ ${1:-} != --inside && ${1:-} != --new ]]; then
	# Whatever is mounted or started ends with this script.
	exec unshare --mount --pid --fork --kill-child --mount-proc "$script" --new "$@"
fi

make_root() { # SUITE DIRECTORY
	debootstrap --variant=minbase "$1" "$2"
	mount --bind "$2" "$2"
	mount -t proc proc "$2/proc"
	mount -t sysfs sysfs "$2/sys"
	mount -t cgroup2 cgroup2 "$2/sys/fs/cgroup"
	mount --rbind /dev "$2/dev"
	mount -t tmpfs tmpfs "$2/tmp"
	mkdir "$2/tree"
	mount --bind -o ro "$tree" "$2/tree"
	cp /etc/resolv.conf "$2/etc/"
}

new() { # [SUITE [LAYER...]]
	local suite=${1:-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)} status=0
	shift $(($# > 0))
	root=$(mktemp -d /var/tmp/txpathd-fresh.XXXXXX)
	chmod 755 "$root" # as / is: daemons that are not root live there too
	trap 'umount --recursive "$root"; rm -rf --one-file-system "$root"' EXIT
	make_root "$suite" "$root"
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" \
		chroot "$root" /tree/tests/fresh.sh --inside "$@" || status=$?
	return "$status"
}

answers() { # URL: whether the daemon says there that every collector is up
	local rest=${1#http://} reply
	exec 3<>"/dev/tcp/${rest%%:*}/$(cut -d: -f2 <<<"${rest%%/*}")" || return
	printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
	reply=$(cat <&3)
	exec 3<&-
	grep '^txpathd_collector_up' <<<"$reply" && ! grep -q '^txpathd_collector_up.* 0' <<<"$reply"
}

try_quickstart() {
	local url pid end=$((SECONDS + quickstart_seconds)) log=/tmp/quickstart.log
	./quickstart >"$log" 2>&1 &
	pid=$!
	until url=$(grep -o 'http://[^ ]*/metrics' "$log" | head -n 1) && [[ $url ]] && answers "$url"; do
		if ((SECONDS > end)) || ! kill -0 "$pid"; then
			cat "$log"
			echo "./quickstart did not come to serve metrics"
			return 1
		fi
		sleep 1
	done
	echo "./quickstart serves $url"
	kill "$pid"
	wait "$pid"
}

inside() { # [LAYER...]
	apt-get -qq update
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install git ca-certificates
	git -c safe.directory='*' clone -q /tree /srv/txpathd
	cd /srv/txpathd
	try_quickstart
	./check "$@"
}

"${1#--}" "${@:2}"
