#!/bin/sh
# Run once by the postgres image, when its volume is empty: a role and a database for each service, and nobody in another's.
set -eu

create() {
	psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres --set=name="$1" --set=password="$2" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

create auth "$AUTH_DB_PASSWORD"
create productos "$PRODUCTOS_DB_PASSWORD"
create inventario "$INVENTARIO_DB_PASSWORD"
create pedidos "$PEDIDOS_DB_PASSWORD"
