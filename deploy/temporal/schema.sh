#!/bin/sh
# Makes or migrates Temporal's tables; safe to repeat. Where to: SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD.
set -eu
schema=${SCHEMA:-/etc/temporal/schema/postgresql/v12}

migrate() {
    temporal-sql-tool --db "$1" setup-schema -v 0.0
    temporal-sql-tool --db "$1" update-schema -d "$schema/$2/versioned"
}

migrate "$DBNAME" temporal
migrate "$VISIBILITY_DBNAME" visibility
