# What mlinfra has made on a host, and what it has found there: each thing has a
# directory below /var/lib/mlinfra/made. In that is .made for one that was not there
# before, or .was with what was.

# made_is KIND NAME succeeds when mlinfra has made that here, and not found it.
made_is() {
	[ -e "/var/lib/mlinfra/made/$1/$2/.made" ]
}

# made_look KIND NAME prints whether mlinfra has made it.
made_look() {
	if made_is "$1" "$2"; then echo "made yes"; fi
}

# made_note KIND NAME notes that mlinfra makes it.
made_note() {
	(umask 077 && mkdir -p "/var/lib/mlinfra/made/$1/$2" && : >"/var/lib/mlinfra/made/$1/$2/.made")
}

# made_forget KIND NAME takes that back. Names may lie below each other.
made_forget() {
	at=/var/lib/mlinfra/made/$1/$2
	rm -f "$at/.made" "$at/.was" "$at/.was.new"
	while [ "$at" != /var/lib/mlinfra ] && { [ ! -d "$at" ] || rmdir "$at" 2>/dev/null; }; do at=${at%/*}; done
	return 0
}

# made_known KIND NAME succeeds when it is noted what was there. If it is not, noted
# says that it is now, for the caller to forget when what follows fails.
made_known() {
	at=/var/lib/mlinfra/made/$1/$2
	if [ -e "$at/.made" ] || [ -e "$at/.was" ] || [ -L "$at/.was" ]; then return 0; fi
	noted=yes
	return 1
}

# made_line KIND NAME LINE notes a line that says what was there; an empty one says
# that nothing was. What is noted stays.
made_line() {
	made_known "$1" "$2" && return
	if [ -z "$3" ]; then
		made_note "$1" "$2"
		return
	fi
	(umask 077 && mkdir -p "$at" && printf '%s\n' "$3" >"$at/.was.new" && mv -f "$at/.was.new" "$at/.was")
}

# made_was KIND NAME prints that line.
made_was() {
	if [ -f "/var/lib/mlinfra/made/$1/$2/.was" ]; then cat "/var/lib/mlinfra/made/$1/$2/.was"; fi
}

# made_keep KIND FILE notes what is at FILE, where something is about to be written:
# a copy of it, or that nothing is. What is noted stays.
made_keep() {
	made_known "$1" "$2" && return
	if [ ! -e "$2" ] && [ ! -L "$2" ]; then
		made_note "$1" "$2"
		return
	fi
	(umask 077 && mkdir -p "$at" && rm -f "$at/.was.new" && cp -pP "$2" "$at/.was.new") || return
	sync "$at/.was.new" 2>/dev/null # a link may lead nowhere
	mv -f "$at/.was.new" "$at/.was"
}

# made_back KIND FILE removes FILE, or puts back what was there before. What mlinfra
# has neither made nor changed stays.
made_back() {
	at=/var/lib/mlinfra/made/$1/$2
	if [ -e "$at/.made" ]; then
		rm -f "$2" || return
	elif { [ -e "$at/.was" ] || [ -L "$at/.was" ]; } && [ -d "${2%/*}/" ]; then
		rm -f "$2.mlinfra-new" && cp -pP "$at/.was" "$2.mlinfra-new" || return
		sync "$2.mlinfra-new" 2>/dev/null
		mv -f "$2.mlinfra-new" "$2" || return
	fi
	made_forget "$1" "$2"
}

# parents_make FILE makes the directories above FILE, and notes those that are new.
parents_make() (
	umask 022
	parent=$(dirname "$1")
	[ ! -d "$parent" ] || exit 0
	parents_make "$parent" && made_note parent "$parent" || exit
	mkdir "$parent" && exit
	made_forget parent "$parent"
	exit 1
)

# parents_drop FILE removes those again, as far as nothing is in them.
parents_drop() {
	parent=$(dirname "$1")
	while made_is parent "$parent"; do
		if [ -d "$parent" ] && ! rmdir "$parent" 2>/dev/null; then break; fi
		made_forget parent "$parent"
		parent=$(dirname "$parent")
	done
}
