# doctor_look NAME ADDRESSES RANGES SERVICES prints how an end of a tunnel does:
# what answers, what passes, where packets go.
doctor_look() {
	echo "time $(date +%s)"
	wg show "$1" latest-handshakes 2>/dev/null | while read -r key at; do echo "handshake $key $at"; done
	mtu=$(cat "/sys/class/net/$1/mtu" 2>/dev/null) && echo "mtu $mtu"
	echo "forward $(cat /proc/sys/net/ipv4/ip_forward 2>/dev/null)"
	for filter in all "$1"; do
		[ -r "/proc/sys/net/ipv4/conf/$filter/rp_filter" ] && echo "rp_filter $filter $(cat "/proc/sys/net/ipv4/conf/$filter/rp_filter")"
	done
	for address in $2; do
		if ! command -v ping >/dev/null 2>&1; then
			echo "ping $address unknown"
		elif ping -c 2 -W 2 "$address" >/dev/null 2>&1; then
			echo "ping $address ok"
			if ping -c 1 -W 2 -M do -s $((${mtu:-1420} - 28)) "$address" >/dev/null 2>&1; then
				echo "full $address ok"
			else
				echo "full $address lost"
			fi
		else
			echo "ping $address lost"
		fi
	done
	for range in $3; do
		echo "route $range $(net_device "$(net_route "${range%/*}")")"
	done
	for service in $4; do
		doctor_service "${service%:*}" "${service##*:}"
	done
}

# doctor_service HOST PORT prints where a service is, how packets get there, and
# whether it answers.
doctor_service() {
	found=$(getent ahostsv4 "$1" 2>/dev/null | while read -r address _; do echo "$address"; break; done)
	if [ -z "$found" ]; then
		echo "service $1:$2 - - absent"
		return
	fi
	answers=unknown
	if command -v nc >/dev/null 2>&1; then
		if nc -z -w 5 "$found" "$2" >/dev/null 2>&1; then answers=open; else answers=closed; fi
	elif command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
		if timeout 5 bash -c "exec 3<>/dev/tcp/$found/$2" >/dev/null 2>&1; then answers=open; else answers=closed; fi
	fi
	echo "service $1:$2 $found $(net_device "$(net_route "$found")") $answers"
}
