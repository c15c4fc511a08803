
# What comes out of the tunnel and goes into it passes the chain FORWARD of
# iptables, where Docker, ufw and others drop what they do not know. An accept in a
# table of our own does not help against that, whatever its priority: a packet has
# to pass all of them.
accept_chain() {
	command -v iptables >/dev/null 2>&1 || return
	if iptables -w -S DOCKER-USER >/dev/null 2>&1; then
		echo DOCKER-USER
	elif [ "$(iptables -w -S FORWARD 2>/dev/null)" != '-P FORWARD ACCEPT' ]; then
		echo FORWARD
	fi
}

# each_rule VERB TEXT calls iptables with VERB for each line of TEXT: a table, a
# chain and a rule. It fails when one of them does.
each_rule() {
	verb=$1
	rc=0
	while read -r table chain rule; do
		[ -n "$rule" ] || continue
		case $verb in
		-D) while iptables -w -t "$table" -D "$chain" $rule 2>/dev/null; do :; done ;;
		-C) iptables -w -t "$table" -C "$chain" $rule 2>/dev/null || rc=1 ;;
		*) iptables -w -t "$table" -C "$chain" $rule 2>/dev/null || iptables -w -t "$table" "$verb" "$chain" $rule || rc=1 ;;
		esac
	done <<end
$2
end
	return $rc
}

# accepts_in CHAIN prints the accepting rules as they stand there.
accepts_in() {
	printf '%s\n' "$accepts" | while read -r rule; do echo "filter $1 $rule"; done
}

up() {
	printf '1\n' >/proc/sys/net/ipv4/ip_forward || return
	printf '2\n' >"/proc/sys/net/ipv4/conf/$name/rp_filter" || return
	for range in $ranges; do
		device=$(net_towards "$range" "$name")
		if [ -n "$device" ] && [ "$device" != "$name" ]; then
			printf '2\n' >"/proc/sys/net/ipv4/conf/$device/rp_filter" || return
		fi
	done
	if command -v nft >/dev/null 2>&1; then
		printf '%s\n' "$nft" | nft -f - || return
	elif command -v iptables >/dev/null 2>&1; then
		each_rule -A "$legacy" || return
	else
		echo "neither nft nor iptables is installed: add a server_package for nftables"
		return 1
	fi
	# Docker, when it starts later, keeps the chain.
	if command -v dockerd >/dev/null 2>&1; then iptables -w -N DOCKER-USER 2>/dev/null; fi
	chain=$(accept_chain)
	if [ -n "$chain" ]; then each_rule -I "$(accepts_in "$chain")"; fi
}

down() {
	if command -v nft >/dev/null 2>&1 && nft list table inet "mlinfra_$name" >/dev/null 2>&1; then
		nft delete table inet "mlinfra_$name" || return
	fi
	if command -v iptables >/dev/null 2>&1; then
		each_rule -D "$legacy"
		each_rule -D "$(accepts_in FORWARD)"
		each_rule -D "$(accepts_in DOCKER-USER)"
		# Gone, unless Docker uses it.
		iptables -w -X DOCKER-USER 2>/dev/null
	fi
	return 0
}

# look prints what the configuration was made from, what is missing of it, and
# which chains drop what they do not know, so that nothing is forwarded.
look() {
	echo "forward $made_from"
	[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || echo "lacks net.ipv4.ip_forward"
	for range in $ranges; do
		device=$(net_towards "$range" "$name")
		if [ -n "$device" ] && [ "$(cat "/proc/sys/net/ipv4/conf/$device/rp_filter")" != 2 ]; then echo "lacks rp_filter of $device"; fi
	done
	if command -v nft >/dev/null 2>&1; then
		nft list table inet "mlinfra_$name" >/dev/null 2>&1 || echo "lacks the table of nftables"
		nft list chains 2>/dev/null | while read -r line; do
			case $line in
			'table '*) table=${line#table } table=${table% \{} ;;
			'chain '*) chain=${line#chain } chain=${chain% \{} ;;
			*' hook forward '*'policy drop;'*) [ "$table" = 'ip filter' ] || echo "dropped_by $table $chain" ;;
			esac
		done
	else
		each_rule -C "$legacy" || echo "lacks rules of iptables"
	fi
	chain=$(accept_chain)
	if [ -n "$chain" ]; then each_rule -C "$(accepts_in "$chain")" || echo "lacks accepts in the chain $chain"; fi
}

"$1"
