# An interface of WireGuard is /etc/wireguard/NAME.conf, which wg-quick brings up;
# NAME.forward beside it is a script that its hooks call (kept/forward.sh).

wireguard_mark='# Made by mlinfra.'

# wireguard_interface_look NAME prints the configuration without its secrets, and
# how the interface is. Of shared secrets it prints the SHA-256.
wireguard_interface_look() {
	conf=/etc/wireguard/$1.conf
	[ -f "$conf" ] || return 0
	echo "conf $(grep -viE '(private|preshared)key' "$conf" | base64 | tr -d '\n')"
	made_look file "$conf"
	wireguard_boot_look "$1"
	if [ -f "/etc/wireguard/$1.forward" ]; then sh "/etc/wireguard/$1.forward" look; fi
	if ! wireguard_live "$1"; then
		echo "public $(wireguard_setting "$conf" PrivateKey | wg pubkey 2>/dev/null)"
		return 0
	fi
	wg show "$1" dump | {
		# What comes first is the private key.
		read -r _ public port _
		echo "public $public"
		echo "port $port"
		while read -r public secret _ allowed _ _ _ keepalive; do
			if [ "$secret" = '(none)' ]; then secret=-; else secret=$(printf %s "$secret" | sha256sum); fi
			echo "peer $public ${secret%% *} $keepalive $allowed"
		done
	}
	ip -o link show dev "$1" | while read -r line; do printf 'link %s\n' "$line"; done
	ip -o addr show dev "$1" | while read -r line; do printf 'addr %s\n' "$line"; done
	table=$(wireguard_setting "$conf" Table)
	[ "$table" = off ] && return
	for family in -4 -6; do
		ip $family route show dev "$1" table "${table:-main}" 2>/dev/null | while read -r line; do printf 'route %s\n' "$line"; done
	done
}

# wireguard_live NAME succeeds when there is such an interface, of WireGuard.
wireguard_live() {
	command -v wg >/dev/null 2>&1 && wg show "$1" public-key >/dev/null 2>&1
}

# wireguard_setting FILE NAME prints what a configuration says of NAME. It may be a
# private key: into pipes only.
wireguard_setting() {
	while read -r line; do
		case $line in
		"$2="* | "$2 ="*)
			line=${line#*=}
			printf '%s\n' "${line# }"
			;;
		esac
	done <"$1"
}

# wireguard_unit prints the unit that brings NAME up; nothing where there is none.
wireguard_unit() {
	[ -d /run/systemd/system ] || return 0
	for dir in /etc /usr/lib /lib; do
		if [ -f "$dir/systemd/system/wg-quick@.service" ]; then
			echo "wg-quick@$1"
			return
		fi
	done
}

# wireguard_boot NAME prints the name under which it is brought up at each start.
wireguard_boot() {
	echo "mlinfra-wireguard-$(echo "$1" | tr . _)"
}

wireguard_boot_look() {
	unit=$(wireguard_unit "$1")
	boot_look "${unit:-$(wireguard_boot "$1")}"
}

# wireguard_start NAME brings the interface up.
wireguard_start() {
	unit=$(wireguard_unit "$1")
	if [ -n "$unit" ]; then
		# The unit may be active though somebody has removed the interface.
		systemctl restart "$unit.service" 2>&1 && return
		journalctl -u "$unit.service" -n 20 --no-pager -o cat 2>/dev/null
	else
		WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go wg-quick up "$1" 2>&1 && return
	fi
	if [ ! -e /sys/module/wireguard ] && ! command -v wireguard-go >/dev/null 2>&1; then
		echo "the kernel may have no WireGuard, and wireguard-go is not installed: add a server_package for wireguard-go"
	fi
	return 1
}

# wireguard_stop NAME takes it down, as its configuration says.
wireguard_stop() {
	unit=$(wireguard_unit "$1")
	if [ -n "$unit" ]; then systemctl stop "$unit.service" >/dev/null 2>&1; fi
	if wireguard_live "$1"; then
		wg-quick down "$1" 2>&1
	fi
	if wireguard_live "$1"; then
		ip link delete dev "$1" || return
	fi
}

# wireguard_mtu ENDPOINT... prints the size of the packets that fit through the
# tunnel to each of them: that of the way there without what WireGuard adds.
wireguard_mtu() (
	least=8920
	[ $# -gt 0 ] || set -- default
	for host; do
		case $host in
		default | *:*) ;;
		*[!0-9.]*)
			found=$(getent ahosts "$host" 2>/dev/null)
			host=${found%%[!0-9a-fA-F.:]*}
			;;
		esac
		added=80 # over IPv6, or where nobody knows
		case $host in *.*.*.*) added=60 ;; esac
		route=$(net_route "${host:-default}")
		case $route in
		*' mtu '*) size=${route#* mtu } ;;
		*' dev '*)
			size=$(ip -o link show dev "$(net_device "$route")") || return
			size=${size#* mtu }
			;;
		*) size=1500 ;;
		esac
		size=${size#lock }
		size=$((${size%% *} - added))
		if [ $size -lt $least ]; then least=$size; fi
	done
	echo $least
)

