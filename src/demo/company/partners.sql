-- Eighty partners and the people there. Names and streets are invented, towns and postcodes real; telephone numbers are
-- from the ranges that are kept free for fiction, mail domains from those kept free for examples.

CREATE TEMP TABLE demo_partners ON COMMIT DROP AS
SELECT row_number() OVER () AS n, *
FROM (VALUES
    ('customer', 'Alblicht Energietechnik GmbH', 'alblicht', 'Solarweg 3', '89143', 'Blaubeuren'),
    ('customer', 'Autohaus Reinbold KG', 'reinbold', 'Ringstraße 41', '89231', 'Neu-Ulm'),
    ('customer', 'Bäckerei Kornfeld GmbH', 'kornfeld', 'Marktplatz 8', '89150', 'Laichingen'),
    ('customer', 'Baugeschäft Wittmaier GmbH & Co. KG', 'wittmaier', 'Steinbruchweg 12', '73312', 'Geislingen an der Steige'),
    ('customer', 'Brauhaus zum Wilden Hirsch GmbH', 'wilderhirsch', 'Sudhausgasse 1', '89584', 'Ehingen (Donau)'),
    ('customer', 'Donautal Logistik GmbH', 'donautal-logistik', 'Güterstraße 77', '89312', 'Günzburg'),
    ('customer', 'Dr. Falkner & Partner Steuerberatung', 'falkner-partner', 'Hafenbad 19', '89073', 'Ulm'),
    ('customer', 'Druckhaus Letternkamp GmbH', 'letternkamp', 'Gutenbergstraße 6', '73430', 'Aalen'),
    ('customer', 'Elektro Blitzner e. K.', 'blitzner', 'Lichtstraße 22', '89518', 'Heidenheim an der Brenz'),
    ('customer', 'Feinmechanik Zirkel GmbH', 'zirkel', 'Präzisionsweg 4', '73525', 'Schwäbisch Gmünd'),
    ('customer', 'Gärtnerei Blumenau GbR', 'blumenau', 'Am Gewächshaus 2', '89129', 'Langenau'),
    ('customer', 'Gemeindewerke Oberried', 'gw-oberried', 'Rathausplatz 1', '88400', 'Biberach an der Riß'),
    ('customer', 'Hallmann Werkzeugbau GmbH', 'hallmann', 'Industriestraße 58', '89537', 'Giengen an der Brenz'),
    ('customer', 'Hausverwaltung Schlüsselberg GmbH', 'schluesselberg', 'Münchner Straße 14', '89073', 'Ulm'),
    ('customer', 'Hotel Seeblick Bodensee GmbH', 'seeblick-hotel', 'Uferpromenade 30', '88045', 'Friedrichshafen'),
    ('customer', 'Ingenieurbüro Pfeilsticker', 'pfeilsticker', 'Statikerweg 9', '72764', 'Reutlingen'),
    ('customer', 'Kanzlei Sturm & Waldeck', 'sturm-waldeck', 'Justizstraße 5', '70173', 'Stuttgart'),
    ('customer', 'Käserei Bergwiese eG', 'bergwiese', 'Sennereiweg 7', '88239', 'Wangen im Allgäu'),
    ('customer', 'Kinderarztpraxis Dr. Sommerfeld', 'praxis-sommerfeld', 'Eichenplatz 3', '89233', 'Neu-Ulm'),
    ('customer', 'Klinikservice Illertal gGmbH', 'ks-illertal', 'Krankenhausweg 11', '89257', 'Illertissen'),
    ('customer', 'Kunststofftechnik Formann GmbH', 'formann', 'Spritzgussallee 16', '89264', 'Weißenhorn'),
    ('customer', 'Küchenstudio Löffler & Sohn', 'loeffler-kuechen', 'Karlstraße 63', '89073', 'Ulm'),
    ('customer', 'Landtechnik Ackermann GmbH', 'ackermann-landtechnik', 'Erntestraße 20', '88471', 'Laupheim'),
    ('customer', 'Lebensräume Stiftung Jura', 'lebensraeume-jura', 'Parkstraße 17', '73479', 'Ellwangen (Jagst)'),
    ('customer', 'Maler Farbenfroh GmbH', 'farbenfroh', 'Pinselgasse 5', '89160', 'Dornstadt'),
    ('customer', 'Maschinenbau Trautwein AG', 'trautwein', 'Zahnradstraße 100', '73033', 'Göppingen'),
    ('customer', 'Metzgerei Hirschauer GmbH', 'hirschauer', 'Metzgergasse 2', '87700', 'Memmingen'),
    ('customer', 'Mühle Rieser Korn GmbH', 'rieserkorn', 'Mühlbachweg 1', '73430', 'Aalen'),
    ('customer', 'Musikhaus Klangvoll e. K.', 'klangvoll', 'Schillerstraße 28', '72070', 'Tübingen'),
    ('customer', 'Neckar Verpackungen GmbH', 'neckar-verpackungen', 'Kartonagenweg 33', '74072', 'Heilbronn'),
    ('customer', 'Optik Scharfblick GmbH', 'scharfblick', 'Bahnhofstraße 40', '89073', 'Ulm'),
    ('customer', 'Orthopädie Gangwerk GmbH', 'gangwerk', 'Heilbadstraße 13', '88250', 'Weingarten'),
    ('customer', 'Papierfabrik Weißbach GmbH', 'weissbach', 'Papiermühle 1', '72525', 'Münsingen'),
    ('customer', 'Pflegedienst Herbstlaub GmbH', 'herbstlaub', 'Sonnenhalde 24', '89520', 'Heidenheim an der Brenz'),
    ('customer', 'Physio am Münster', 'physio-muenster', 'Turmgasse 10', '89073', 'Ulm'),
    ('customer', 'Reifen Rundlauf GmbH', 'rundlauf', 'Felgenweg 15', '89340', 'Leipheim'),
    ('customer', 'Reisebüro Fernweh OHG', 'fernweh', 'Kofferplatz 2', '86150', 'Augsburg'),
    ('customer', 'Sanitär Wasserfuhr GmbH', 'wasserfuhr', 'Rohrbachstraße 18', '73728', 'Esslingen am Neckar'),
    ('customer', 'Schlosserei Amboss & Co. GmbH', 'amboss', 'Hammerstraße 36', '89555', 'Steinheim am Albuch'),
    ('customer', 'Schreinerei Hobelbank GmbH', 'hobelbank', 'Eschenweg 8', '89155', 'Erbach'),
    ('customer', 'Schulzentrum Lindenhöhe', 'sz-lindenhoehe', 'Lindenallee 50', '71638', 'Ludwigsburg'),
    ('customer', 'Sensorik Messner GmbH', 'messner-sensorik', 'Innovationspark 7', '89081', 'Ulm'),
    ('customer', 'Spedition Weitblick GmbH', 'weitblick', 'Autobahnring 5', '89312', 'Günzburg'),
    ('customer', 'Sportverein Blau-Weiß Talheim e. V.', 'bw-talheim', 'Am Sportplatz 1', '89155', 'Erbach'),
    ('customer', 'Stadtwerke Hohenried', 'sw-hohenried', 'Turbinenweg 4', '88212', 'Ravensburg'),
    ('customer', 'Textilwerke Webermann GmbH', 'webermann', 'Spindelstraße 44', '72336', 'Balingen'),
    ('customer', 'Tierklinik Pfotenheim GmbH', 'pfotenheim', 'Weidenweg 23', '89077', 'Ulm'),
    ('customer', 'Uhrenmanufaktur Zeitwerk GmbH', 'zeitwerk', 'Pendelgasse 12', '78048', 'Villingen-Schwenningen'),
    ('customer', 'Verlag Seitenwind GmbH', 'seitenwind', 'Buchenstraße 39', '72072', 'Tübingen'),
    ('customer', 'Volksbau Genossenschaft eG', 'volksbau', 'Genossenschaftsweg 6', '71032', 'Böblingen'),
    ('customer', 'Weingut Rebstock', 'rebstock', 'Kelterweg 2', '74072', 'Heilbronn'),
    ('customer', 'Zahnarztpraxis Dr. Perlmann', 'praxis-perlmann', 'Neue Straße 21', '89073', 'Ulm'),
    ('prospect', 'Aufzugbau Hochhinaus GmbH', 'hochhinaus', 'Schachtstraße 7', '70173', 'Stuttgart'),
    ('prospect', 'Biohof Sonnenacker', 'sonnenacker', 'Hofstelle 1', '88662', 'Überlingen'),
    ('prospect', 'Dachdeckerei Ziegler & Firstner', 'ziegler-firstner', 'Giebelweg 11', '89584', 'Ehingen (Donau)'),
    ('prospect', 'Eventtechnik Rampenlicht GmbH', 'rampenlicht', 'Bühnenstraße 9', '86150', 'Augsburg'),
    ('prospect', 'Fahrschule Vorfahrt', 'vorfahrt', 'Kreuzungsweg 4', '89518', 'Heidenheim an der Brenz'),
    ('prospect', 'Fensterbau Durchsicht GmbH', 'durchsicht', 'Glaserstraße 27', '73479', 'Ellwangen (Jagst)'),
    ('prospect', 'Galvanik Silberquell GmbH', 'silberquell', 'Badstraße 31', '73525', 'Schwäbisch Gmünd'),
    ('prospect', 'Hörakustik Lauschen', 'lauschen', 'Ohmstraße 3', '87700', 'Memmingen'),
    ('prospect', 'Immobilien Giebelreich GmbH', 'giebelreich', 'Maklergasse 14', '78462', 'Konstanz'),
    ('prospect', 'Kaffeerösterei Bohnenwerk', 'bohnenwerk', 'Röstplatz 6', '79098', 'Freiburg im Breisgau'),
    ('prospect', 'Kletterhalle Steilwand GmbH', 'steilwand', 'Felsenweg 19', '72764', 'Reutlingen'),
    ('prospect', 'Medizintechnik Pulsar GmbH', 'pulsar-medizin', 'Forschungsallee 2', '89081', 'Ulm'),
    ('prospect', 'Notariat Siegelmann', 'siegelmann', 'Urkundenplatz 1', '76133', 'Karlsruhe'),
    ('prospect', 'Sägewerk Tannholz GmbH', 'tannholz', 'Langholzweg 40', '77652', 'Offenburg'),
    ('prospect', 'Wellness Quelle GmbH', 'wellnessquelle', 'Thermenstraße 8', '97980', 'Bad Mergentheim'),
    ('prospect', 'Zimmerei Balkenhof GmbH', 'balkenhof', 'Sparrenweg 5', '74523', 'Schwäbisch Hall'),
    ('supplier', 'Bitstrom Distribution GmbH', 'bitstrom', 'Lagerstraße 200', '87435', 'Kempten (Allgäu)'),
    ('supplier', 'Cloudhafen Services GmbH', 'cloudhafen', 'Wolkenweg 12', '70173', 'Stuttgart'),
    ('supplier', 'Datenfels Storage AG', 'datenfels', 'Serverring 8', '76133', 'Karlsruhe'),
    ('supplier', 'Kabelwerk Nordpol GmbH', 'kabelwerk-nordpol', 'Litzenstraße 55', '74072', 'Heilbronn'),
    ('supplier', 'Leasingkontor Süd GmbH', 'leasingkontor', 'Ratengasse 3', '86150', 'Augsburg'),
    ('supplier', 'Lizenzkontor Wegner GmbH', 'lizenzkontor', 'Schlüsselstraße 17', '71032', 'Böblingen'),
    ('supplier', 'Monitorwelt Großhandel GmbH', 'monitorwelt', 'Bildschirmweg 21', '71638', 'Ludwigsburg'),
    ('supplier', 'Netzwerkteile Knoten GmbH', 'knoten', 'Steckerplatz 4', '73728', 'Esslingen am Neckar'),
    ('supplier', 'Notstrom Reserve GmbH', 'notstrom-reserve', 'Akkuweg 10', '88045', 'Friedrichshafen'),
    ('supplier', 'Paketfuchs Versand GmbH', 'paketfuchs', 'Rampe 6', '89231', 'Neu-Ulm'),
    ('supplier', 'Telefonwerk Sprechstern AG', 'sprechstern', 'Hörerallee 1', '78462', 'Konstanz'),
    ('supplier', 'Tonerquelle Handels GmbH', 'tonerquelle', 'Patronenweg 7', '79098', 'Freiburg im Breisgau')
) AS partners (kind, name, matchcode, street, postcode, city);

