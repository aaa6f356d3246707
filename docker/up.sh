#!/bin/sh
# What `make up` does: it looks at Docker before it writes anything, adds new secrets to .env, builds and starts the shop, and asks each
# published port. When something fails it shows the last log lines of what failed.
set -eu

say() { printf 'make up: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

needed="Needed are Docker Engine 20.10 or newer and Compose 2. Without Docker: make run"
command -v docker >/dev/null || fail "docker is not here. $needed"
docker compose version >/dev/null 2>&1 || fail "this Docker has no Compose 2 (\`docker compose\`). $needed"
docker info >/dev/null 2>&1 || fail "the Docker engine does not answer: start it, or join its group (docker info says more). $needed"

# setting NAME: what Compose takes a variable for, without quotes.
setting() {
	eval "value=\${$1:-}"
	[ -n "$value" ] || value=$(sed -n "s/^$1=//p" .env 2>/dev/null | tail -n 1 | tr -d "\"'")
	printf '%s' "$value"
}

# Two folders with one project's name would take turns with each other's containers and data.
project=$(setting COMPOSE_PROJECT_NAME)
project=${project:-$(sed -n 's/^name: *//p' docker-compose.yml)}
mine="label=com.docker.compose.project=$project"
docker ps --all --filter "$mine" --format '{{.Label "com.docker.compose.project.working_dir"}}' | sort -u | while read -r folder; do
	[ -d "$folder" ] && [ "$(cd "$folder" && pwd -P)" != "$(pwd -P)" ] || continue
	fail "$folder has a shop of the name $project already. End that one there (make down), or give this one a name and ports of its own" \
		"in .env: COMPOSE_PROJECT_NAME=other, TIENDA_AUTH_PORT=8100, TIENDA_PRODUCTOS_PORT=8101, TIENDA_INVENTARIO_PORT=8102, TIENDA_PEDIDOS_PORT=8103"
done

failed() {
	docker ps --all --filter "$mine" --format '{{.Label "com.docker.compose.service"}} {{.Status}}' | sort | while read -r service status; do
		case "$service $status" in
		*"(healthy)"* | "databases Exited (0)"*) continue ;;
		esac
		say "$service: $status"
		docker compose logs --no-color --tail 20 "$service" >&2 || true
	done
	fail "$@"
}

sh docker/secrets.sh
export DOCKER_BUILDKIT=1
TIENDA_VERSION=${TIENDA_VERSION:-$(git rev-parse --short HEAD 2>/dev/null || echo unknown)}
export TIENDA_VERSION
docker compose up --build --detach --wait --remove-orphans ||
	failed "the shop did not start. A port that is taken: choose another in .env (TIENDA_AUTH_PORT, TIENDA_PRODUCTOS_PORT," \
		"TIENDA_INVENTARIO_PORT, TIENDA_PEDIDOS_PORT). Then: make up"

# published SERVICE PORT: its address on this machine. A container that was made while its port was taken may run without one.
published() { docker compose port "$1" "$2" 2>/dev/null | sed -n 's/^0\.0\.0\.0:/127.0.0.1:/; s/^\[::\]:/127.0.0.1:/; /:[1-9][0-9]*$/p' | head -n 1; }

# answers ADDRESS: whether a ready service is there.
answers() {
	if command -v curl >/dev/null; then
		curl --noproxy '*' --fail --silent --show-error --max-time 10 "http://$1/health/ready" >/dev/null
	elif command -v wget >/dev/null; then
		wget --quiet --timeout=10 --tries=1 --output-document=/dev/null "http://$1/health/ready"
	else
		say "neither curl nor wget is here: http://$1 was not asked"
	fi
}

for wanted in auth:8000 productos:8001 inventario:8002 pedidos:8003; do
	service=${wanted%:*}
	address=$(published "$service" "${wanted#*:}")
	if [ -z "$address" ]; then
		docker compose up --detach --wait --no-deps --force-recreate "$service" || true
		address=$(published "$service" "${wanted#*:}")
	fi
	variable=TIENDA_$(echo "$service" | tr a-z A-Z)_PORT
	[ -n "$address" ] || failed "$service runs, and its port is not published: choose another in .env ($variable), then: make up"
	answers "$address" || failed "$service does not answer at http://$address: is another program there? Choose another port in .env ($variable), then: make up"
	printf '%-11s http://%s/docs\n' "$service" "$address"
done
admin=$(setting TIENDA_ADMIN_USERNAME)
if [ -n "$admin" ]; then
	echo "The administrator of the first start is $admin; the password is TIENDA_ADMIN_PASSWORD in .env."
fi
echo "Buy something: make demo. Stop it: make down (the data stays)."