# wireguard_fixed FILE prints what cannot be changed while the interface is up:
# wg-quick does more than a route for ranges that are everything.
wireguard_fixed() {
	grep -E "^$wireguard_mark\$|^Table|[.:]0?/0\$" "$1"
}

# wireguard_interface_put NAME PUBLIC MTU up|down ENDPOINTS ADDRESSES ALLOWED RANGES
# makes the interface what stdin says: lines with the configuration, without what is
# known here only, and the script that the hooks call, in base64.
wireguard_interface_put() (
	wireguard_needs wg wg-quick bash ip || exit
	umask 077
	conf=/etc/wireguard/$1.conf forward=/etc/wireguard/$1.forward
	wireguard_place && rm -f "$conf.new" "$forward.new" || exit
	key=
	for file in /etc/wireguard/*.key; do
		if [ -f "$file" ] && [ "$(wg pubkey <"$file" 2>/dev/null)" = "$2" ]; then key=$file; fi
	done
	if [ -z "$key" ]; then
		echo "there is no server_wireguard_key with the public key $2 on this host: refer to one of the same host"
		exit 1
	fi
	mtu=$3
	if [ "$mtu" = 0 ]; then mtu=$(wireguard_mtu $5) || exit; fi
	while read -r part content; do
		case $part in
		conf)
			{
				printf '%s\n[Interface]\nPrivateKey = %s\nMTU = %s\n' "$wireguard_mark" "$(cat "$key")" "$mtu"
				printf %s "$content" | base64 -d
			} >"$conf.new" || exit
			;;
		forward) printf %s "$content" | base64 -d >"$forward.new" || exit ;;
		esac
	done
	sync "$conf.new"
	noted=
	made_line wireguard "$1" "$(wireguard_before "$1")" && made_keep file "$conf" || exit
	if [ "$4" = down ]; then
		wireguard_stop "$1"
	elif wireguard_live "$1" && ! wireguard_changes "$1"; then
		wireguard_stop "$1" || exit
	fi
	wireguard_swap "$1" || exit
	if wireguard_bring "$@"; then
		rm -f "$conf.old" "$forward.old"
		exit 0
	fi
	wireguard_back "$1"
	if [ -n "$noted" ]; then
		made_forget wireguard "$1"
		made_forget file "$conf"
	fi
	exit 1
)

# wireguard_ours succeeds unless the configuration is somebody else's.
wireguard_ours() {
	[ ! -f "$conf" ] || made_known file "$conf" || [ "$(head -n 1 "$conf")" = "$wireguard_mark" ]
}

# wireguard_before NAME prints how an interface is that is not ours; nothing when there
# is none.
wireguard_before() {
	[ -f "$conf" ] || return 0
	before=down
	if wireguard_live "$1"; then before=up; fi
	unit=$(wireguard_unit "$1")
	if [ -n "$unit" ] && [ -e "$(boot_file systemd "$unit")" ]; then before="$before enabled"; fi
	echo "$before"
}

# wireguard_changes NAME succeeds when what is up can become what is new as it is.
wireguard_changes() {
	[ -f "$conf" ] && [ "$(wireguard_fixed "$conf")" = "$(wireguard_fixed "$conf.new")" ] || return
	case $(ip -o link show dev "$1") in
	*[,\<]UP[,\>]*) ;;
	*) return 1 ;;
	esac
}

# wireguard_swap puts what is new in the place of what was, which it keeps.
wireguard_swap() {
	if [ -f "$forward" ] && ! [ -f "$forward.new" ]; then sh "$forward" down; fi
	for file in "$conf" "$forward"; do
		rm -f "$file.old"
		if [ -f "$file" ]; then cp -p "$file" "$file.old" || return; fi
		if [ -f "$file.new" ]; then mv -f "$file.new" "$file" || return; else rm -f "$file"; fi
	done
}

# wireguard_back NAME puts back what was, after what is new has failed.
wireguard_back() {
	if [ -f "$forward" ]; then sh "$forward" down; fi
	if ! [ -f "$conf.old" ]; then
		wireguard_interface_drop "$1"
		return
	fi
	for file in "$conf" "$forward"; do
		rm -f "$file"
		if [ -f "$file.old" ]; then mv -f "$file.old" "$file"; fi
	done
	if ! wireguard_live "$1"; then
		wireguard_start "$1"
	elif [ -f "$forward" ]; then
		sh "$forward" up
	fi
	echo "the configuration of before is in its place again"
}

# wireguard_bring brings what is configured about, now and for each start. Its
# arguments are those of wireguard_interface_put.
wireguard_bring() {
	forward_sysctl "$1" "$8" || return
	if [ "$4" = down ]; then
		wireguard_boot_drop "$1"
		return
	fi
	if wireguard_live "$1"; then
		wireguard_sync "$1" "$mtu" "$6" "$7" || return
		if [ -f "$forward" ]; then sh "$forward" up || return; fi
	else
		wireguard_start "$1" || return
	fi
	unit=$(wireguard_unit "$1")
	if [ -z "$unit" ]; then
		boot_put "$(wireguard_boot "$1")" "wg-quick up $1"
	elif [ ! -e "$(boot_file systemd "$unit")" ]; then
		systemctl enable "$unit.service" 2>&1
	fi
}

wireguard_boot_drop() {
	unit=$(wireguard_unit "$1")
	if [ -z "$unit" ]; then
		boot_drop "$(wireguard_boot "$1")"
	elif [ -e "$(boot_file systemd "$unit")" ]; then
		systemctl disable "$unit.service" 2>&1
	fi
}

# wireguard_sync NAME MTU ADDRESSES ALLOWED makes an interface that is up what its
# configuration says. Sessions with peers that stay go on.
wireguard_sync() {
	table=$(wireguard_setting "$conf" Table)
	if [ "$table" != off ]; then
		wg show "$1" allowed-ips | while read -r _ ranges; do
			for range in $ranges; do
				case " $4 " in *" $range "*) continue ;; esac
				case $range in */0 | '(none)') continue ;; esac
				net_ip "$range" route delete "$range" dev "$1" table "${table:-main}" 2>/dev/null
			done
		done
	fi
	mark=$(wg show "$1" fwmark)
	{
		wg-quick strip "$1" || echo broken
		# wg-quick has set it for ranges that are everything, and syncconf would unset it.
		if [ "${mark:-off}" != off ]; then printf '[Interface]\nFwMark = %s\n' "$mark"; fi
	} | wg syncconf "$1" /dev/stdin || return
	ip link set mtu "$2" dev "$1" || return
	wireguard_addresses "$1" "$3" || return
	[ "$table" = off ] && return
	for range in $4; do
		case $range in */0) continue ;; esac
		if [ -n "$table" ]; then
			net_ip "$range" route replace "$range" dev "$1" table "$table" || return
		elif [ -z "$(net_ip "$range" route show dev "$1" match "$range")" ]; then
			net_ip "$range" route add "$range" dev "$1" || return
		fi
	done
}

