#!/bin/sh
# A role and a database for each service, and no role in another's database: made where they are missing, and given the passwords of .env.
# It runs at each start of the shop, over PostgreSQL's own socket, where no password is asked for. So `make up` mends a first start that
# was cut short, and passwords that were changed or lost.
set -eu

sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres "$@"; }

service() {
	NAME=$1 PASSWORD=$2 sql <<'SQL'
\getenv name NAME
\getenv password PASSWORD
SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

sql <<'SQL'
\getenv password POSTGRES_PASSWORD
ALTER ROLE postgres PASSWORD :'password';
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
SQL
service auth "$AUTH_DB_PASSWORD"
service productos "$PRODUCTOS_DB_PASSWORD"
service inventario "$INVENTARIO_DB_PASSWORD"
service pedidos "$PEDIDOS_DB_PASSWORD"
