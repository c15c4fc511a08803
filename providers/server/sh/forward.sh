# forward_sysctl NAME RANGES lets the kernel forward into the ranges, for which the
# interfaces they are behind have to accept answers that come another way than
# packets go there. The file remembers the values of before.
forward_sysctl() {
	file=/etc/sysctl.d/60-mlinfra-wireguard-$1.conf
	keys=
	if [ -n "$2" ]; then keys=net/ipv4/ip_forward; fi
	for range in $2; do
		device=$(net_towards "$range" "$1")
		if [ -z "$device" ] || [ "$device" = "$1" ]; then
			echo "no interface of this host but $1 leads to $range: forwarding needs a host that is in it"
			return 1
		fi
		case " $keys " in
		*" net/ipv4/conf/$device/rp_filter "*) ;;
		*) keys="$keys net/ipv4/conf/$device/rp_filter" ;;
		esac
	done
	if [ -n "$keys" ]; then
		{
			printf '# Made by mlinfra for the interface %s.\n' "$1"
			for key in $keys; do
				before=$(grep -hs "^# before $key " /etc/sysctl.d/60-mlinfra-wireguard-*.conf | head -n 1)
				printf '%s\n' "${before:-# before $key $(cat "/proc/sys/$key")}"
				case $key in */rp_filter) value=2 ;; *) value=1 ;; esac
				printf '%s = %s\n' "$key" "$value"
			done
		} >"$file.new" && chmod 644 "$file.new" || return
	fi
	forward_restore "$file" "$keys"
	if [ -z "$keys" ]; then return 0; fi
	mv -f "$file.new" "$file" || return
	for key in $keys; do
		case $key in */rp_filter) value=2 ;; *) value=1 ;; esac
		printf '%s\n' "$value" >"/proc/sys/$key" || return
	done
}

# forward_restore FILE KEYS removes the file, and gives back the values of before to
# what is not among the keys and nobody else has set. Where docker is, it needs
# forwarding as well.
forward_restore() {
	[ -f "$1" ] || return 0
	was=$(grep '^# before ' "$1")
	rm -f "$1"
	printf '%s\n' "$was" | while read -r _ _ key value; do
		case " $2 " in *" $key "*) continue ;; esac
		if grep -qsE "^ *$(printf %s "$key" | tr / .) *=" /etc/sysctl.conf /etc/sysctl.d/*.conf; then continue; fi
		if [ "$key" = net/ipv4/ip_forward ] && [ -e /sys/class/net/docker0 ]; then continue; fi
		if [ -e "/proc/sys/$key" ]; then printf '%s\n' "$value" >"/proc/sys/$key"; fi
	done
}
