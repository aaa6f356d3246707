#!/bin/sh
# Adds to .env what docker/env.example has and .env lacks, with a random value in place of each "generate".
set -eu
umask 077
touch .env
if [ -s .env ] && [ -n "$(tail -c 1 .env)" ]; then echo >>.env; fi # so that what is added begins a line

grep '^TIENDA_' docker/env.example | while IFS='=' read -r name value; do
	if grep -q "^$name=" .env; then continue; fi
	if [ "$value" = generate ]; then value=$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n'); fi
	echo "$name=$value" >>.env
	echo "added $name to .env"
done
