-- Runs once, on an empty data volume: a user and databases of its own for each of Cadencia and Temporal.
\getenv cadencia_password DB_CADENCIA_PASSWORD
\getenv temporal_password DB_TEMPORAL_PASSWORD

CREATE ROLE cadencia LOGIN PASSWORD :'cadencia_password';
CREATE DATABASE cadencia OWNER cadencia;
REVOKE ALL ON DATABASE cadencia FROM PUBLIC;

CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE temporal, temporal_visibility FROM PUBLIC;
