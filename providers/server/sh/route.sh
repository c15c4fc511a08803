# A route that is kept is a script in /etc/mlinfra/routes.d (kept/route.sh), which
# /etc/mlinfra/routes runs at each start.

routes_dir=/etc/mlinfra/routes.d

# route_look FILE FAMILY DESTINATION TABLE METRIC INTERFACE_OF prints what is kept,
# and what the kernel has.
route_look() {
	if [ -f "$routes_dir/$1" ]; then
		while read -r _ name value; do
			if [ "$name" = made_from ]; then
				echo "kept $value"
				break
			fi
		done <"$routes_dir/$1"
	fi
	net_routes "$2" "$3" "$4" "$5" | while read -r line; do printf 'route %s\n' "$line"; done
	if [ -n "$6" ]; then echo "of $(net_with "$6")"; fi
	made_look route "$1"
	boot_look mlinfra-routes
}

# route_put FILE FAMILY DESTINATION TABLE METRIC KEEP makes the kernel have the route
# that the script on stdin is for, and keeps the script if KEEP is true.
route_put() {
	new=$routes_dir/.$1 noted=
	mkdir -p "$routes_dir" && cat >"$new" && chmod 644 "$new" || return
	if ! made_line route "$1" "$(route_line "$2" "$3" "$4" "$5")" || ! sh "$new" up; then
		rm -f "$new"
		if [ -n "$noted" ]; then made_forget route "$1"; fi
		route_boot
		return 1
	fi
	if [ "$6" = true ]; then
		sync "$new"
		mv -f "$new" "$routes_dir/$1" || return
	else
		rm -f "$new" "$routes_dir/$1"
	fi
	route_boot
}

# route_line FAMILY DESTINATION TABLE METRIC prints the route of the kernel, as ip
# takes it.
route_line() {
	line=$(net_routes "$@" | head -n 1)
	words=
	for word in $line; do
		case $word in
		'\' | dead | linkdown | offload | trap | rt_* | expires | *[0-9]sec) ;;
		*) words="$words $word" ;;
		esac
	done
	printf '%s\n' "${words# }"
}

# route_drop FILE FAMILY DESTINATION TABLE METRIC takes the route away, or puts back
# the one that was there before. One that mlinfra has not made stays.
route_drop() {
	before=$(made_was route "$1")
	if [ -n "$before" ]; then
		# In the place of ours: without a default route the host would be cut off.
		ip "$2" route replace $before table "$4" || {
			echo "the route of before cannot be made again: $before; this one stays, until a removed block forgets it"
			return 1
		}
	elif made_is route "$1" && [ -n "$(net_routes "$2" "$3" "$4" "$5")" ]; then
		ip "$2" route del "$3" table "$4" ${5:+metric "$5"} || return
	fi
	rm -f "$routes_dir/$1" "$routes_dir/.$1"
	made_forget route "$1"
	route_boot
}

# route_boot has the routes made at each start, while there are any.
route_boot() {
	if [ -n "$(ls -A "$routes_dir" 2>/dev/null)" ]; then
		route_all >"${routes_dir%.d}.new" && chmod 755 "${routes_dir%.d}.new" && mv -f "${routes_dir%.d}.new" "${routes_dir%.d}" || return
		route_foreign || return
		boot_put mlinfra-routes "${routes_dir%.d} 30"
		return
	fi
	boot_drop mlinfra-routes || return
	rm -f "${routes_dir%.d}" /etc/systemd/networkd.conf.d/60-mlinfra-routes.conf
	rmdir "$routes_dir" "${routes_dir%/*}" 2>/dev/null
	return 0
}

# route_all prints the script that makes all routes. It tries for as long as
# interfaces may take to come up: what leads into a tunnel has to wait for it.
route_all() {
	cat <<'end'
#!/bin/sh
# Made by mlinfra: makes the routes of /etc/mlinfra/routes.d, in so many tries.
tries=${1:-1}
while :; do
	rc=0
	for file in /etc/mlinfra/routes.d/*; do
		sh "$file" up || rc=1
	done
	tries=$((tries - 1))
	if [ $rc = 0 ] || [ $tries -lt 1 ]; then exit $rc; fi
	sleep 2
done
end
}

# route_foreign keeps systemd-networkd from removing, when it is started anew, the
# routes that it has not made.
route_foreign() {
	[ -d /run/systemd/netif ] || return 0
	mkdir -p /etc/systemd/networkd.conf.d &&
		printf '[Network]\nManageForeignRoutes=no\n' >/etc/systemd/networkd.conf.d/60-mlinfra-routes.conf
}
