# file_look PATH SUM prints what is at PATH, and its content where that is not
# the one with the sum, and small.
file_look() {
	if [ -L "$1" ]; then
		echo "kind link"
		return
	fi
	if [ ! -e "$1" ]; then
		echo "kind none"
		return
	fi
	if [ ! -f "$1" ]; then
		echo "kind $(file_kind "$1")"
		return
	fi
	sum=$(sha256sum <"$1")
	echo "kind file"
	echo "sum ${sum%% *}"
	stat_look "$1"
	made_look file "$1"
	if [ "${sum%% *}" != "$2" ] && [ "$(wc -c <"$1" | tr -d ' ')" -le 65536 ]; then
		echo "content $(base64 <"$1" | tr -d '\n')"
	fi
}

# file_kind PATH prints what something is that is no file.
file_kind() {
	if [ -d "$1" ]; then echo directory; else echo device; fi
}

# file_put PATH OWNER GROUP MODE makes PATH have the content on stdin, whole or
# not at all. What was there is kept.
file_put() {
	if [ -e "$1" ] && [ ! -f "$1" ]; then
		echo "$1 is a $(file_kind "$1") and no file: move it out of the way" >&2
		return 1
	fi
	new=$1.mlinfra-new noted=
	made_keep file "$1" && parents_make "$1" && rm -f "$new" &&
		(umask 077 && cat >"$new") && chown "$2:$3" "$new" && chmod "$4" "$new" && sync "$new" && mv -f "$new" "$1" && return
	rc=$?
	rm -f "$new"
	if [ -n "$noted" ]; then made_forget file "$1"; fi
	parents_drop "$1"
	return $rc
}

# file_drop PATH removes PATH, or puts back what was there.
file_drop() {
	made_back file "$1" && parents_drop "$1"
}

# stat_look PATH prints who may do what with it.
stat_look() {
	stat -c 'mode %a
owner %U
uid %u
group %G
gid %g' "$1"
}
