# Carries out the steps of mlinfra, each exactly once: a step is claimed by making
# its directory, runs on when its connection is lost, and leaves its result behind.
#
#   step.sh start ID LENGTH LENGTH   script and input of a step come on stdin
#   step.sh follow ID OFFSET         what it prints from there on, and how it ends
#   step.sh forget                   removes the results that are named on stdin, a
#                                    line for each, whose end may be *
#   step.sh leave                    removes what is left when no other trace is
#   step.sh run ID                   is what start leaves running
set -u
umask 077
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
trap '' HUP PIPE
dir=/var/lib/mlinfra/steps
tmp=/run/mlinfra
self=$0
verb=$1
id=${2-}
step=$dir/$id

boot() {
	cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none
}

size() {
	if [ -f "$1" ]; then wc -c <"$1" | tr -d ' '; else echo 0; fi
}

refuse() {
	echo "refused $1"
	rm -rf "$up" "$tmp/$id.$$" "$tmp/$id.$$.all"
	exit 0
}

# start takes a step in and leaves it running, unless it was taken in before.
start() {
	up=$dir/.up-$id-$$
	why=$(mkdir -p "$dir" "$tmp" "$up" 2>&1) || refuse "$why"
	# In one piece, and then apart: the head of busybox takes more than it prints.
	why=$( (cat >"$tmp/$id.$$.all" && head -c "$1" <"$tmp/$id.$$.all" >"$tmp/$id.$$" && tail -c +$(($1 + 1)) <"$tmp/$id.$$.all" >"$up/in") 2>&1) || refuse "$why"
	rm -f "$tmp/$id.$$.all"
	[ "$(size "$tmp/$id.$$")" = "$1" ] && [ "$(size "$up/in")" = "$2" ] || refuse "it came cut off"
	boot >"$up/boot" || refuse "cannot write to $dir"
	if mkdir "$step" 2>/dev/null; then
		mv "$up/in" "$up/boot" "$step/"
		mv "$tmp/$id.$$" "$tmp/$id"
		launch
	fi
	rm -rf "$up" "$tmp/$id.$$"
}

# launch starts the step outside of the session, whose end would end it where
# logind kills what users leave behind.
launch() {
	if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1 &&
		systemd-run --quiet --collect --unit="mlinfra-$id" sh "$self" run "$id" >/dev/null 2>&1; then
		return
	fi
	setsid sh "$self" run "$id" </dev/null >/dev/null 2>&1 &
}

# run carries the step out, when no other one runs on this host.
run() {
	# With -o what the step leaves running does not keep the lock.
	own=
	if flock -o "$tmp/lock.new" true 2>/dev/null; then own=-o; fi
	echo $$ >"$step/pid.new"
	mv "$step/pid.new" "$step/pid"
	flock $own "$tmp/lock" sh "$tmp/$id" <"$step/in" >"$step/out" 2>&1
	echo $? >"$step/rc.new"
	rm -f "$tmp/$id" "$step/in"
	sync "$step/rc.new" 2>/dev/null || sync
	mv "$step/rc.new" "$step/rc"
}

# follow passes on what the step prints until it has ended.
follow() {
	sent=$1 looks=0
	while :; do
		ended=
		if [ -f "$step/rc" ]; then ended=$(cat "$step/rc"); fi
		have=$(size "$step/out")
		if [ "$have" -gt "$sent" ]; then
			echo "out $((have - sent))"
			tail -c +$((sent + 1)) "$step/out" | head -c $((have - sent))
			sent=$have
		fi
		if [ -n "$ended" ]; then
			echo "end $ended"
			return
		fi
		why=$(lost)
		if [ -n "$why" ] && [ ! -f "$step/rc" ]; then
			echo "$why"
			return
		fi
		looks=$((looks + 1))
		if [ $looks -lt 50 ]; then sleep 0.02; else sleep 0.2; fi
	done
}

# lost says why the step will never end; nothing while it may.
lost() {
	if [ ! -d "$step" ]; then
		echo absent
	elif [ "$(cat "$step/boot" 2>/dev/null)" != "$(boot)" ]; then
		echo "unknown the host was restarted meanwhile"
	elif [ ! -f "$step/pid" ]; then
		if [ $looks -gt 100 ]; then echo "unknown it was taken in and never started"; fi
	elif ! kill -0 "$(cat "$step/pid")" 2>/dev/null; then
		echo "unknown its process was killed"
	fi
}

# forget removes results, and then what nobody needs any more. A step that runs is
# waited for by nobody: the next one to forget does the rest.
forget() {
	set --
	while read -r name; do
		set -- "$@" "$dir"/$name
		if [ $# -ge 100 ]; then
			rm -rf "$@"
			set --
		fi
	done
	rm -rf "$@"
	flock -n "$tmp/lock" sh "$self" leave
	echo "end 0"
}

# leave removes what mlinfra keeps for itself, when nothing else of it is here. It is
# called with the lock, and removes no directory that something is in.
leave() {
	rmdir "$dir" "${dir%/*}/units" 2>/dev/null
	for file in "${dir%/*}"/*; do
		case $file in
		*/step-*.sh | */apt-updated) ;;
		*) return ;;
		esac
	done
	rm -f "${dir%/*}"/step-*.sh "${dir%/*}/apt-updated"
	rmdir "${dir%/*}"
}

case $verb in
start)
	start "$3" "$4"
	follow 0
	;;
follow) follow "$3" ;;
run) run ;;
forget) forget ;;
leave) leave ;;
esac
