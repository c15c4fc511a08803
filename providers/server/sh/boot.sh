# What is to happen at each start of a host that has no unit of its own for it.

# boot_way prints what can bring something about at a start.
boot_way() {
	if [ -d /run/systemd/system ]; then
		echo systemd
	elif [ -d /etc/local.d ] && command -v rc-update >/dev/null 2>&1; then
		echo openrc
	elif [ -d /etc/network/if-up.d ] && command -v ifup >/dev/null 2>&1; then
		echo ifupdown
	elif [ -d /etc/cron.d ] && { command -v cron || command -v crond; } >/dev/null 2>&1; then
		echo cron
	else
		echo none
	fi
}

# boot_file WAY NAME prints what is there when NAME is brought about in that way.
boot_file() {
	case $1 in
	systemd) echo "/etc/systemd/system/multi-user.target.wants/$2.service" ;;
	openrc) echo "/etc/local.d/$2.start" ;;
	ifupdown) echo "/etc/network/if-up.d/$2" ;;
	cron) echo "/etc/cron.d/$2" ;;
	*) echo /dev/null ;;
	esac
}

# boot_look NAME prints what brings NAME about, and whether it does. Where nothing
# can, nothing is missing.
boot_look() {
	way=$(boot_way)
	echo "boot $way"
	if [ "$way" = none ] || [ -e "$(boot_file "$way" "$1")" ]; then echo "starts yes"; else echo "starts no"; fi
}

# boot_put NAME COMMAND runs COMMAND as NAME at each start, if anything can.
boot_put() {
	way=$(boot_way)
	file=$(boot_file "$way" "$1")
	case $way in
	systemd)
		unit=/etc/systemd/system/$1.service
		printf '[Unit]\nDescription=mlinfra: %s\nWants=network-online.target\nAfter=network-online.target wg-quick.target\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c "%s"\n\n[Install]\nWantedBy=multi-user.target\n' "$1" "$2" >"$unit.new" &&
			mv -f "$unit.new" "$unit" && systemctl daemon-reload && systemctl enable "$1.service" 2>&1
		;;
	openrc)
		printf '#!/bin/sh\n%s\n' "$2" >"$file" && chmod 755 "$file" && rc-update -q add local default
		;;
	ifupdown)
		# The interfaces come up one after the other: the last one finds all.
		printf '#!/bin/sh\n%s >/dev/null 2>&1 || true\n' "$2" >"$file" && chmod 755 "$file"
		;;
	cron)
		printf 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n@reboot root %s\n' "$2" >"$file" && chmod 644 "$file"
		;;
	esac
}

# boot_drop NAME ends that.
boot_drop() {
	way=$(boot_way)
	if [ "$way" = systemd ]; then
		if [ -e "/etc/systemd/system/$1.service" ]; then
			systemctl disable "$1.service" 2>&1 || return
			rm -f "/etc/systemd/system/$1.service" && systemctl daemon-reload
		fi
	elif [ "$way" != none ]; then
		rm -f "$(boot_file "$way" "$1")"
	fi
}
