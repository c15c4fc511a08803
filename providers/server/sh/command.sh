# command_run DIRECTORY INTERPRETER runs the script on stdin there. It is kept in
# memory meanwhile, where root alone can read it: it may hold secrets.
command_run() {
	(
		umask 077
		mkdir -p /run/mlinfra && script=$(mktemp /run/mlinfra/script.XXXXXX) || exit
		cat >"$script"
		cd "$1" && umask 022 && "$2" "$script" </dev/null
		rc=$?
		rm -f "$script"
		exit $rc
	)
}
