# apt_get WORD... is apt-get that asks nothing, keeps configuration files as they
# are here, restarts no services of others and waits for who has the lock.
apt_get() {
	DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -q -y -o DPkg::Lock::Timeout=600 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
}

# apt_update OPTION... fetches the lists of packages. The lock of the lists is not
# waited for by apt-get itself.
apt_update() {
	tries=0
	until said=$(apt_get update "$@" 2>&1); do
		rc=$?
		case $said in
		*'Could not get lock'*)
			if [ $tries -lt 300 ]; then
				tries=$((tries + 1))
				sleep 2
				continue
			fi
			;;
		esac
		printf '%s\n' "$said"
		return $rc
	done
	printf '%s\n' "$said"
}