-- Customers and prospects are shared by the two field representatives and the two in the office. A prospect's follow-up
-- passed within the last two weeks or lies ahead.
INSERT INTO wvl.partners (number, kind, name, matchcode, street, postcode, city, phone, email, website, field_rep_id,
    inside_rep_id, follow_up_at, follow_up_note, created_at)
SELECT
    CASE kind WHEN 'supplier' THEN 'L' || 70000 + d.n ELSE 'K' || 10000 + d.n END,
    kind, name, upper(matchcode), street, postcode, city,
    '089 99998-' || lpad((d.n * 7)::text, 3, '0'),
    'info@' || matchcode || '.example.de',
    'https://www.' || matchcode || '.example.de',
    CASE WHEN kind <> 'supplier' THEN f.id END,
    CASE WHEN kind <> 'supplier' THEN i.id END,
    w.at,
    w.note,
    t.day - interval '400 days' + d.n * interval '31 hours'
FROM demo_partners d
    JOIN demo_days t ON t.n = 0
    JOIN wvl.employees f ON f.number = CASE WHEN d.n % 3 = 0 THEN 203 WHEN d.n % 9 = 1 THEN 201 ELSE 202 END
    JOIN wvl.employees i ON i.number = CASE WHEN d.n % 2 = 0 THEN 204 ELSE 205 END
    LEFT JOIN (
        SELECT partner, pg_temp.morning(day) AS at, note
        FROM (VALUES
            (53, 0, 'Nach der Messe anrufen'), (54, -1, 'Interesse an Warenwirtschaft in der Cloud'),
            (55, -2, 'Budget für Notebooks nachfragen'), (56, -3, 'Vor-Ort-Termin vereinbaren'),
            (57, -4, 'Angebot Telefonanlage besprechen'), (58, -5, 'Entscheidung Rechenzentrum'),
            (59, -6, 'Referenzen geschickt, nachfassen'), (60, -9, 'Ansprechpartner hat gewechselt'),
            (61, 1, 'Erstgespräch vorbereiten'), (62, 3, 'Nach Quartalsende melden'),
            (63, 5, 'Ausschreibung Netzwerk'), (64, 9, 'Wartungsvertrag läuft beim Wettbewerber aus'),
            (65, 14, 'Einladung zum Sicherheitstag'), (66, 20, 'Wiedervorlage nach dem Umbau')
        ) AS follow_ups (partner, n, note)
            JOIN demo_days USING (n)
    ) w ON w.partner = d.n;

