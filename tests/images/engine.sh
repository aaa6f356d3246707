#!/usr/bin/env bash
# engine COMMAND…: runs a command with a Docker engine, Compose and BuildKit.
#
# The engine that answers is used as it is. Where none does, as root on Debian, one is started and ended here, from Debian's packages; its
# images, and what Go compiled in it, are kept for the next run in ${XDG_CACHE_HOME:-~/.cache}/tienda. It reaches no registry: the images
# that the Dockerfiles begin with are made of Debian's packages and this machine's Go, under the names of the official ones.
# Where there is no engine the command is not run: loudly, and with CI=true as a failure if one could be installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tienda
mkdir -p "$cache"

none() {
	echo "NO DOCKER HERE: $* Nothing was tested." >&2
	[ "${CI:-}" != true ]
	exit
}

# refused is for a machine that does not let an engine be installed, or run: that is no fault of what is tested.
refused() {
	echo "NO DOCKER HERE: $* Nothing was tested." >&2
	exit 0
}

install() {
	missing=()
	for program in dockerd:docker.io docker:docker.io iptables:iptables debootstrap:debootstrap; do
		command -v "${program%:*}" >/dev/null || missing+=("${program#*:}")
	done
	[ ${#missing[@]} = 0 ] && return
	apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" ||
		refused "Debian's packages ${missing[*]} cannot be installed."
} >&2

# plugin NAME MODULE PACKAGE VERSION: a part of `docker` that is not installed, built as scripts/tools/docker pins it. Compose asks
# buildx for its version, which stands in a variable.
plugin() {
	export DOCKER_CONFIG=$cache/config
	mkdir -p "$DOCKER_CONFIG/cli-plugins"
	echo "building docker $1 (the first time, this takes some minutes) ..." >&2
	version=$(cd scripts/tools/docker && GOWORK=off go list -m -f '{{.Version}}' "$2")
	(cd scripts/tools/docker && GOWORK=off go build -ldflags "-s -w -X $2/$4=$version" -o "$DOCKER_CONFIG/cli-plugins/docker-$1" "$2/$3")
}

start() {
	data=$cache/engine run=$(mktemp -d /tmp/tienda-engine-XXXXXX)
	export DOCKER_HOST=unix://$run/sock
	dockerd --data-root "$data" --exec-root "$run/exec" --pidfile "$run/pid" --host "$DOCKER_HOST" >"$run/log" 2>&1 &
	engine=$!
	trap 'kill $engine; wait $engine || true; rm -rf "$run"' EXIT
	for ((tries = 0; tries < 120; tries++)); do
		docker info >/dev/null 2>&1 && return
		kill -0 $engine 2>/dev/null || break
		sleep 0.5
	done
	tail -n 20 "$run/log" >&2
	refused "dockerd does not start; the end of its log is above."
}

# images makes the base images that are missing. The certificates are those that this machine trusts.
images() {
	if ! docker image inspect tienda/debian >/dev/null 2>&1; then
		echo "making the base images (the first time, this takes some minutes) ..." >&2
		root=$(mktemp -d "$cache/debian-XXXXXX")
		debootstrap --variant=minbase --include=ca-certificates,postgresql bookworm "$root" >"$cache/debootstrap.log" 2>&1 ||
			{ tail -n 20 "$cache/debootstrap.log" >&2; refused "debootstrap cannot make a base image; the end of its log is above."; }
		cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
		rm -rf "$root"/var/cache/apt/* "$root"/var/lib/postgresql/*
		tar --create --directory "$root" --exclude='./dev/*' --exclude='./proc/*' . | docker import - tienda/debian >/dev/null
		rm -rf "$root"
	fi
	for image in $(sed -n 's/^FROM \(golang:[^ ]*\).*/\1/p' auth/Dockerfile) $(sed -n 's/^ *image: \(postgres:.*\)/\1/p' docker-compose.yml | uniq); do
		docker image inspect "$image" >/dev/null 2>&1 && continue
		folder=tests/images/postgres
		case $image in golang:*) folder=$(go env GOROOT) ;; esac
		docker build --quiet --tag "$image" --file "tests/images/${image%%:*}.Dockerfile" "$folder" >/dev/null
	done
}

if ! docker info >/dev/null 2>&1; then
	[ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] || none "the engine does not answer, and only root on Debian can start one."
	[ "${CI:-}" = true ] || command -v dockerd >/dev/null || none "there is no engine; with CI=true it would be installed."
	install
	start
	images=yes
fi
if ! docker compose version >/dev/null 2>&1 || ! docker buildx version >/dev/null 2>&1; then
	plugin compose github.com/docker/compose/v2 cmd internal.Version
	plugin buildx github.com/docker/buildx cmd/buildx version.Version
fi
[ -z "${images:-}" ] || images
"$@"
