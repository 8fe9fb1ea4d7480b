-- Gives the app's identity a role that may use and change the database cx, and nothing else on the server. May be repeated.
-- Run by a database administrator, with the name of the identity; again after a dump was restored by somebody else than the app:
--   psql "host=<server> dbname=postgres user=<you> sslmode=verify-full sslrootcert=system" -v app=id-cx-prod -f infra-bicep/database-role.sql
-- The password is a token: PGPASSWORD=$(az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv)
\set ON_ERROR_STOP on
SELECT pgaadauth_create_principal(:'app', false, false)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app');
REVOKE CONNECT ON DATABASE cx FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE cx TO :"app";
\connect cx
GRANT USAGE, CREATE ON SCHEMA public TO :"app";
GRANT ALL ON ALL TABLES IN SCHEMA public TO :"app";
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO :"app";
