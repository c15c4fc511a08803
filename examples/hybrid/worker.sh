#!/bin/sh
# Runs the executable files in a directory, one after the other, and moves each with
# its log to done/ or failed/ beside the directory.
set -u
queue=$1
results=${queue%/*}
mkdir -p "$results/done" "$results/failed"

while :; do
	for job in "$queue"/*; do
		[ -f "$job" ] && [ -x "$job" ] || continue
		name=${job##*/}
		if "$job" >"$results/$name.log" 2>&1; then to=done; else to=failed; fi
		mv "$job" "$results/$name.log" "$results/$to/"
	done
	sleep 5
done
