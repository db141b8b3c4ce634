#!/usr/bin/env bash
# Runs once, by the PostgreSQL image, when the data volume is still empty: for each store a database and two roles.
#
#   <store>_owner  owns the database and its schema; only migrations log in with it
#   <store>_app    reads and writes rows, within time limits; the services log in with it
#
# The same shape as services/stack/stores.py gives the embedded PostgreSQL: a change here is a change there.
# Passwords come from the environment as <STORE>_OWNER_PASSWORD and <STORE>_APP_PASSWORD and never stand on a command
# line. A store that is added later is created by hand with the same statements: this script does not run again.
set -euo pipefail

for store in registry coverage training gateway; do
  STORE=$store
  OWNER_VARIABLE=${store^^}_OWNER_PASSWORD APP_VARIABLE=${store^^}_APP_PASSWORD
  OWNER_PASSWORD=${!OWNER_VARIABLE:?set $OWNER_VARIABLE, see .env.example}
  APP_PASSWORD=${!APP_VARIABLE:?set $APP_VARIABLE, see .env.example}
  export STORE OWNER_PASSWORD APP_PASSWORD
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv store STORE
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
\set owner :store _owner
\set app :store _app
-- statements with passwords stay out of the server's log even when one of them fails
SET log_min_error_statement = panic;
SET log_statement = 'none';
SET log_min_duration_statement = -1;

CREATE ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD :'owner_password';
CREATE ROLE :"app" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD :'app_password';
ALTER ROLE :"app" SET statement_timeout = '5s';
ALTER ROLE :"app" SET lock_timeout = '2s';
ALTER ROLE :"app" SET idle_in_transaction_session_timeout = '15s';

CREATE DATABASE :"store" OWNER :"owner" TEMPLATE template0;
REVOKE ALL ON DATABASE :"store" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"store" TO :"app";

\connect :"store"
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO :"app";
SQL
done
