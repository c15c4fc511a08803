# net_with WHERE [EXCEPT] prints the name of the interface that has the address
# WHERE, or one in the range WHERE; EXCEPT and the loopback are not meant.
net_with() (
	family=-4
	case $1 in *:*) family=-6 ;; esac
	ip -o $family addr show to "$1" 2>/dev/null | while read -r _ name _; do
		if [ "$name" != lo ] && [ "$name" != "${2:-lo}" ]; then
			echo "$name"
			break
		fi
	done
)

# net_route WHERE prints the route to an address, or the default one to "default".
net_route() {
	if [ "$1" = default ]; then
		ip -o -4 route show default 2>/dev/null
	else
		ip -o route get "$1" 2>/dev/null
	fi
}

# net_device ROUTE prints the name of the interface that a route uses.
net_device() {
	case $1 in
	*' dev '*) set -- "${1#* dev }" && echo "${1%% *}" ;;
	esac
}

# net_towards RANGE [EXCEPT] prints the name of the interface behind which the range
# is: one that has an address in it, or the one that the route there uses.
net_towards() {
	case $1 in
	0.0.0.0/0) net_device "$(net_route default)" ;;
	*)
		set -- "$1" "$(net_with "$1" "${2:-}")"
		if [ -n "$2" ]; then echo "$2"; else net_device "$(net_route "${1%/*}")"; fi
		;;
	esac
}

# net_routes FAMILY DESTINATION TABLE METRIC prints the routes of the kernel that
# are meant.
net_routes() {
	ip -o "$1" route show exact "$2" table "$3" 2>/dev/null | while read -r line; do
		case $4:" $line " in
		:*' metric 1024 '*) [ "$1" = -6 ] || continue ;; # what the kernel gives to a route without one
		:*' metric '*) continue ;;
		:* | *" metric $4 "*) ;;
		*) continue ;;
		esac
		printf '%s\n' "$line"
	done
}
