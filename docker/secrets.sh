#!/bin/sh
# Adds to .env what docker/env.example has and .env lacks, with a random value in place of each "generate". Of lines with the
# same name the last one counts; an empty secret is none.
set -eu
umask 077
touch .env
chmod 600 .env # it may have been there before
if [ -s .env ] && [ -n "$(tail -c 1 .env)" ]; then echo >>.env; fi # so that what is added begins a line

grep '^TIENDA_' docker/env.example | while IFS='=' read -r name value; do
	there=$(sed -n "s/^$name=//p" .env | tail -n 1)
	if [ "$value" = generate ]; then
		if [ -n "$there" ]; then continue; fi
		value=$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')
	elif grep -q "^$name=" .env; then
		continue
	fi
	echo "$name=$value" >>.env
	echo "added $name to .env"
done
