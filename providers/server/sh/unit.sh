# A unit is under systemd or, where there is none, under a script of ours. What
# there is to know of it beside that is in a directory:
#
#   started_with   sums of what it was last started with; owed while a start is due
#   before         how it was at first: active or not, loaded or not, enabled or not
#   content        (empty) its file is ours
#   drop_in.NAME   (empty) so is this drop-in
unit_own=/var/lib/mlinfra/units
unit_files=/etc/systemd/system

# unit_state NAME finds out load, active, sub, enabled, type and restarts.
unit_state() {
	load=not-found active=inactive sub=dead enabled= type= restarts=0
	if [ ! -d /run/systemd/system ]; then
		plain_state "$1"
		return
	fi
	shown=$(systemctl show -p LoadState,ActiveState,SubState,UnitFileState,Type,NRestarts -- "$1" 2>&1) || {
		echo "$shown"
		return 1
	}
	while IFS='=' read -r key value; do
		case $key in
		LoadState) load=$value ;;
		ActiveState) active=$value ;;
		SubState) sub=$value ;;
		UnitFileState) enabled=$value ;;
		Type) type=$value ;;
		NRestarts) restarts=$value ;;
		esac
	done <<end
$shown
end
}

# unit_look NAME prints how a unit is, and what of its files is ours; all of them
# when we know nothing of it yet.
unit_look() {
	own=$unit_own/$1 file=$unit_files/$1
	if [ -r "$own/started_with" ]; then
		read -r with <"$own/started_with"
		echo "started_with $with"
	fi
	if [ -f "$file" ] && [ ! -L "$file" ] && { [ ! -d "$own" ] || [ -e "$own/content" ]; }; then
		echo "content $(base64 <"$file" | tr -d '\n')"
	fi
	for part in "$file".d/*.conf; do
		name=${part##*/}
		if [ -f "$part" ] && { [ ! -d "$own" ] || [ -e "$own/drop_in.$name" ]; }; then
			echo "drop_in $name $(base64 <"$part" | tr -d '\n')"
		fi
	done
	unit_state "$1" || return
	echo "load $load"
	echo "active $active"
	echo "sub $sub"
	echo "enabled $enabled"
	if [ -d /run/systemd/system ]; then echo "supervisor systemd"; else echo "supervisor mlinfra"; fi
}

# unit_put NAME STARTED_WITH ENABLED RUNNING MASKED RELOAD REFUSAL brings a unit
# about. Its files come on stdin, a line for each. REFUSAL says why it cannot be
# without systemd.
unit_put() {
	own=$unit_own/$1 file=$unit_files/$1
	if [ ! -d /run/systemd/system ] && [ -n "$7" ]; then
		echo "there is no systemd here, and without it $7"
		return 1
	fi
	unit_state "$1" || return
	(umask 077 && mkdir -p "$own") || return
	[ -e "$own/before" ] || echo "$active $load $enabled" >"$own/before" || return
	had=
	if [ -r "$own/started_with" ]; then read -r had <"$own/started_with"; fi
	changed=
	unit_take || return
	how=$(unit_due "$2" "$6")
	if [ ! -d /run/systemd/system ]; then
		plain_put "$1" "$3" "$4" || return
	else
		unit_bring "$1" "$3" "$4" "$5" || return
	fi
	echo "$2" >"$own/started_with.new" && mv -f "$own/started_with.new" "$own/started_with"
}

