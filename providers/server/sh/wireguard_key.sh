# A key of WireGuard is /etc/wireguard/NAME.key; NAME.pub beside it has the public
# key on its first line and, on the second, the rotation that it is of, in base64.

# wireguard_needs TOOL... says which package is missing.
wireguard_needs() {
	for tool; do
		command -v "$tool" >/dev/null 2>&1 && continue
		case $tool in
		wg | wg-quick) echo "$tool is not installed: add a server_package for wireguard-tools" ;;
		bash) echo "bash is not installed, which wg-quick is written in: add a server_package for it" ;;
		ip) echo "ip is not installed: add a server_package for iproute2 (iproute on the RHEL family)" ;;
		*) echo "$tool is not installed: add a server_package for it" ;;
		esac
		return 1
	done
}

# wireguard_key_public NAME prints the public key; nothing when there is no key.
wireguard_key_public() {
	[ -s "/etc/wireguard/$1.key" ] || return 0
	if command -v wg >/dev/null 2>&1; then
		wg pubkey <"/etc/wireguard/$1.key" 2>/dev/null
	elif [ -f "/etc/wireguard/$1.pub" ]; then
		head -n 1 "/etc/wireguard/$1.pub"
	fi
}

# wireguard_key_rotation NAME prints which rotation the key is of; it fails when
# nobody has written that down.
wireguard_key_rotation() {
	[ -f "/etc/wireguard/$1.pub" ] || return
	tail -n +2 "/etc/wireguard/$1.pub"
}

# wireguard_key_look NAME prints the public key, never the private one.
wireguard_key_look() {
	echo "public $(wireguard_key_public "$1")"
	echo "rotation $(wireguard_key_rotation "$1")"
	made_look file "/etc/wireguard/$1.key"
}

# wireguard_place makes the directory of keys and configurations.
wireguard_place() {
	[ -d /etc/wireguard ] || { parents_make /etc/wireguard/x && chmod 700 /etc/wireguard; }
}

# wireguard_key_put NAME ROTATION makes a key, unless there is one of that rotation.
wireguard_key_put() (
	wireguard_needs wg || exit
	umask 077
	wireguard_place || exit
	file=/etc/wireguard/$1
	if [ -n "$(wireguard_key_public "$1")" ] && { was=$(wireguard_key_rotation "$1"); [ ! -f "$file.pub" ] || [ "$was" = "$2" ]; }; then
		chmod 600 "$file.key" || exit
	else
		made_keep file "$file.key" && wg genkey >"$file.key.new" && sync "$file.key.new" && mv -f "$file.key.new" "$file.key" || exit
	fi
	public=$(wg pubkey <"$file.key") && made_keep file "$file.pub" && printf '%s\n%s\n' "$public" "$2" >"$file.pub.new" && mv -f "$file.pub.new" "$file.pub"
)

# wireguard_key_drop NAME ROTATION removes the key, if it is of that rotation, or puts
# back the one that was there before. One that mlinfra has not made stays.
wireguard_key_drop() {
	if was=$(wireguard_key_rotation "$1") && [ "$was" != "$2" ]; then return 0; fi
	rm -f "/etc/wireguard/$1.key.new" "/etc/wireguard/$1.pub.new"
	file_drop "/etc/wireguard/$1.pub" && file_drop "/etc/wireguard/$1.key"
}
