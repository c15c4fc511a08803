# Where there is no systemd, a service runs under a script that starts it again as
# its unit file says. Beside what sh/unit.sh keeps there are in its directory:
#
#   run, reload    scripts that are its process, and that reload it
#   policy         when and after how many seconds to start again, seconds to stop
#   supervise      the script that it runs under
#   pid            process of that, when it was started, and in which boot
#   main           process of the service
#   state          active or not, in more detail, how often it was started again
#   enabled        (empty) it is to start with the host
#   log            what it prints

# plain_state NAME finds out what unit_state does.
plain_state() {
	[ -e "$unit_own/$1/run" ] || return 0
	load=loaded enabled=disabled type=simple
	[ ! -e "$unit_own/$1/enabled" ] || enabled=enabled
	if [ -r "$unit_own/$1/state" ]; then read -r active sub restarts <"$unit_own/$1/state"; fi
	if ! plain_alive "$unit_own/$1" && [ "$active" != failed ]; then active=inactive sub=dead; fi
}

# plain_began PROCESS prints when a process was started, in ticks since the boot.
plain_began() {
	read -r line 2>/dev/null <"/proc/$1/stat" || return
	# The name of the command may have spaces.
	set -- ${line##*) }
	echo "${20}"
}

# plain_alive DIRECTORY succeeds when the script that a service runs under does.
plain_alive() {
	[ -r "$1/pid" ] && read -r pid began boot <"$1/pid" || return
	[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "$(plain_began "$pid")" = "$began" ]
}

# plain_put NAME ENABLED RUNNING brings a service about.
plain_put() {
	if [ "$2" = true ]; then : >"$own/enabled"; else rm -f "$own/enabled"; fi || return
	plain_state "$1"
	case $3:$active:$how in
	true:active:) ;;
	true:active:reload)
		if [ -s "$own/reload" ]; then
			MAINPID=$(cat "$own/main") sh "$own/reload" && return
			echo "it is not reloaded"
			return 1
		fi
		plain_stop "$1" && plain_start "$1"
		;;
	true:*) plain_stop "$1" && plain_start "$1" ;;
	*) plain_stop "$1" ;;
	esac
}

# plain_start NAME starts a service and looks whether it goes on running.
plain_start() {
	own=$unit_own/$1
	plain_supervise >"$own/supervise" && read -r policy pause _ <"$own/policy" && rm -f "$own/pid" "$own/state" || return
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
		setsid sh "$own/supervise" "$own" "$policy" "$pause" </dev/null >>"$own/log" 2>&1 &
	said=
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ ! -e "$own/pid" ] || break
		sleep 0.1
	done
	unit_steady "$1" || unit_failed "$1"
}

# plain_stop NAME ends a service, with force when it takes too long.
plain_stop() {
	plain_alive "$unit_own/$1" || return 0
	read -r _ _ patience <"$unit_own/$1/policy"
	kill -TERM "-$pid" 2>/dev/null
	tenths=0
	while kill -0 "-$pid" 2>/dev/null && [ "$tenths" -lt "${patience}0" ]; do
		sleep 0.1
		tenths=$((tenths + 1))
	done
	kill -KILL "-$pid" 2>/dev/null
	rm -f "$unit_own/$1/pid"
}

# plain_drop NAME ends a service for good.
plain_drop() {
	plain_stop "$1"
}

# plain_supervise prints the script that a service runs under.
plain_supervise() {
	cat <<'end'
# supervise DIRECTORY POLICY PAUSE runs the service of a directory, and again as
# the policy says.
own=$1 policy=$2 pause=$3
ended= child= restarts=0 quick=0
trap 'ended=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
trap '' HUP

state() {
	echo "$1 $restarts" >"$own/state.new" && mv -f "$own/state.new" "$own/state"
}

boot=$(cat /proc/sys/kernel/random/boot_id)
read -r line <"/proc/$$/stat"
set -- ${line##*) }
state "active running"
echo "$$ ${20} $boot" >"$own/pid.new" && mv -f "$own/pid.new" "$own/pid" || exit
while [ -z "$ended" ]; do
	began=$(date +%s)
	sh "$own/run" &
	child=$!
	echo "$child" >"$own/main"
	wait "$child"
	status=$?
	while kill -0 "$child" 2>/dev/null; do
		wait "$child"
		status=$?
	done
	child=
	case $status in 0 | 129 | 130 | 141 | 143) clean=yes ;; *) clean= ;; esac
	[ -z "$ended" ] || break
	echo "its process has ended with status $status"
	case $policy:$clean in
	always: | always:yes | on-success:yes | on-failure:) again=yes ;;
	on-abnormal: | on-abort:) again=; [ "$status" -le 128 ] || again=yes ;;
	*) again= ;;
	esac
	if [ -n "$again" ]; then
		restarts=$((restarts + 1))
		state "activating auto-restart"
		sleep "$pause" &
		child=$!
		wait "$child"
		child=
		[ -z "$ended" ] || break
		# Like systemd, give up after five starts in ten seconds.
		if [ $(($(date +%s) - began)) -lt 2 ]; then quick=$((quick + 1)); else quick=0; fi
		if [ "$quick" -lt 5 ]; then
			state "active running"
			if [ "$(wc -c <"$own/log")" -gt 10000000 ]; then
				mv -f "$own/log" "$own/log.1"
				exec >>"$own/log" 2>&1
			fi
			continue
		fi
		echo "it is not started again: it ends too often"
		clean=
	fi
	if [ -n "$clean" ]; then state "inactive dead"; else state "failed failed"; fi
	exit
done
state "inactive dead"
end
}
