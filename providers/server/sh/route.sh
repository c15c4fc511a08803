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
	boot_look mlinfra-routes
}

# route_put FILE KEEP makes the kernel have the route that the script on stdin is
# for, and keeps the script if KEEP is true.
route_put() {
	new=$routes_dir/.$1
	mkdir -p "$routes_dir" && cat >"$new" && chmod 644 "$new" || return
	if ! sh "$new" up; then
		rm -f "$new"
		route_boot
		return 1
	fi
	if [ "$2" = true ]; then
		sync "$new"
		mv -f "$new" "$routes_dir/$1" || return
	else
		rm -f "$new" "$routes_dir/$1"
	fi
	route_boot
}

# route_drop FILE FAMILY DESTINATION TABLE METRIC takes the route away.
route_drop() {
	rm -f "$routes_dir/$1" "$routes_dir/.$1"
	if [ -n "$(net_routes "$2" "$3" "$4" "$5")" ]; then
		set -- "$2" route del "$3" table "$4" ${5:+metric "$5"}
		ip "$@" || return
	fi
	route_boot
}

# route_boot has the routes made at each start, while there are any.
route_boot() {
	if [ -n "$(ls -A "$routes_dir" 2>/dev/null)" ]; then
		[ -x "${routes_dir%.d}" ] || {
			printf '#!/bin/sh\n# Made by mlinfra: makes the routes of %s.\nrc=0\nfor file in %s/*; do\n\tsh "$file" up || rc=1\ndone\nexit $rc\n' "$routes_dir" "$routes_dir" >"${routes_dir%.d}.new" &&
				chmod 755 "${routes_dir%.d}.new" && mv -f "${routes_dir%.d}.new" "${routes_dir%.d}" || return
		}
		route_foreign || return
		boot_put mlinfra-routes "${routes_dir%.d}"
		return
	fi
	boot_drop mlinfra-routes || return
	rm -f "${routes_dir%.d}" /etc/systemd/networkd.conf.d/60-mlinfra-routes.conf
	rmdir "$routes_dir" "${routes_dir%/*}" 2>/dev/null
	return 0
}

# route_foreign keeps systemd-networkd from removing, when it is started anew, the
# routes that it has not made.
route_foreign() {
	[ -d /run/systemd/netif ] || return 0
	mkdir -p /etc/systemd/networkd.conf.d &&
		printf '[Network]\nManageForeignRoutes=no\n' >/etc/systemd/networkd.conf.d/60-mlinfra-routes.conf
}
