# package_first NAME... notes in packages_asked and packages_seen which of these
# are installed, for the looks that follow. Of each that is, packages_seen has a
# line: its name, ii or, where it is held, hi, and its version.
package_first() {
	packages_asked=" $* "
	packages_seen=
	manager=$(package_manager)
	case $manager in
	apt)
		packages_seen=$(dpkg-query -W -f '${binary:Package} ${db:Status-Abbrev} ${Version}\n' -- "$@" 2>/dev/null)
		;;
	dnf | yum)
		packages_seen=$(rpm -q --qf '%{NAME} ii %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' -- "$@")
		;;
	esac
	packages_seen="
$packages_seen
"
}

# package_manager prints what installs packages here: apt, dnf, yum or nothing.
package_manager() {
	if command -v apt-get >/dev/null 2>&1; then
		echo apt
	elif command -v dnf >/dev/null 2>&1; then
		echo dnf
	elif command -v yum >/dev/null 2>&1; then
		echo yum
	fi
}

# package_entry NAME sets have to the version of a package, and held; have is empty
# for one that is not installed.
package_entry() {
	case ${packages_asked-} in
	*" $1 "*) ;;
	*) package_first "$1" ;;
	esac
	have= held=false
	case $packages_seen in
	*"
$1 "*) entry=${packages_seen#*"
$1 "} ;;
	*"
$1:"*)
		# Of several architectures the first.
		entry=${packages_seen#*"
$1:"}
		entry=${entry#* }
		;;
	*) return 0 ;;
	esac
	entry=${entry%%"
"*}
	case $entry in
	?i*) have=${entry##* } ;;
	*) return 0 ;;
	esac
	case $entry in h*) held=true ;; esac
	if [ "$manager" != apt ] && package_locked "$1"; then held=true; fi
}

# package_locked NAME succeeds when dnf or yum keep the version of a package.
package_locked() {
	for list in /etc/dnf/plugins/versionlock.list /etc/yum/pluginconf.d/versionlock.list /etc/dnf/versionlock.toml; do
		[ -r "$list" ] || continue
		while read -r line; do
			case ${line#[0-9]*:} in
			"$1"-[0-9]* | "name = \"$1\"") return 0 ;;
			esac
		done <"$list"
	done
	return 1
}

# package_fits VERSION succeeds when what package_entry has found is of a version,
# whose end may be *; an empty one is any. Of rpm, epoch and release may be left out.
package_fits() {
	[ -n "$have" ] || return 1
	case $1 in
	'' | "$have") return 0 ;;
	*'*') case $have in "${1%?}"*) return 0 ;; esac ;;
	*) if [ "$manager" != apt ]; then case ${have#*:} in "$1" | "$1"-*) return 0 ;; esac; fi ;;
	esac
	return 1
}

# package_newest NAME sets newest to the newest version that the lists have.
package_newest() {
	newest=$have
	if [ "$manager" = apt ]; then
		found=$(apt-cache policy "$1" 2>/dev/null)
		case $found in *Candidate:*)
			found=${found#*Candidate: }
			newest=${found%%"
"*}
			;;
		esac
	else
		found=$("$manager" -q -C list --upgrades "$1" 2>/dev/null | tail -n 1 | while read -r _ word _; do echo "$word"; done)
		if [ -n "$found" ]; then newest=$found; fi
	fi
}

# package_look NAME VERSION STATE prints whether a package is installed, and how.
package_look() {
	package_entry "$1"
	echo "manager $manager"
	if [ -z "$have" ]; then
		echo "kind none"
		return 0
	fi
	echo "kind package"
	echo "version $have"
	echo "held $held"
	if package_fits "$2"; then echo "fits yes"; fi
	if [ "$3" = latest ]; then
		package_newest "$1"
		echo "newest $newest"
	fi
	if made_is package "$1"; then echo "made yes"; fi
	return 0
}

# package_put NAME VERSION STATE HOLD installs a package, or changes its version.
package_put() {
	package_bring "$@"
	rc=$?
	packages_asked= # a look that follows is to see what has changed
	return $rc
}

package_bring() {
	package_first "$1"
	package_entry "$1"
	case $manager in
	'')
		echo "this host has none of apt-get, dnf and yum" >&2
		return 1
		;;
	esac
	before=$have
	if [ -z "$before" ]; then
		made_note package "$1" || return
	fi
	if ! package_fits "$2" || [ "$3" = latest ]; then
		if [ "$held" = true ]; then package_hold "$1" false || return; fi
		package_install "$1" "$2" "$3"
		rc=$?
		package_first "$1"
		package_entry "$1"
		if [ -z "$have" ]; then
			[ -n "$before" ] || made_forget package "$1"
			[ $rc -ne 0 ] || echo "something else was installed, which provides $1: name that" >&2
			return 1
		fi
		[ $rc -eq 0 ] || return $rc
		if ! package_fits "$2"; then
			echo "version $have was installed, not $2" >&2
			return 1
		fi
	fi
	if [ "$held" != "$4" ]; then package_hold "$1" "$4"; fi
}