# net_ip RANGE ARGS... runs ip for the family of the range.
net_ip() {
	case $1 in
	*:*) shift && ip -6 "$@" ;;
	*) shift && ip -4 "$@" ;;
	esac
}

# wireguard_addresses NAME ADDRESSES gives it these addresses and no others. What is
# new comes first: with the last address the routes would go.
wireguard_addresses() {
	for pass in add remove add; do
		have=$(ip -o addr show dev "$1" scope global | while read -r _ _ _ address _; do printf '%s ' "$address"; done)
		if [ $pass = add ]; then
			for address in $2; do
				case " $have" in *" $address "*) continue ;; esac
				net_ip "$address" address add "$address" dev "$1" || return
			done
			continue
		fi
		for address in $have; do
			case " $2 " in *" $address "*) continue ;; esac
			net_ip "$address" address del "$address" dev "$1" || return
		done
	done
}

# wireguard_interface_drop NAME takes it down, and removes all that was made for it, or
# puts back the one that was there before.
wireguard_interface_drop() (
	conf=/etc/wireguard/$1.conf forward=/etc/wireguard/$1.forward
	if ! wireguard_ours; then exit 0; fi
	wireguard_stop "$1" || exit
	wireguard_boot_drop "$1" || exit
	if [ -f "$forward" ]; then sh "$forward" down; fi
	forward_restore "/etc/sysctl.d/60-mlinfra-wireguard-$1.conf" ""
	rm -f "$conf.new" "$conf.old" "$forward" "$forward.new" "$forward.old"
	before=$(made_was wireguard "$1")
	if made_known file "$conf"; then file_drop "$conf" || exit; else rm -f "$conf"; fi
	made_forget wireguard "$1"
	# What was there may not come up; it is as it was all the same.
	case $before in up*) wireguard_start "$1" ;; esac
	case $before in *enabled) systemctl enable "wg-quick@$1.service" 2>&1 ;; esac
	exit 0
)
