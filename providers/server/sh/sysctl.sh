# Variables of the kernel are read by cat: they come at once or not at all, and dash
# reads lines by the byte.

# sysctl_look KNOB FILE prints the value that the kernel has, and that of the file.
sysctl_look() {
	if [ -r "$1" ] && value=$(cat "$1" 2>/dev/null); then
		printf 'live %s\n' "$value"
	fi
	[ -f "$2" ] || return 0
	while IFS= read -r line; do
		case $line in '#'*) ;; *=*) printf 'file %s\n' "${line#*= }" ;; esac
	done <"$2"
}

# sysctl_put KNOB FILE KEY VALUE sets a variable, now and for each start. The file
# remembers the value of before.
sysctl_put() {
	if [ ! -e "$1" ]; then
		echo "the kernel has no $3: a module may have to be loaded for it first"
		return 1
	fi
	now=$(cat "$1" 2>/dev/null) || {
		echo "$3 cannot be read, so it keeps no value"
		return 1
	}
	before=$now
	if [ -f "$2" ]; then
		IFS= read -r line <"$2"
		case $line in '# before: '*) before=${line#'# before: '} ;; esac
	fi
	sysctl_write "$1" "$4" || {
		echo "$3 is $now still"
		return 1
	}
	mkdir -p /etc/sysctl.d &&
		printf '# before: %s\n%s = %s\n' "$before" "$3" "$4" >"$2.mlinfra-new" && chmod 644 "$2.mlinfra-new" &&
		sync "$2.mlinfra-new" && mv -f "$2.mlinfra-new" "$2" && return
	sysctl_write "$1" "$now"
	rm -f "$2.mlinfra-new"
	return 1
}

# sysctl_write KNOB VALUE sets a variable and looks whether the kernel keeps it.
sysctl_write() {
	{ printf '%s\n' "$2" >"$1"; } 2>/dev/null || {
		echo "the kernel does not take the value $2"
		return 1
	}
	is=$(cat "$1") || return
	# Lists of numbers come back with other spaces between them.
	[ "$(set -f && printf '%s ' $is)" = "$(set -f && printf '%s ' $2)" ] || {
		echo "the kernel makes $is of $2"
		return 1
	}
}

# sysctl_drop KNOB FILE gives a variable back the value of before.
sysctl_drop() {
	[ -f "$2" ] || return 0
	IFS= read -r line <"$2"
	case $line in
	'# before: '*) [ ! -e "$1" ] || sysctl_write "$1" "${line#'# before: '}" || return ;;
	esac
	rm -f "$2"
}
