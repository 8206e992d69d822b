-- Sites that the file names and nobody knows yet.
INSERT INTO wvl.sites (name)
SELECT DISTINCT s.site
FROM import_rows s
WHERE s.site IS NOT NULL AND NOT EXISTS (SELECT FROM wvl.sites t WHERE t.name = s.site);