# unit_take makes the files of a unit those on stdin.
unit_take() {
	keep=" "
	while read -r kind name text; do
		case $kind in
		content)
			keep="$keep$kind "
			[ -e "$own/content" ] || made_keep file "$file" || return
			: >"$own/content" && unit_write "$file" "$text" || return
			;;
		drop_in)
			keep="$keep$name "
			[ -e "$own/drop_in.$name" ] || made_keep file "$file.d/$name" || return
			: >"$own/drop_in.$name" && mkdir -p "$file.d" && unit_write "$file.d/$name" "$text" || return
			;;
		*)
			[ -d /run/systemd/system ] || printf '%s' "$text" | base64 -d >"$own/$kind" || return
			;;
		esac
	done
	for mark in "$own/content" "$own"/drop_in.*; do
		name=${mark##*/drop_in.} old=$file.d/${mark##*/drop_in.}
		if [ "$mark" = "$own/content" ]; then name=content old=$file; fi
		case $keep in *" $name "*) continue ;; esac
		[ -e "$mark" ] || continue
		changed=yes
		echo owed >"$own/started_with" && unit_unwrite "$old" "$mark" && rm -f "$mark" || return
	done
	[ ! -d "$file.d" ] || rmdir "$file.d" 2>/dev/null || :
}

# unit_write PATH TEXT makes a file have the text, which is in base64. That a
# restart is due then is noted before.
unit_write() {
	printf '%s' "$2" | base64 -d >"$1.mlinfra-new" || return
	if [ -f "$1" ] && [ ! -L "$1" ] && [ "$(sha256sum <"$1")" = "$(sha256sum <"$1.mlinfra-new")" ]; then
		rm -f "$1.mlinfra-new"
		return
	fi
	changed=yes
	echo owed >"$own/started_with" &&
		chmod 644 "$1.mlinfra-new" && sync "$1.mlinfra-new" && mv -f "$1.mlinfra-new" "$1"
}

# unit_ours PATH MARK succeeds when mlinfra has written a file of a unit: MARK is the
# file that says so while we know of the unit.
unit_ours() {
	[ -e "$2" ] || made_known file "$1"
}

# unit_unwrite PATH MARK removes it, or puts back what was there.
unit_unwrite() {
	if made_known file "$1"; then
		made_back file "$1"
	elif [ -e "$2" ]; then
		rm -f "$1"
	fi
}

# unit_due STARTED_WITH RELOAD prints what is due when it runs: restart, reload or
# nothing. One that we have never started, and whose files are as they were, is
# left alone.
unit_due() {
	if [ -n "$changed" ] || [ "$had" = owed ]; then
		echo restart
	elif [ -z "$had" ] || [ "$had" = "$1" ]; then
		:
	elif [ "${had%-*}" = "${1%-*}" ] && [ "$2" = true ]; then
		echo reload
	else
		echo restart
	fi
}

# unit_bring NAME ENABLED RUNNING MASKED tells systemd.
unit_bring() {
	systemctl daemon-reload || return
	if [ "$4" = true ]; then
		unit_rest "$1" && unit_tell mask "$1"
		return
	fi
	if [ "$load" = masked ]; then unit_tell unmask "$1" || return; fi
	unit_state "$1" || return
	if [ "$load" = not-found ]; then
		echo "there is no unit $1: give its content, or install what brings it by a server_package"
		return 1
	fi
	case $2:$enabled in
	true:enabled | true:alias) if [ -n "$changed" ]; then unit_tell reenable "$1" || return; fi ;;
	true:*) unit_tell enable "$1" || return ;;
	false:enabled* | false:alias) unit_tell disable "$1" || return ;;
	esac
	unit_state "$1" || return
	case $2:$enabled in
	true:enabled | true:alias | false:*) ;;
	*)
		echo "$1 cannot be enabled: systemd says that it is $enabled, as nothing in its file says with what it starts; set enabled to false"
		return 1
		;;
	esac
	if [ "$3" = true ]; then unit_run "$1"; else unit_halt "$1"; fi
}

# unit_tell VERB NAME tells systemd, and passes on what it says when it fails.
unit_tell() {
	said=$(systemctl "$1" -- "$2" 2>&1) || {
		echo "systemctl $1 $2: $said"
		return 1
	}
}

