# authorized_key_look USER prints the authorized_keys of a user, and the sums of the
# keys in it that mlinfra has put there.
authorized_key_look() {
	user_entry "$1" || { echo "kind nobody"; return 0; }
	if [ -e "$home/.ssh/authorized_keys" ]; then
		echo "keys $(base64 <"$home/.ssh/authorized_keys" | tr -d '\n')"
	fi
	for mark in "/var/lib/mlinfra/made/authorized_key/$1"/*; do
		if [ -e "$mark/.made" ]; then echo "made ${mark##*/}"; fi
	done
}

# authorized_key_put USER KEY SUM makes the line on stdin the one with that key.
authorized_key_put() {
	authorized_key_file "$1" || return
	if [ ! -d "$home" ]; then
		echo "user $1 has no home: $home is missing; set create_home of its server_user" >&2
		return 1
	fi
	# sshd ignores keys that others than their user could have put there.
	(umask 077 && mkdir -p "$home/.ssh") && chown "$uid:$gid" "$home/.ssh" && chmod 0700 "$home/.ssh" || return
	noted=
	made_line authorized_key "$1/$3" "$(authorized_key_line "$2")" && authorized_key_edit "$2" "$(cat)" && return
	rc=$?
	if [ -n "$noted" ]; then made_forget authorized_key "$1/$3"; fi
	return $rc
}

# authorized_key_drop USER KEY SUM removes the lines with that key, or puts back the
# line that was there before. One that mlinfra has not put there stays.
authorized_key_drop() {
	made_known authorized_key "$1/$3" || return 0
	if user_entry "$1"; then
		authorized_key_file "$1" || return
		if [ -e "$file" ]; then
			authorized_key_edit "$2" "$(made_was authorized_key "$1/$3")" || return
		fi
	fi
	made_forget authorized_key "$1/$3"
}

# authorized_key_line KEY prints the first line with KEY.
authorized_key_line() {
	[ -e "$file" ] || return 0
	while IFS= read -r line || [ -n "$line" ]; do
		case ${line#"${line%%[![:space:]]*}"} in
		'#'*) ;;
		*"$1"*)
			printf '%s\n' "$line"
			return
			;;
		esac
	done <"$file"
}

# authorized_key_file USER sets file. What is below a home belongs to its user,
# who must not lead root elsewhere.
authorized_key_file() {
	user_entry "$1" || {
		echo "there is no user $1: add a server_user, and refer to its name" >&2
		return 1
	}
	file=$home/.ssh/authorized_keys
	for place in "$home/.ssh" "$file"; do
		if [ -L "$place" ]; then
			echo "$place is a link, which is not followed: put a directory and a file of the user there" >&2
			return 1
		fi
	done
}

# authorized_key_edit KEY LINE puts LINE in place of the first line with KEY, or at
# the end, and removes the others with it. An empty LINE removes them all.
authorized_key_edit() {
	new=$(mktemp "$home/.ssh/.mlinfra-new.XXXXXX") || return
	authorized_key_lines "$1" "$2" >"$new" && authorized_key_move && return
	rc=$?
	rm -f "$new"
	return $rc
}

# authorized_key_lines KEY LINE prints what is to be in the file.
authorized_key_lines() {
	put=$2
	if [ -e "$file" ]; then
		while IFS= read -r line || [ -n "$line" ]; do
			case ${line#"${line%%[![:space:]]*}"} in
			'#'*) ;;
			*"$1"*)
				line=$put put=
				[ -n "$line" ] || continue
				;;
			esac
			printf '%s\n' "$line" || return
		done <"$file" || return
	fi
	if [ -n "$put" ]; then printf '%s\n' "$put"; fi
}

# authorized_key_move puts the new file in the place of the old one; none when
# nothing is in it.
authorized_key_move() {
	if [ ! -s "$new" ]; then
		rm -f "$new" "$file"
		return
	fi
	chown "$uid:$gid" "$new" && chmod 0600 "$new" && sync "$new" && mv -f "$new" "$file" || return
	if command -v restorecon >/dev/null 2>&1; then restorecon -R "$home/.ssh"; fi
	return 0
}