# package_hold NAME HOLD keeps the version of a package, or no longer.
package_hold() {
	case $manager-$2 in
	apt-true) apt-mark hold "$1" ;;
	apt-false) apt-mark unhold "$1" ;;
	*-true) "$manager" -q versionlock add "$1" ;;
	*-false) "$manager" -q versionlock delete "$1" ;;
	esac && return
	if [ "$manager" != apt ]; then
		echo "hold needs the plugin versionlock: add a server_package, python3-dnf-plugin-versionlock or yum-plugin-versionlock" >&2
	fi
	return 1
}

# package_install NAME VERSION STATE installs or changes a package.
package_install() {
	if [ "$manager" = apt ]; then
		package_install_apt "$@"
	else
		package_install_rpm "$@"
	fi
}

# package_install_apt fetches the lists of packages before when they are older than
# an hour, and when they do not have what is asked for.
package_install_apt() {
	fresh=$(find /var/lib/mlinfra/apt-updated /var/lib/apt/periodic/update-success-stamp -mmin -60 2>/dev/null)
	for try in 1 2 3; do
		if [ -z "$fresh" ]; then
			# Broken lists of others must not be in the way of a package.
			apt_update && touch /var/lib/mlinfra/apt-updated
			fresh=now
		fi
		said=$(apt_get install --allow-downgrades --allow-change-held-packages "$1${2:+=$2}" 2>&1)
		rc=$?
		printf '%s\n' "$said"
		[ $rc -ne 0 ] || return 0
		case $said in
		*'dpkg --configure -a'*) DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --configure -a </dev/null ;;
		*'Unable to locate package'* | *"' was not found"* | *'has no installation candidate'* | *'404 '* | *'Failed to fetch'*)
			[ "$fresh" != now ] || return $rc
			fresh=
			;;
		*) return $rc ;;
		esac
	done
	return $rc
}

package_install_rpm() {
	for try in 1 2; do
		if [ "$3" = latest ] && [ -n "$have" ]; then
			said=$("$manager" -q -y upgrade "$1" 2>&1 </dev/null)
		else
			said=$("$manager" -q -y install "$1${2:+-$2}" 2>&1 </dev/null)
		fi
		rc=$?
		printf '%s\n' "$said"
		case $said in
		*'Unable to find a match'* | *'No match for argument'* | *'No package '*' available'* | *'404 '*) "$manager" -q clean expire-cache ;;
		*) break ;;
		esac
	done
	[ $rc -eq 0 ] || return $rc
	if [ "$manager" = yum ] && [ -n "$2" ]; then
		package_first "$1"
		package_entry "$1"
		package_fits "$2" || yum -q -y downgrade "$1-$2" </dev/null
	fi
}

# package_drop NAME removes a package, and nothing that needs it.
package_drop() {
	package_first "$1"
	package_entry "$1"
	if [ -n "$have" ]; then
		package_free "$1" || return
		if [ "$held" = true ]; then package_hold "$1" false || return; fi
		if [ "$manager" = apt ]; then
			apt_get remove "$1" || return
		else
			"$manager" -q -y --setopt=clean_requirements_on_remove=False remove "$1" </dev/null || return
		fi
	fi
	packages_asked=
	made_forget package "$1"
}

# package_free NAME succeeds when nothing needs a package. Status 75 says that what
# does was made by mlinfra, and may be about to go.
package_free() {
	needed= foreign=
	for other in $(package_needs "$1"); do
		[ "$other" != "$1" ] || continue
		needed="$needed $other"
		made_is package "$other" || foreign=yes
	done
	[ -n "$needed" ] || return 0
	echo "$1 is needed by$needed: remove that first, or forget $1 with a removed block" >&2
	if [ -n "$foreign" ]; then return 1; fi
	return 75
}

# package_needs NAME prints the names of what goes with a package.
package_needs() {
	if [ "$manager" = apt ]; then
		apt-get -s -q remove "$1" 2>/dev/null | while read -r word name _; do
			if [ "$word" = Remv ]; then echo "$name"; fi
		done
		return
	fi
	rpm -e --test "$1" 2>&1 | while read -r line; do
		case $line in
		*'is needed by (installed) '*)
			# What follows is name-version-release.architecture.
			name=${line##* }
			name=${name%-*}
			echo "${name%-*}"
			;;
		esac
	done
}
