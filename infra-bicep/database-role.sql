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
-- What somebody else restored becomes the app's, which upgrades the tables; whoever runs this may then dump them.
GRANT :"app" TO CURRENT_USER;
SELECT format('ALTER %s public.%I OWNER TO %I', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname, :'app') FROM pg_class c
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') AND pg_get_userbyid(relowner) <> :'app'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'e'))
ORDER BY relkind DESC \gexec
SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, :'app') FROM pg_proc p
WHERE pronamespace = 'public'::regnamespace AND pg_get_userbyid(proowner) <> :'app' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') \gexec
