#!/bin/sh
# Runs once, on an empty volume: the product's role, which is no superuser, and its database.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$CREDITRISK_DB_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE creditrisk LOGIN PASSWORD :'password';
CREATE DATABASE creditrisk OWNER creditrisk;
SQL
