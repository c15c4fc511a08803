
# device prints the interface that the route is to use, if that is said.
device() {
	if [ -n "$interface_of" ]; then net_with "$interface_of"; else printf '%s\n' "$interface"; fi
}

up() {
	case $(net_routes "$family" "$destination" "$table" "$metric") in
	*' proto kernel '*)
		# Replaced, it would cut the network off.
		echo "$destination is the network of an interface of this host, which needs no route"
		return 1
		;;
	esac
	set -- "$family" route replace "$destination"
	if [ -n "$via" ]; then set -- "$@" via "$via"; fi
	dev=$(device)
	if [ -n "$interface_of" ] && [ -z "$dev" ]; then
		echo "no interface of this host has an address in $interface_of"
		return 1
	fi
	if [ -n "$dev" ]; then set -- "$@" dev "$dev"; fi
	if [ -n "$metric" ]; then set -- "$@" metric "$metric"; fi
	ip "$@" table "$table" proto static
}

"$1"
