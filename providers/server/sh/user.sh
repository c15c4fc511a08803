# user_entry NAME sets uid, gid, comment, home and shell to those of a user.
user_entry() {
	entry=$(account passwd "$1") || return
	rest=${entry#*:*:}
	uid=${rest%%:*} rest=${rest#*:}
	gid=${rest%%:*} rest=${rest#*:}
	comment=${rest%%:*} rest=${rest#*:}
	home=${rest%%:*} shell=${rest#*:}
}

# account TABLE NAME prints the line of a user or group, by name or number.
account() {
	if command -v getent >/dev/null 2>&1; then
		getent "$1" "$2"
		return
	fi
	while read -r line; do
		rest=${line#*:*:}
		if [ "${line%%:*}" = "$2" ] || [ "${rest%%:*}" = "$2" ]; then
			printf '%s\n' "$line"
			return 0
		fi
	done <"/etc/$1"
	return 1
}

# user_groups NAME prints the groups that have the user beside its own.
user_groups() {
	while read -r line; do
		case ",${line##*:}," in *",$1,"*) echo "${line%%:*}" ;; esac
	done </etc/group
}

# user_look NAME HASH prints what a user is like; the hash of the hash of the
# password if HASH is true.
user_look() {
	if ! user_entry "$1"; then
		echo "kind none"
		return 0
	fi
	echo "kind user"
	echo "uid $uid"
	echo "gid $gid"
	echo "comment $comment"
	echo "home $home"
	echo "shell $shell"
	for group in $(user_groups "$1"); do echo "group $group"; done
	if [ -d "$home" ]; then echo "there yes"; fi
	if made_is user "$1"; then echo "made yes"; fi
	[ "$2" = true ] || return 0
	while read -r line; do
		if [ "${line%%:*}" = "$1" ]; then
			rest=${line#*:}
			hash=$(printf %s "${rest%%:*}" | sha256sum)
			echo "hash ${hash%% *}"
		fi
	done </etc/shadow
}

# user_put NAME SYSTEM HOME PASSWORD GID OPTION VALUE... makes a user or changes
# one; options are those of useradd. HOME says whether to make its home. PASSWORD
# is set, which takes NAME:HASH from stdin, lock, or keep.
user_put() {
	name=$1 system=$2 make=$3 password=$4 group=$5
	shift 5
	if [ -n "$group" ]; then
		account group "$group" >/dev/null || user_group "$name" "$group" false || return
		set -- "$@" -g "$group"
	fi
	if user_entry "$name"; then
		user_change "$name" "$@" || return
	else
		made_note user "$name" || return
		user_add "$name" "$system" "$make" "$group" "$@" || return
		[ "$password" = set ] || password=lock
		user_entry "$name" || return
		# The home that one with its name has left is its own.
		if [ -d "$home" ] && [ "$(stat -c %U "$home")" = UNKNOWN ]; then
			chown -R "$uid:$gid" "$home" || return
		fi
	fi
	user_entry "$name" || return
	if [ "$make" = true ] && [ ! -d "$home" ]; then
		user_home || return
	fi
	case $password in
	set) chpasswd -e ;;
	lock) echo "$name:*" | chpasswd -e ;;
	esac
}

# user_group NAME GID SYSTEM makes a group; GID is empty for any.
user_group() {
	if ! command -v groupadd >/dev/null 2>&1; then
		addgroup ${2:+-g "$2"} "$1"
	elif [ "$3" = true ]; then
		groupadd -r "$1"
	else
		groupadd ${2:+-g "$2"} "$1"
	fi
}

# user_add NAME SYSTEM HOME GID OPTION VALUE...
user_add() {
	name=$1 system=$2 make=$3 group=$4
	shift 4
	if ! command -v useradd >/dev/null 2>&1; then
		user_add_busybox "$name" "$system" "$make" "$group" "$@"
		return
	fi
	if [ -z "$group" ] && account group "$name" >/dev/null; then
		set -- "$@" -g "$name"
	elif [ -z "$group" ]; then
		set -- "$@" -U
	fi
	if [ "$system" = true ]; then set -- "$@" -r; fi
	if [ "$make" = true ]; then set -- "$@" -m; else set -- "$@" -M; fi
	useradd "$@" "$name"
}

# user_add_busybox does the same with the adduser of busybox.
user_add_busybox() {
	name=$1 system=$2 make=$3 group=${4:-$1}
	shift 4
	if entry=$(account group "$group"); then
		group=${entry%%:*}
	else
		user_group "$group" '' "$system" || return
	fi
	groups= left=$#
	while [ "$left" -gt 0 ]; do
		case $1 in
		-G) groups=$2 ;;
		-g) ;;
		-d) set -- "$@" -h "$2" ;;
		-c) set -- "$@" -g "$2" ;;
		*) set -- "$@" "$1" "$2" ;;
		esac
		shift 2
		left=$((left - 2))
	done
	if [ "$system" = true ]; then set -- "$@" -S; fi
	if [ "$make" != true ]; then set -- "$@" -H; fi
	adduser -D -G "$group" "$@" "$name" && user_join "$name" "$groups"
}

# user_join NAME GROUP,... makes these the groups of a user, with busybox.
user_join() {
	had=$(user_groups "$1")
	for group in $had; do
		case ",$2," in
		*",$group,"*) ;;
		*) delgroup "$1" "$group" || return ;;
		esac
	done
	for group in $(echo "$2" | tr , ' '); do
		case " $(echo $had) " in
		*" $group "*) ;;
		*) addgroup "$1" "$group" || return ;;
		esac
	done
}

# user_change NAME OPTION VALUE... changes the user that user_entry has found.
user_change() {
	name=$1 before=
	shift
	if command -v usermod >/dev/null 2>&1; then
		for word; do
			# The word behind -d is where its home is to be.
			if [ "x$before" = x-d ] && [ "$word" != "$home" ] && [ -d "$home" ] && [ ! -e "$word" ]; then
				set -- "$@" -m
			fi
			before=$word
		done
		if [ $# -gt 0 ]; then usermod "$@" "$name"; fi
		return
	fi
	while [ $# -gt 0 ]; do
		case $1 in
		-u) same=$uid ;;
		-g) same=$gid ;;
		-d) same=$home ;;
		-s) same=$shell ;;
		-c) same=$comment ;;
		-G) user_join "$name" "$2" || return; same=$2 ;;
		esac
		if [ "$same" != "$2" ]; then
			echo "usermod is not installed, which changes $same to $2: install the package shadow" >&2
			return 1
		fi
		shift 2
	done
}

# user_home makes the home of the user that user_entry has found.
user_home() {
	parents_make "$home" || return
	if [ -d /etc/skel ]; then
		cp -R /etc/skel "$home"
	else
		mkdir "$home"
	fi && chown -R "$uid:$gid" "$home" && chmod 0700 "$home"
}

# user_drop NAME HOME removes a user; with its home if HOME is true.
user_drop() {
	if user_entry "$1"; then
		if ! command -v userdel >/dev/null 2>&1; then
			if [ "$2" = true ]; then deluser --remove-home "$1"; else deluser "$1"; fi
		elif [ "$2" = true ]; then
			userdel -r "$1"
		else
			userdel "$1"
		fi || return
		parents_drop "$home"
	fi
	made_forget user "$1"
}
