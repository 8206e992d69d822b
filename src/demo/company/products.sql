-- What the company sells, and the projects it sells it in. A project's parts are "product:quantity".

INSERT INTO wvl.products (number, name, product_group, unit, price, cost)
VALUES
    ('NB-14', 'Notebook 14 Zoll, 32 GB, 1 TB', 'Hardware', 'Stk', 1289.00, 1048.00),
    ('DOCK', 'Dockingstation USB-C', 'Hardware', 'Stk', 189.00, 141.00),
    ('PC-MINI', 'Arbeitsplatz-PC mini', 'Hardware', 'Stk', 749.00, 602.00),
    ('MON-27', 'Monitor 27 Zoll QHD', 'Hardware', 'Stk', 329.00, 255.00),
    ('SRV-2U', 'Server 2 HE, zwei Prozessoren, 256 GB', 'Hardware', 'Stk', 11480.00, 9310.00),
    ('SAN-12', 'Speichersystem 12 TB', 'Hardware', 'Stk', 14900.00, 12150.00),
    ('USV-3', 'USV 3 kVA mit Netzwerkkarte', 'Hardware', 'Stk', 1990.00, 1520.00),
    ('FW-200', 'Firewall, bis 200 Arbeitsplätze', 'Hardware', 'Stk', 3280.00, 2490.00),
    ('SW-48', 'Switch 48 Ports, 10 GbE', 'Hardware', 'Stk', 1740.00, 1310.00),
    ('AP-6', 'WLAN-Zugangspunkt', 'Hardware', 'Stk', 298.00, 214.00),
    ('TEL-IP', 'IP-Telefon', 'Hardware', 'Stk', 139.00, 98.00),
    ('DRU-A3', 'Multifunktionsdrucker A3', 'Hardware', 'Stk', 4350.00, 3620.00),
    ('M365', 'Microsoft 365 Business Premium, 12 Monate', 'Software', 'Liz', 247.20, 204.00),
    ('AV-1Y', 'Virenschutz, 12 Monate', 'Software', 'Liz', 38.40, 24.10),
    ('FW-SUB', 'Firewall-Abonnement, 12 Monate', 'Software', 'Liz', 1180.00, 890.00),
    ('BAK-1Y', 'Datensicherung in die Cloud, 12 Monate', 'Software', 'Liz', 1560.00, 1105.00),
    ('CAD-1Y', 'CAD-Lizenz, 12 Monate', 'Software', 'Liz', 2150.00, 1890.00),
    ('VIRT', 'Virtualisierung, je Prozessor, 12 Monate', 'Software', 'Liz', 1420.00, 1230.00),
    ('DL-STD', 'Dienstleistung Technik', 'Dienstleistung', 'Std', 118.00, NULL),
    ('DL-SEN', 'Dienstleistung Beratung', 'Dienstleistung', 'Std', 145.00, NULL),
    ('SCHUL', 'Schulung vor Ort, Tag', 'Dienstleistung', 'Tag', 1090.00, NULL),
    ('WART', 'Wartung, Monat', 'Wartung', 'Mon', 390.00, 160.00);

CREATE TEMP TABLE demo_projects ON COMMIT DROP AS
SELECT row_number() OVER () - 1 AS project, *
FROM (VALUES
    ('Firewall-Cluster für den Hauptsitz', 'FW-200:2 FW-SUB:2 DL-SEN:16'),
    ('Notebooks für den Außendienst', 'NB-14:8 DOCK:8 DL-STD:10'),
    ('Umstieg auf Microsoft 365', 'M365:35 DL-SEN:24 SCHUL:2'),
    ('Serverraum: Server und Speicher', 'SRV-2U:2 SAN-12:1 VIRT:4 DL-SEN:40'),
    ('WLAN in Lager und Büro', 'AP-6:14 SW-48:1 DL-STD:18'),
    ('Telefonanlage, 40 Nebenstellen', 'TEL-IP:40 DL-STD:22 SCHUL:1'),
    ('Datensicherung in die Cloud', 'BAK-1Y:1 DL-SEN:8'),
    ('Arbeitsplätze für die Buchhaltung', 'PC-MINI:6 MON-27:12 DL-STD:8'),
    ('Netzwerk für den Neubau', 'SW-48:6 AP-6:9 USV-3:1 DL-STD:32'),
    ('CAD-Arbeitsplätze Konstruktion', 'PC-MINI:4 MON-27:8 CAD-1Y:4 DL-STD:12'),
    ('Virenschutz für alle Geräte', 'AV-1Y:60 DL-STD:4'),
    ('Drucker im Erdgeschoss', 'DRU-A3:2 DL-STD:3'),
    ('Notstrom für den Serverraum', 'USV-3:3 DL-STD:6'),
    ('Homeoffice-Ausstattung', 'NB-14:12 MON-27:12 DOCK:12'),
    ('Switche im Altbau erneuern', 'SW-48:4 DL-STD:14'),
    ('Sicherheitsprüfung und Schulung', 'DL-SEN:32 SCHUL:3'),
    ('Ersatzserver Warenwirtschaft', 'SRV-2U:1 VIRT:2 DL-SEN:18'),
    ('Besprechungsräume', 'MON-27:5 PC-MINI:5 DL-STD:9'),
    ('Lizenzen Microsoft 365, Verlängerung', 'M365:22'),
    ('Firewall Außenstelle', 'FW-200:1 FW-SUB:1 DL-STD:7')
) AS projects (title, parts);

CREATE TEMP TABLE demo_parts ON COMMIT DROP AS
SELECT project, row_number() OVER (PARTITION BY project ORDER BY place)::integer AS line, p.*, split_part(part, ':', 2)::numeric AS quantity
FROM demo_projects
    CROSS JOIN LATERAL unnest(string_to_array(parts, ' ')) WITH ORDINALITY AS list (part, place)
    JOIN wvl.products p ON p.number = split_part(part, ':', 1);
