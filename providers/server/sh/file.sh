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
		echo "kind other"
		return
	fi
	sum=$(sha256sum <"$1")
	echo "kind file"
	echo "sum ${sum%% *}"
	stat_look "$1"
	if [ "${sum%% *}" != "$2" ] && [ "$(wc -c <"$1" | tr -d ' ')" -le 65536 ]; then
		echo "content $(base64 <"$1" | tr -d '\n')"
	fi
}

# file_put PATH OWNER GROUP MODE makes PATH have the content on stdin, whole or
# not at all.
file_put() {
	(umask 022 && mkdir -p "$(dirname "$1")") || return
	new=$1.mlinfra-new
	rm -f "$new"
	(umask 077 && cat >"$new") && chown "$2:$3" "$new" && chmod "$4" "$new" && sync "$new" && mv -f "$new" "$1" && return
	rc=$?
	rm -f "$new"
	return $rc
}

# file_drop PATH SUM removes PATH.
file_drop() {
	rm -f "$1"
}

# stat_look PATH prints who may do what with it.
stat_look() {
	stat -c 'mode %a
owner %U
uid %u
group %G
gid %g' "$1"
}
