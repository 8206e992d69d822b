-- Who works at the demo's company: three departments, deputies in pairs, one on leave, one part-time.
-- demo_days(n, day) holds the working days around the demo's day, which is n = 0.

UPDATE wvl.companies SET name = 'Quellfeld Systemhaus GmbH' WHERE id = 1;
UPDATE wvl.sites SET name = 'Ulm' WHERE id = 1;

INSERT INTO wvl.employees (number, first_name, last_name, email, phone, mobile, working_days, birthday, birthday_consent)
SELECT
    number, first_name, last_name,
    pg_temp.spelled_out(first_name || '.' || last_name) || '@quellfeld.example.com',
    '0221 4710-' || number,
    '0171 39200-' || lpad((row_number() OVER (ORDER BY number))::text, 2, '0'),
    working_days, birthday, birthday_consent
FROM (VALUES
    (101, 'Karin', 'Vollmer', NULL, date '1969-03-14', false),
    (201, 'Thomas', 'Brandt', NULL, date '1975-08-02', true),
    (202, 'Sabine', 'Keller', NULL, date '1983-06-19', true),
    (203, 'Jens', 'Hofmann', NULL, date '1990-01-27', false),
    (204, 'Miriam', 'Aydin', NULL, date '1988-10-05', true),
    (205, 'Lukas', 'Baumann', '1011100', date '1996-05-11', true),
    (301, 'Frank', 'Seidel', NULL, date '1972-12-08', true),
    (302, 'Aylin', 'Demir', NULL, date '1991-04-23', true),
    (303, 'Peter', 'Lang', NULL, date '1986-09-30', false),
    -- the only colleague with a birthday ahead, so that the announcement is one and no column
    (304, 'Nina', 'Schäfer', NULL, (SELECT (day + 7 - interval '32 years')::date FROM demo_days WHERE n = 0), true),
    (401, 'Ulrike', 'Neumann', NULL, date '1978-07-16', true),
    (402, 'Oliver', 'Krause', NULL, date '1981-02-21', true)
) AS staff (number, first_name, last_name, working_days, birthday, birthday_consent);

-- one colleague reads English, so that the Maildir has both
UPDATE wvl.employees SET language = 'en' WHERE number = 303;

-- whoever looks at the demo is the managing director: `wvl today` has something to show
UPDATE wvl.employees SET pg_role = session_user WHERE number = 101;

INSERT INTO wvl.departments (name, head_id)
SELECT name, e.id
FROM (VALUES ('Vertrieb', 201), ('Technik', 301), ('Verwaltung', 401)) AS departments (name, head)
    JOIN wvl.employees e ON e.number = head;

INSERT INTO wvl.teams (name, lead_id)
SELECT name, e.id
FROM (VALUES ('Helpdesk', 302), ('Innendienst', 204)) AS teams (name, lead)
    JOIN wvl.employees e ON e.number = lead;

INSERT INTO wvl.team_members (team_id, employee_id)
SELECT t.id, e.id
FROM (VALUES ('Helpdesk', 302), ('Helpdesk', 303), ('Helpdesk', 304), ('Innendienst', 204), ('Innendienst', 205))
        AS members (team, employee)
    JOIN wvl.teams t ON t.name = team
    JOIN wvl.employees e ON e.number = employee;

INSERT INTO wvl.employee_assignments (employee_id, supervisor_id, deputy_id, department_id)
SELECT e.id, s.id, p.id, d.id
FROM (VALUES
    (101, NULL, 201, 'Verwaltung'),
    (201, 101, 202, 'Vertrieb'), (202, 201, 203, 'Vertrieb'), (203, 201, 202, 'Vertrieb'),
    (204, 201, 205, 'Vertrieb'), (205, 201, 204, 'Vertrieb'),
    (301, 101, 302, 'Technik'), (302, 301, 303, 'Technik'), (303, 301, 304, 'Technik'), (304, 301, 302, 'Technik'),
    (401, 101, 402, 'Verwaltung'), (402, 401, 401, 'Verwaltung')
) AS assignments (employee, supervisor, deputy, department)
    JOIN wvl.employees e ON e.number = employee
    JOIN wvl.departments d ON d.name = department
    LEFT JOIN wvl.employees s ON s.number = supervisor
    LEFT JOIN wvl.employees p ON p.number = deputy;

-- Jens Hofmann is away: what would be his goes to Sabine Keller. Peter Lang leaves later, Ulrike Neumann was away.
INSERT INTO wvl.absences (employee_id, first_day, last_day, kind)
SELECT e.id, f.day, l.day, kind
FROM (VALUES (203, -3, 6, 'vacation'), (303, 12, 21, 'vacation'), (401, -16, -12, 'sick'))
        AS absences (employee, first_n, last_n, kind)
    JOIN wvl.employees e ON e.number = employee
    JOIN demo_days f ON f.n = first_n
    JOIN demo_days l ON l.n = last_n;
