-- Gives the app's identity a role that may use and change the database cx, and nothing else on the server.
-- Run once by a database administrator, with the name of the identity:
--   psql "host=<server> dbname=postgres user=<you> sslmode=verify-full sslrootcert=system" -v app=id-cx-prod -f infra-bicep/database-role.sql
-- The password is a token: PGPASSWORD=$(az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv)
SELECT pgaadauth_create_principal(:'app', false, false)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app');
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE cx TO :"app";
REVOKE CONNECT ON DATABASE cx FROM PUBLIC;
\connect cx
GRANT USAGE, CREATE ON SCHEMA public TO :"app";
