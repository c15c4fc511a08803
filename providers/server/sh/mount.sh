# mount_device DEVICE prints where the name of a device leads; what is none, such
# as a share or tmpfs, is printed as it is.
mount_device() {
	case $1 in
	UUID=*) link=/dev/disk/by-uuid/${1#*=} ;;
	LABEL=*) link=/dev/disk/by-label/${1#*=} ;;
	PARTUUID=*) link=/dev/disk/by-partuuid/${1#*=} ;;
	PARTLABEL=*) link=/dev/disk/by-partlabel/${1#*=} ;;
	/dev/*) link=$1 ;;
	*) link= ;;
	esac
	if [ -n "$link" ] && [ -e "$link" ]; then
		readlink -f "$link" && return
	fi
	case $1 in
	*=*) blkid -l -o device -t "$1" 2>/dev/null && return ;; # without udev there are no links
	esac
	printf '%s\n' "$1"
}

# mount_at PATH prints the source, type and options of what is mounted there.
mount_at() {
	at=
	real=$(readlink -f "$1" 2>/dev/null) || real=$1
	while read -r source path type options _; do
		[ "$path" != "$real" ] || at="$source $type $options"
	done </proc/mounts
	[ -z "$at" ] || printf '%s\n' "$at"
}

# mount_bound PATH DIRECTORY succeeds when both are the same directory.
mount_bound() {
	[ -d "$2" ] && [ "$(stat -c %d:%i "$1" 2>/dev/null)" = "$(stat -c %d:%i "$2" 2>/dev/null)" ]
}

# mount_look PATH DEVICE prints what is mounted there, and the line of /etc/fstab.
mount_look() {
	device=$2
	if [ -r /etc/fstab ]; then
		while read -r source path type options _; do
			case $source in '#'*) continue ;; esac
			if [ "$path" = "$1" ]; then
				echo "fstab $source $type $options"
				device=${2:-$source}
			fi
		done </etc/fstab
	fi
	have=$(mount_at "$1")
	[ -n "$have" ] || return 0
	# The source of a mount may be a link, too, such as /dev/mapper/NAME.
	case $have in /dev/*) have="$(readlink -f "${have%% *}") ${have#* }" ;; esac
	echo "mounted $have"
	echo "device $(mount_device "$device")"
	case $device in /*) if mount_bound "$1" "$device"; then echo "bound yes"; fi ;; esac
}

# mount_fstab PATH [LINE MADE] removes the lines of PATH from /etc/fstab, and adds
# LINE with a mark that says whether the directory was made for it.
mount_fstab() {
	new=/etc/fstab.mlinfra-new
	{
		if [ -r /etc/fstab ]; then
			while IFS= read -r line || [ -n "$line" ]; do
				read -r one two three _ <<end
$line
end
				case $one in
				'#') [ "$two $three" != "mlinfra $1" ] || continue ;;
				'#'*) ;;
				*) [ "$two" != "$1" ] || continue ;;
				esac
				printf '%s\n' "$line"
			done </etc/fstab
		fi
		[ $# -eq 1 ] || printf '# mlinfra %s%s\n%s\n' "$1" "$3" "$2"
	} >"$new" && chmod 644 "$new" && sync "$new" && mv -f "$new" /etc/fstab || return
	# It has a view of its own of that file.
	if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
}

# mount_mark PATH prints the mark of its line.
mount_mark() {
	[ -r /etc/fstab ] || return 0
	while IFS= read -r line; do
		case $line in "# mlinfra $1" | "# mlinfra $1 made") printf '%s\n' "$line" ;; esac
	done </etc/fstab
}

# mount_ready DEVICE FSTYPE FORMAT waits for a disk, and sees that it holds the
# file system.
mount_ready() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
		device=$(mount_device "$1")
		[ ! -b "$device" ] || break
		sleep 1 # what was attached just now takes a moment
	done
	if [ ! -b "$device" ]; then
		echo "there is no disk $1: is it attached? These are there:"
		ls /dev/disk/by-id 2>/dev/null || ls /sys/block
		return 1
	fi
	if ! command -v blkid >/dev/null 2>&1; then
		echo "blkid is not installed, and only it tells what $device holds: add a server_package for util-linux"
		return 1
	fi
	holds=$(blkid -p -s TYPE -o value "$device" 2>&1)
	case $? in
	0) ;;
	2) holds= ;;
	*)
		echo "what $device holds is not clear, so it is left alone: $holds"
		return 1
		;;
	esac
	table=$(blkid -p -s PTTYPE -o value "$device" 2>/dev/null)
	if [ "$holds" = "$2" ] || { [ -n "$holds" ] && [ "$2" = auto ]; }; then
		return
	elif [ -n "$holds" ]; then
		echo "$device holds $holds, and not $2: mlinfra does not format what holds something"
		return 1
	elif [ -n "$table" ]; then
		echo "$device has a partition table ($table): name one of its partitions"
		return 1
	elif [ "$3" != yes ]; then
		echo "there is no file system on $device: set format = true to make one, if it is the right disk"
		return 1
	elif ! command -v "mkfs.$2" >/dev/null 2>&1; then
		echo "mkfs.$2 is not installed: add a server_package for it, such as e2fsprogs, xfsprogs or btrfs-progs"
		return 1
	fi
	mkfs."$2" "$device" </dev/null
}

# mount_put PATH DEVICE FSTYPE OPTIONS LINE FORMAT mounts a file system, now and
# for each start.
mount_put() {
	bind=
	case ,$4, in *,bind,* | *,rbind,*) bind=yes ;; esac
	device=$2
	case $bind$2 in
	/dev/* | UUID=* | LABEL=* | PART*=*) mount_ready "$2" "$3" "$6" || return ;;
	esac
	made=
	case $(mount_mark "$1") in *" made") made=" made" ;; esac
	if [ ! -d "$1" ]; then
		parents_make "$1" && mkdir -p "$1" || return
		made=" made"
	fi
	have=$(mount_at "$1")
	source=${have%% *}
	case $source in /dev/*) source=$(readlink -f "$source") ;; esac
	new=
	if [ -z "$have" ]; then
		new=yes
		if ! mount -t "$3" -o "$4" "$device" "$1"; then
			[ -z "$made" ] || rmdir "$1"
			parents_drop "$1"
			return 1
		fi
	elif { [ -n "$bind" ] && mount_bound "$1" "$2"; } || { [ -z "$bind" ] && [ "$source" = "$device" ]; }; then
		# With both named, the options of the old line of /etc/fstab do not count.
		mount -t "$3" -o "remount,$4" "$device" "$1" || return
	else
		echo "$source is mounted at $1: unmount it first"
		return 1
	fi
	mount_fstab "$1" "$5" "$made" && return
	[ -z "$new" ] || umount "$1"
	return 1
}

# mount_drop PATH DEVICE FSTYPE unmounts a file system, now and for each start.
mount_drop() {
	have=$(mount_at "$1")
	source=${have%% *}
	case $source in /dev/*) source=$(readlink -f "$source") ;; esac
	ours=
	if [ -z "$have" ]; then
		:
	elif [ "$3" = none ]; then
		if mount_bound "$1" "$2"; then ours=yes; fi
	elif [ "$source" = "$(mount_device "$2")" ]; then
		ours=yes
	fi
	if [ -n "$ours" ] && ! umount "$1"; then
		echo "stop what uses $1 first"
		if command -v fuser >/dev/null 2>&1; then fuser -vm "$1" 2>&1; fi
		return 1
	fi
	mark=$(mount_mark "$1")
	mount_fstab "$1" || return
	case $mark in *" made") rmdir "$1" 2>/dev/null ;; esac
	parents_drop "$1"
}