-- One or two people at each partner. Two have their birthday today, one in seven days, the others over the year but not
-- in these weeks: otherwise a demo that is started twice a month would tell of many.
INSERT INTO wvl.contact_persons (number, partner_id, salutation, first_name, last_name, position, phone, email, birthday)
SELECT
    'AP' || 1000 + row_number() OVER (ORDER BY d.n, place),
    p.id, salutation, first_name, last_name,
    (ARRAY['Geschäftsführung', 'IT-Leitung', 'Einkauf', 'Buchhaltung', 'Assistenz', 'Technik'])[1 + (d.n + place) % 6],
    left(p.phone, -3) || lpad((d.n * 7 + place)::text, 3, '0'),
    pg_temp.spelled_out(left(first_name, 1) || '.' || last_name) || '@' || d.matchcode || '.example.de',
    CASE
        WHEN place = 1 AND d.n IN (7, 26) THEN (t.day - interval '48 years')::date
        WHEN place = 1 AND d.n = 12 THEN (t.day + 7 - interval '52 years')::date
        WHEN (d.n + place) % 2 = 0 THEN (t.day + 20 + ((d.n * 29 + place * 53) % 320)::integer - (26 + (d.n * 11) % 38) * interval '1 year')::date
    END
FROM demo_partners d
    JOIN demo_days t ON t.n = 0
    JOIN wvl.partners p ON p.matchcode = upper(d.matchcode)
    CROSS JOIN LATERAL generate_series(1, 1 + (d.n % 2)::integer) AS place
    CROSS JOIN LATERAL (
        SELECT CASE WHEN (d.n + place) % 2 = 0 THEN 'Frau' ELSE 'Herr' END AS salutation,
            CASE WHEN (d.n + place) % 2 = 0
                THEN (ARRAY['Andrea', 'Birgit', 'Claudia', 'Elif', 'Eva', 'Heike', 'Julia', 'Katrin', 'Lena', 'Petra', 'Simone', 'Tanja'])
                    [1 + (d.n * 5 + place) % 12]
                ELSE (ARRAY['Alexander', 'Bernd', 'Christian', 'Daniel', 'Emre', 'Florian', 'Georg', 'Holger', 'Markus', 'Ralf', 'Stefan', 'Uwe'])
                    [1 + (d.n * 7 + place) % 12]
            END AS first_name,
            (ARRAY['Ahrens', 'Berger', 'Dorn', 'Ebert', 'Fuchs', 'Graf', 'Hartwig', 'Imhof', 'Jung', 'Kraft', 'Lehmann', 'Marquardt',
                'Noll', 'Oswald', 'Pohl', 'Rieger', 'Sauer', 'Thoma', 'Ulrich', 'Voss', 'Wendt', 'Yilmaz', 'Zimmer'])
                [1 + (d.n * 11 + place * 4) % 23] AS last_name
    ) AS person;
