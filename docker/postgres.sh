#!/bin/sh
# Starts PostgreSQL. A first start that was killed while it made the cluster is made anew: the image would take what is there for a
# cluster. No server ever ran in such a folder (the first one writes postmaster.opts), no backup was put there (backup_label), and the
# image has not opened it to the network yet (its last line of pg_hba.conf): it holds nothing.
set -eu

if [ ! -e "$PGDATA/postmaster.opts" ] && [ ! -e "$PGDATA/backup_label" ] && [ -n "$(ls -A "$PGDATA" 2>/dev/null)" ] &&
	! grep -qs '^host all all all ' "$PGDATA/pg_hba.conf"; then
	echo "the first start was cut short: its unfinished cluster is made anew" >&2
	find "$PGDATA" -mindepth 1 -delete
fi
exec docker-entrypoint.sh postgres
