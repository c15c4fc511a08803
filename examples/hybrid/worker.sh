#!/bin/sh
# Runs the executable files in a directory, the oldest first, and moves each to
# done/ or failed/ beside its log.
set -u
queue=$1
mkdir -p "$queue/done" "$queue/failed"

while :; do
	for job in "$queue"/*; do
		[ -f "$job" ] && [ -x "$job" ] || continue
		name=${job##*/}
		if "$job" >"$queue/$name.log" 2>&1; then to=done; else to=failed; fi
		mv "$job" "$queue/$name.log" "$queue/$to/"
	done
	sleep 5
done
