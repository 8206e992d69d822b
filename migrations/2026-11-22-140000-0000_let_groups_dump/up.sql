-- A dump holds where every sequence stands, so whoever makes it must be able to read them all: the jobs, of which the nightly
-- dump is one, and administrators. They could read every table and no sequence. A later migration that adds a sequence grants it
-- as it grants its tables; ALTER DEFAULT PRIVILEGES would hold for the role that migrates today alone.

GRANT SELECT ON ALL SEQUENCES IN SCHEMA wvl TO wvl_cron, wvl_admin;
