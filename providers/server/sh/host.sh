# host_look prints what there is to know of this host, and what it lacks.
host_look() {
	echo "system $(uname -s)"
	echo "kernel $(uname -r)"
	echo "architecture $(uname -m)"
	echo "hostname $(cat /proc/sys/kernel/hostname 2>/dev/null || hostname)"
	if [ -r /etc/os-release ]; then
		( . /etc/os-release; echo "os $ID"; echo "os_version ${VERSION_ID:-}"; echo "like $ID ${ID_LIKE:-}" )
	fi
	[ -r /etc/machine-id ] && echo "machine $(cat /etc/machine-id)"
	echo "cpus $(nproc 2>/dev/null || grep -c ^processor /proc/cpuinfo)"
	echo "memory $(while read -r name kb _; do [ "$name" = MemTotal: ] && echo $((kb / 1024)); done </proc/meminfo)"
	for disk in /sys/block/*; do
		case ${disk##*/} in loop*|ram*|zram*|dm-*|md*|sr*|fd*|nbd*) continue ;; esac
		[ -r "$disk/size" ] && echo "disk ${disk##*/} $(($(cat "$disk/size") / 2097152))"
	done
	if command -v nvidia-smi >/dev/null 2>&1; then
		nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | while read -r gpu; do echo "gpu $gpu"; done
	fi
	if command -v ip >/dev/null 2>&1; then
		ip -o addr show scope global 2>/dev/null | while read -r _ name family address _; do
			case $family in inet|inet6) echo "address ${address%/*} $name" ;; esac
		done
	fi
	if [ -d /run/systemd/system ]; then echo "init systemd"; else echo "init none"; fi
	for manager in apt-get dnf yum; do
		if command -v $manager >/dev/null 2>&1; then
			echo "packages $manager"
			break
		fi
	done
	for tool in base64 chmod chown cut flock grep head mkdir mv rm setsid sha256sum sleep stat sync tail tr wc; do
		command -v $tool >/dev/null 2>&1 || echo "lacks $tool"
	done
	case $(df -P /var/lib 2>/dev/null | tail -n 1) in *" 100% "*) echo "room none" ;; esac
	echo "time $(date +%s)"
}

# host_log prints the end of what the machine has said since it started: what
# cloud-init has printed on the console, or else the journal, or the kernel.
host_log() {
	log=$(
		if [ -s /var/log/cloud-init-output.log ]; then
			tail -n 5 /var/log/cloud-init-output.log
		elif command -v journalctl >/dev/null 2>&1; then
			journalctl -b -n 5 --no-pager -o cat 2>/dev/null
		elif command -v dmesg >/dev/null 2>&1; then
			dmesg 2>/dev/null | tail -n 5
		fi
	)
	if [ -n "$log" ]; then printf 'the end of its log:\n%s\n' "$log"; fi
}

# host_wait CLOUD_INIT COMMAND URL succeeds when the host is done with what is
# asked for; "failed" says that it never will be.
host_wait() {
	if [ "$1" = true ]; then
		if ! command -v cloud-init >/dev/null 2>&1; then
			echo "failed there is no cloud-init"
			return 0
		fi
		status=$(cloud-init status 2>/dev/null)
		case $status in
		*done* | *disabled*) ;;
		*error*)
			echo "failed cloud-init has failed; the end of its log:"
			tail -n 15 /var/log/cloud-init-output.log 2>/dev/null
			return 0
			;;
		*)
			echo "cloud-init is at work"
			host_log
			return 1
			;;
		esac
	fi
	if [ -n "$2" ]; then
		said=$(sh -c "$2" 2>&1) || {
			echo "$2 does not succeed yet: $said"
			host_log
			return 1
		}
	fi
	if [ -n "$3" ]; then
		if command -v curl >/dev/null 2>&1; then
			code=$(curl -ks -m 10 -o /dev/null -w '%{http_code}' "$3")
		else
			wget -q -T 10 -O /dev/null "$3" 2>/dev/null && code=200 || code=000
		fi
		case $code in
		[1-4][0-9][0-9]) ;;
		*)
			echo "$3 does not answer yet: status $code"
			host_log
			return 1
			;;
		esac
	fi
}
