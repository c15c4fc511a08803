# apt_repository_look NAME prints the file of a source, and of its key.
apt_repository_look() {
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "kind foreign"
		return 0
	fi
	if [ ! -f "/etc/apt/sources.list.d/$1.sources" ]; then
		echo "kind none"
		return 0
	fi
	echo "kind source"
	made_look file "/etc/apt/sources.list.d/$1.sources"
	echo "source $(base64 <"/etc/apt/sources.list.d/$1.sources" | tr -d '\n')"
	for ending in asc gpg; do
		if [ -f "/etc/apt/keyrings/$1.$ending" ]; then
			echo "$ending $(base64 <"/etc/apt/keyrings/$1.$ending" | tr -d '\n')"
		fi
	done
}

# apt_repository_put NAME ENDING KEY makes what is on stdin a source. KEY, in base64,
# is its key, in a file with the ending; both are empty for none of its own. What
# was there before comes back when nothing can be fetched from it: a source that is
# broken is in the way of all others.
apt_repository_put() {
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "this host has no apt-get" >&2
		return 1
	fi
	first=yes
	if made_known file "/etc/apt/sources.list.d/$1.sources"; then first=; fi
	old=$(mktemp -d /run/mlinfra/apt.XXXXXX) || return
	for file in "sources.list.d/$1.sources" "keyrings/$1.asc" "keyrings/$1.gpg"; do
		if [ -f "/etc/apt/$file" ]; then cp "/etc/apt/$file" "$old/${file##*/}" || return; fi
	done
	apt_repository_write "$1" "$2" "$3" && apt_repository_fetch "$1"
	rc=$?
	if [ $rc -ne 0 ] && [ -n "$first" ]; then
		apt_repository_drop "$1"
	elif [ $rc -ne 0 ]; then
		rm -f "/etc/apt/sources.list.d/$1.sources" "/etc/apt/keyrings/$1.asc" "/etc/apt/keyrings/$1.gpg"
		if [ -f "$old/$1.sources" ]; then file_put "/etc/apt/sources.list.d/$1.sources" root root 0644 <"$old/$1.sources"; fi
		for ending in asc gpg; do
			if [ -f "$old/$1.$ending" ]; then file_put "/etc/apt/keyrings/$1.$ending" root root 0644 <"$old/$1.$ending"; fi
		done
	fi
	rm -rf "$old"
	return $rc
}

apt_repository_write() {
	if [ -n "$2" ]; then
		printf %s "$3" | base64 -d | file_put "/etc/apt/keyrings/$1.$2" root root 0644 || return
	fi
	file_put "/etc/apt/sources.list.d/$1.sources" root root 0644 || return
	for ending in asc gpg; do
		file=/etc/apt/keyrings/$1.$ending
		if [ "$ending" = "$2" ] || [ ! -e "$file" ]; then continue; fi
		made_keep file "$file" && rm -f "$file" || return
	done
}

# apt_repository_fetch NAME fetches the lists of one source.
apt_repository_fetch() {
	said=$(apt_update -o "Dir::Etc::sourcelist=/etc/apt/sources.list.d/$1.sources" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 2>&1)
	rc=$?
	printf '%s\n' "$said"
	# What cannot be fetched may be a warning only.
	case $said in
	*'Failed to fetch'* | *'GPG error'* | *'is not signed'*) return 1 ;;
	esac
	return $rc
}

# apt_repository_drop NAME removes a source and its key, or puts back what was there.
apt_repository_drop() {
	for file in "sources.list.d/$1.sources" "keyrings/$1.asc" "keyrings/$1.gpg"; do
		file_drop "/etc/apt/$file" || return
	done
}
