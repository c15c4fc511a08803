# made_is KIND NAME succeeds when mlinfra has made that here, and not found it.
made_is() {
	[ -e "/var/lib/mlinfra/made/$1/$2/.made" ]
}

# made_note KIND NAME notes that mlinfra makes it.
made_note() {
	(umask 077 && mkdir -p "/var/lib/mlinfra/made/$1/$2" && : >"/var/lib/mlinfra/made/$1/$2/.made")
}

# made_forget KIND NAME takes that back. Names may lie below each other.
made_forget() {
	rm -f "/var/lib/mlinfra/made/$1/$2/.made"
	rmdir "/var/lib/mlinfra/made/$1/$2" 2>/dev/null
	return 0
}