# unit_run NAME makes a unit run, and does what is due.
unit_run() {
	case $active:$how in
	active: | reloading:) return ;;
	active:reload | reloading:reload) verb=reload-or-restart ;;
	*:restart) verb=restart ;;
	*) verb=start ;;
	esac
	systemctl reset-failed -- "$1" >/dev/null 2>&1 # it may have failed too often
	said=$(systemctl "$verb" -- "$1" 2>&1) && said= && unit_steady "$1" && return
	unit_failed "$1"
}

# unit_steady NAME looks whether a unit goes on running. Systemd takes a simple
# service for started when its process is there, however soon that ends.
unit_steady() {
	unit_state "$1" && [ "$active" = active ] || return
	case $type in simple | exec | idle) ;; *) return 0 ;; esac
	first=$restarts
	for _ in 1 2 3 4 5; do
		sleep 0.2
		unit_state "$1" && [ "$active" = active ] && [ "$restarts" = "$first" ] || return
	done
}

# unit_failed NAME says why a unit does not run, and fails.
unit_failed() {
	[ -z "$said" ] || printf '%s\n' "$said"
	unit_state "$1"
	echo "$1 does not run: it is $active ($sub)"
	if [ -d /run/systemd/system ]; then
		journalctl --sync >/dev/null 2>&1
		end=$(journalctl -u "$1" -n 20 --no-pager -o cat 2>&1)
	else
		end=$(tail -n 20 "$unit_own/$1/log" 2>&1)
	fi
	echo "the end of its journal:"
	printf '%s\n' "$end" | tail -c 1500
	return 1
}

# unit_halt NAME stops a unit. A oneshot service that is at work ends by itself.
unit_halt() {
	case $active:$type in
	inactive:* | failed:* | activating:oneshot) ;;
	*) unit_tell stop "$1" ;;
	esac
}

# unit_rest NAME stops and disables a unit.
unit_rest() {
	unit_state "$1" && unit_halt "$1" || return
	case $enabled in enabled* | alias) unit_tell disable "$1" ;; esac
}

# unit_drop NAME OURS DROP_IN... removes the files of a unit. What there was before
# is as it was then. OURS says whether the unit file is one of them.
unit_drop() {
	name=$1 ours=$2 own=$unit_own/$1 file=$unit_files/$1
	shift 2
	# One that is there again after a first try is left alone.
	unit_ours "$file" "$own/content" || ours=false
	if [ ! -d /run/systemd/system ]; then
		plain_drop "$name" || return
	elif [ "$ours" = true ]; then
		unit_rest "$name" || return
	fi
	if [ "$ours" = true ]; then unit_unwrite "$file" "$own/content" || return; fi
	removed=$#
	for part; do unit_unwrite "$file.d/$part" "$own/drop_in.$part" || return; done
	[ ! -d "$file.d" ] || rmdir "$file.d" 2>/dev/null
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload && unit_restore "$name" || return
	fi
	rm -rf "${own:?}" || return
	rmdir "$unit_own" 2>/dev/null || return 0
}

# unit_restore NAME makes a unit as it was before, if it is there still.
unit_restore() {
	unit_state "$1" || return
	if [ "$load" = not-found ]; then
		systemctl reset-failed -- "$1" >/dev/null 2>&1
		return 0
	fi
	[ -r "$own/before" ] || return 0
	read -r was_active was_load was_enabled <"$own/before"
	if [ "$load" = masked ] && [ "$was_load" != masked ]; then unit_tell unmask "$1" || return; fi
	case $was_enabled:$enabled in
	enabled:enabled) ;;
	enabled:*) unit_tell enable "$1" || return ;;
	*:enabled) unit_tell disable "$1" || return ;;
	esac
	case $was_active:$active in
	active:active) [ "$removed" = 0 ] || unit_tell restart "$1" || return ;;
	active:*) unit_tell start "$1" || return ;;
	*) unit_halt "$1" || return ;;
	esac
	if [ "$was_load" = masked ] && [ "$load" != masked ]; then unit_tell mask "$1"; fi
}
