#!/bin/sh
# Writes the secrets that docker-compose.yml asks for into .env, or into the file given. Those it has are kept.
set -eu
umask 077
file=${1:-.env}
touch "$file"
chmod 600 "$file"
# A last line without its end would swallow the first one that is added.
[ -z "$(tail -c 1 "$file")" ] || echo >> "$file"

for name in POSTGRES_PASSWORD DB_CADENCIA_PASSWORD DB_TEMPORAL_PASSWORD CADENCIA_SECRET_KEYS; do
    if ! grep -q "^$name=." "$file"; then
        echo "$name=$(od -An -N 32 -tx1 /dev/urandom | tr -d ' \n')" >> "$file"
        echo "$file: made $name"
    fi
done
