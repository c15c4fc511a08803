# directory_look PATH prints what is at PATH, and whether mlinfra has made it.
directory_look() {
	if [ -L "$1" ]; then
		echo "kind link"
	elif [ -d "$1" ]; then
		echo "kind directory"
		stat_look "$1"
		made_look directory "$1"
	elif [ -e "$1" ]; then
		echo "kind file"
	else
		echo "kind none"
	fi
	return 0
}

# directory_put PATH OWNER GROUP MODE makes PATH a directory.
directory_put() {
	if [ -L "$1" ] || { [ -e "$1" ] && [ ! -d "$1" ]; }; then
		echo "$1 is there and no directory: move it out of the way" >&2
		return 1
	fi
	if made_is parent "$1"; then
		# It was made on the way to something below it.
		made_note directory "$1" && made_forget parent "$1" || return
	fi
	if [ ! -d "$1" ]; then
		made_note directory "$1" && parents_make "$1" && (umask 077 && mkdir -p "$1") || return
	fi
	chown "$2:$3" "$1" && chmod "$4" "$1"
}

# directory_drop PATH FORCE removes PATH; what is in it only if FORCE is true.
directory_drop() {
	if [ -d "$1" ] && [ "$2" = true ]; then
		while read -r _ at _; do
			case $at in
			"$1" | "$1"/*)
				echo "$at is mounted: nothing below it is removed; unmount it first" >&2
				return 1
				;;
			esac
		done </proc/mounts
		rm -rf "$1" "/var/lib/mlinfra/made/parent/$1" || return
	elif [ -d "$1" ]; then
		rmdir "$1" 2>/dev/null || {
			echo "it is not empty (files and directories in it: $(find "$1" -mindepth 1 | wc -l | tr -d ' ')): remove them, or set force_destroy = true, apply, and destroy then" >&2
			return 1
		}
	fi
	made_forget directory "$1"
	parents_drop "$1"
}
