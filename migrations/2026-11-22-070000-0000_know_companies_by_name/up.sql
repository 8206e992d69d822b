-- Files name companies of the group by their names, as they do sites, departments and teams; so no two have the same. Two
-- that have it so far are told apart by their keys.

UPDATE wvl.companies c
SET name = c.name || ' (' || c.id || ')'
WHERE EXISTS (SELECT FROM wvl.companies other WHERE other.name = c.name AND other.id < c.id);

ALTER TABLE wvl.companies ADD CONSTRAINT companies_name_once UNIQUE (name);
