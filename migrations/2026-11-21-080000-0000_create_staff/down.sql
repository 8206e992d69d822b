-- Everything in these tables is lost.
DROP VIEW wvl.employee_birthdays;
DROP TABLE wvl.absences;
DROP TABLE wvl.employee_assignments;
DROP TABLE wvl.team_members;
DROP TABLE wvl.teams;
DROP TABLE wvl.departments;
DROP TABLE wvl.employees;
DROP TABLE wvl.sites;
DROP TABLE wvl.companies;
DROP FUNCTION wvl.touch_item(), wvl.touch_row(), wvl.zone(), wvl.as_of();
