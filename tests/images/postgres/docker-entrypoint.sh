#!/bin/bash
# What the official image does at its start, as far as the shop can tell: it gives the folders to postgres and becomes that user; at the
# first start it makes the cluster, opens it to the network, and works on it for a moment over the socket alone.
set -eu

if [ "$(id -u)" = 0 ]; then
	find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
	chmod 700 "$PGDATA"
	chmod 3775 /var/run/postgresql
	exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD")
	printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
	echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
	pg_ctl --pgdata="$PGDATA" --options='-c listen_addresses=' --wait start
	pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
fi
exec "$@"
