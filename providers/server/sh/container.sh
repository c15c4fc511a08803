# container_format is how docker shows a container: a fact in a line.
container_format='kind container
status {{.State.Status}}
image {{.Config.Image}}
image_id {{.Image}}
labels {{json .Config.Labels}}
host {{json .HostConfig}}
networks {{json .NetworkSettings.Networks}}'

# container_look NAME prints what docker says of a container.
container_look() {
	if ! command -v docker >/dev/null 2>&1; then
		echo "kind none"
		return
	fi
	shown=$(docker container inspect -f "$container_format" "$1" 2>&1) && printf '%s\n' "$shown" && return
	case $shown in
	*[Nn]"o such container"*) echo "kind none" ;;
	*) printf 'kind unreachable\n%s\n' "$shown" ;;
	esac
}

# container_there NAME succeeds when there is such a container.
container_there() {
	docker container inspect -f . "$1" >/dev/null 2>&1
}

# container_ready sees that docker is of use.
container_ready() {
	if ! command -v docker >/dev/null 2>&1; then
		echo "docker is not installed: add a server_package, such as docker.io"
		return 1
	fi
	docker version -f . >/dev/null && return
	echo "docker does not answer: is there a server_systemd_unit for docker.service that it depends on?"
	return 1
}

# container_put NAME MADE_FROM ANEW RUNNING IMAGE PULL WITHIN NETWORKS WORD... makes a
# container of what docker create takes as words, and of the variables and labels
# on stdin. One that is there already gives way when the new one is ready to start,
# and comes back when that does not run.
container_put() {
	name=$1 made=$2 anew=$3 run=$4 image=$5 pull=$6 within=$7 networks=$8
	shift 8
	container_ready && container_settle "$name" || return
	status=
	if container_there "$name"; then
		status=$(docker container inspect -f '{{.State.Status}}' "$name") &&
			had=$(docker container inspect -f '{{index .Config.Labels "mlinfra.made_from"}}' "$name") || return
		if [ "$had" = "$made" ] && [ "$anew" = no ]; then
			container_switch "$name"
			return
		fi
	fi
	container_image "$image" "$pull" && container_make "$name.mlinfra-new" "$@" || return
	for network in $networks; do
		[ "$network" != "${networks%% *}" ] || continue # it is in the first one
		docker network connect "$network" "$name.mlinfra-new" && continue
		docker rm -f "$name.mlinfra-new" >/dev/null
		return 1
	done
	container_exchange "$name"
}

# container_settle NAME undoes an exchange that was cut off.
container_settle() {
	if container_there "$1.mlinfra-new"; then docker rm -f "$1.mlinfra-new" >/dev/null || return; fi
	container_there "$1.mlinfra-old" || return 0
	if container_there "$1"; then docker rm -f "$1" >/dev/null || return; fi
	docker rename "$1.mlinfra-old" "$1" || return
	docker start "$1" >/dev/null || :
}

# container_switch NAME starts or stops a container that is as it should be.
container_switch() {
	case $run:$status in
	true:running | false:exited | false:created | false:dead) ;;
	true:*) container_start "$1" ;;
	*) docker stop "$1" >/dev/null ;;
	esac
}

# container_image IMAGE PULL gets an image.
container_image() {
	case $2 in
	never) return ;;
	missing) if docker image inspect -f . "$1" >/dev/null 2>&1; then return; fi ;;
	esac
	docker pull -q "$1" >/dev/null
}

# container_make NAME WORD... makes a container. What is secret is in memory until
# then, where root alone can read it.
container_make() {
	(
		umask 077
		new=$1
		shift
		mkdir -p /run/mlinfra && env=$(mktemp /run/mlinfra/env.XXXXXX) && labels=$(mktemp /run/mlinfra/labels.XXXXXX) || exit
		while IFS= read -r line; do
			case $line in
			'env '*) printf '%s\n' "${line#env }" >>"$env" ;;
			'label '*) printf '%s\n' "${line#label }" >>"$labels" ;;
			esac
		done
		docker create --pull=never --name="$new" --env-file="$env" --label-file="$labels" "$@" >/dev/null
		rc=$?
		rm -f "$env" "$labels"
		exit $rc
	)
}

# container_exchange NAME puts the new container into the place of the old one.
container_exchange() {
	if [ -n "$status" ] && ! { docker stop "$1" >/dev/null && docker rename "$1" "$1.mlinfra-old"; }; then
		docker rm -f "$1.mlinfra-new" >/dev/null
		case $status in running | restarting) docker start "$1" >/dev/null ;; esac
		return 1
	fi
	if docker rename "$1.mlinfra-new" "$1" && { [ "$run" = false ] || container_start "$1"; }; then
		[ -z "$status" ] || docker rm "$1.mlinfra-old" >/dev/null
		return
	fi
	if container_there "$1"; then docker rm -f "$1" >/dev/null; fi
	if [ -n "$status" ]; then
		docker rename "$1.mlinfra-old" "$1" || return
		case $status in
		running | restarting) docker start "$1" >/dev/null && echo "the container of before runs again" ;;
		*) echo "the container of before is there again" ;;
		esac
	fi
	return 1
}

# container_start NAME starts a container and looks whether it goes on running and,
# when it has a healthcheck, is well within the time.
container_start() {
	if ! said=$(docker start "$1" 2>&1); then
		printf '%s\n' "$said"
		container_failed "$1"
		return 1
	fi
	container_state "$1"
	first=$again
	for _ in 1 2 3 4 5; do
		sleep 0.2
		container_state "$1"
		if [ "$now" != running ] || [ "$again" != "$first" ]; then
			container_failed "$1"
			return 1
		fi
	done
	left=$within
	while [ "$left" -gt 0 ] && [ "$now" = running ] && [ "$health" != healthy ]; do
		sleep 1
		left=$((left - 1))
		container_state "$1"
	done
	if [ "$within" = 0 ] || [ "$health" = healthy ]; then return; fi
	echo "$1 is ${health:-not looked after} after $((within - left)) seconds; its healthcheck says:"
	docker container inspect -f '{{with .State.Health}}{{range .Log}}{{.Output}}{{end}}{{end}}' "$1" | tail -c 500
	container_failed "$1"
	return 1
}

# container_state NAME finds out now, again (how often docker has started it again)
# and health.
container_state() {
	now= again= health=
	read -r now again health <<end
$(docker container inspect -f '{{.State.Status}} {{.RestartCount}} {{with .State.Health}}{{.Status}}{{end}}' "$1")
end
}

# container_failed NAME says how a container is, and what it has printed last.
container_failed() {
	docker container inspect -f "$1 is {{.State.Status}}, with exit code {{.State.ExitCode}}{{with .State.Error}}: {{.}}{{end}}" "$1"
	echo "the end of what it has printed:"
	docker logs --tail 20 "$1" 2>&1 | tail -c 1500
}

# container_drop NAME removes a container. Its volumes stay.
container_drop() {
	command -v docker >/dev/null 2>&1 || return 0
	container_ready || return
	for each in "$1.mlinfra-new" "$1.mlinfra-old" "$1"; do
		if container_there "$each"; then
			docker stop "$each" >/dev/null && docker rm "$each" >/dev/null || return
		fi
	done
}
