import { statement } from '../statement.ts';

export const selectServer = statement`
  select current_database() as database, current_user as "user", current_setting('server_version') as version,
         current_setting('server_version_num')::int as version_number, pg_is_in_recovery() as standby,
         has_function_privilege('pg_catalog.pg_control_system()', 'execute') as may_see_identifier`;

export const selectSystemIdentifier = statement`
  select system_identifier::text as system_identifier from pg_control_system()`;
