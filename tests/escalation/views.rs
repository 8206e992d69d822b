//! Types whose items come from a view of the admin's own: what `config validate` says about them, and what a run makes of
//! their rows.

use super::house::{House, addresses, at, environment, offer};
use crate::env::{TestDatabase, TestEnvironment};

/// The rules of a type over a view.
fn section(view: &str) -> String {
    format!(
        "[escalation.rental-cars]\nsource = 'view:{view}'\nactive = true\nlabel = \"Mietwagen\"\nfrom = \"08:00\"\n\
         to = \"18:00\"\nstage1 = {{ hours = 1, to = \"handler\" }}\n"
    )
}

/// What `config validate` says of this view, made by these statements: its exit code, and its lines about the type.
fn judged(environment: &TestEnvironment, view: &str, statements: &str) -> (i32, Vec<String>) {
    environment.database.execute(&format!("DROP SCHEMA IF EXISTS fleet CASCADE; CREATE SCHEMA fleet; {statements}"));
    environment.configure(&format!("[escalation]\ncompany_heads = [101]\n{}", section(view)));
    validated(environment)
}

fn validated(environment: &TestEnvironment) -> (i32, Vec<String>) {
    let run = environment.wvl(&["config", "validate"]);
    let of_type = |line: &&str| line.contains("rental-cars");
    let told = |line: &str| line.split_once("rental-cars").unwrap().1.trim_start_matches(['.', ':']).to_owned();
    (run.code, run.stderr.lines().filter(of_type).map(told).collect())
}

const GOOD: &str = "CREATE VIEW fleet.cars AS
    SELECT 1 AS item_id, 'NT-1'::varchar(20) AS reference, 'Kombi'::text AS title, now() AS due_at";

#[test]
fn validate_looks_at_the_columns() {
    let environment = environment("");
    let good = |more: &str| format!("{GOOD}{more}");
    assert_eq!(judged(&environment, "fleet.cars", GOOD), (0, vec![]));
    // every text, every whole number; domains and enumerations
    let all = good(
        ", 5::smallint AS due_version, 'x'::char(3) AS currency, 1.5::double precision AS amount, 'm'::fleet.mood AS link,
         'a@b.example'::fleet.address AS email, '{}'::tstzmultirange AS paused, 7 AS handler_id, NULL::json AS extra",
    );
    let types = "CREATE TYPE fleet.mood AS ENUM ('m'); CREATE DOMAIN fleet.address AS text;";
    assert_eq!(judged(&environment, "fleet.cars", &format!("{types}{all}")), (0, vec![]));

    let bad = "CREATE VIEW fleet.cars AS
        SELECT '{}'::json AS item_id, 1 AS reference, now()::date AS due_at, 'x'::text AS handler_id, 'y'::text AS phone_";
    let told = [
        "source: view:fleet.cars: the column item_id is json, wanted is bigint, integer, numeric, text or uuid; \
         in the view: item_id::text AS item_id",
        "source: view:fleet.cars: the column reference is integer, wanted is text; in the view: reference::text AS reference",
        "source: view:fleet.cars: the column title (text) is missing",
        "source: view:fleet.cars: the column due_at is date, wanted is timestamp with time zone; \
         in the view: due_at::timestamp AT TIME ZONE 'Europe/Berlin' AS due_at",
        "source: view:fleet.cars: the column handler_id is text, wanted is bigint or integer; \
         in the view: handler_id::bigint AS handler_id",
    ];
    let (code, lines) = judged(&environment, "fleet.cars", bad);
    assert_eq!(code, 78);
    for told in told {
        assert!(lines.iter().any(|line| line == told), "{told}\n{lines:#?}");
    }
    let doubt = "source: view:fleet.cars: the column phone_ is not used, and there is no column phone; \
                 if it is meant: phone_ AS phone";
    assert!(lines.iter().any(|line| line == doubt), "{lines:#?}");
    assert_eq!(lines.len(), 6, "{lines:#?}");

    // what is not switched on may still be in the making
    environment.configure(&section("fleet.cars").replace("active = true\n", ""));
    let (code, lines) = validated(&environment);
    assert_eq!((code, lines.len()), (0, 6), "{lines:#?}");
}

/// What people type is compared with it.
#[test]
fn a_reference_is_a_text() {
    let environment = environment("");
    let types = "CREATE TYPE fleet.mood AS ENUM ('m');";
    let mood = format!("{types}{}", GOOD.replace("'NT-1'::varchar(20)", "'m'::fleet.mood"));
    let told = "source: view:fleet.cars: the column reference is fleet.mood, wanted is text; \
                in the view: reference::text AS reference";
    assert_eq!(judged(&environment, "fleet.cars", &mood), (78, vec![told.to_owned()]));
    for found in ["'NT-1'::char(9)", "'NT-1'::varchar", "'NT-1'::name"] {
        assert_eq!(judged(&environment, "fleet.cars", &GOOD.replace("'NT-1'::varchar(20)", found)), (0, vec![]));
        environment.ok(&["escalate", "explain", "rental-cars:NT-1"]);
    }
}

#[test]
fn validate_knows_what_was_meant() {
    let environment = environment("");
    for (view, told) in [
        ("fleet.card", "view:fleet.card: there is no such view; did you mean \"view:fleet.cars\"?"),
        ("cars", "view:cars: there is no such view; did you mean \"view:fleet.cars\"?"),
        ("fleet.Cars", "view:fleet.Cars: there is no such view; did you mean \"view:fleet.cars\"?"),
        ("nowhere.at_all", "view:nowhere.at_all: there is no such view"),
    ] {
        assert_eq!(judged(&environment, view, GOOD), (78, vec![format!("source: {told}")]), "{view}");
    }
    // hostile, and exactly a name
    let odd = r#""fleet"."cars""; DROP TABLE wvl.notices; --{view}{sound}""#;
    let statement = GOOD.replace("fleet.cars", odd);
    assert_eq!(judged(&environment, odd, &statement), (0, vec![]));
    assert_eq!(environment.database.number("SELECT count(*) FROM wvl.notices"), 0);

    // found, but nobody answers when asked
    let late = "CREATE FUNCTION fleet.broken() RETURNS int LANGUAGE sql AS 'SELECT 1/0';
        CREATE VIEW fleet.cars AS SELECT fleet.broken() AS item_id, 'x' AS reference, 'y' AS title, now() AS due_at";
    let (code, lines) = judged(&environment, "fleet.cars", late);
    assert_eq!(code, 78);
    assert!(lines[0].starts_with("source: view:fleet.cars cannot be read: "), "{lines:?}");
    assert!(lines[0].ends_with("division by zero"), "{lines:?}");
}

#[test]
fn validate_names_role_and_grant() {
    let environment = environment("");
    environment.database.execute_as_superuser(&format!("CREATE SCHEMA secret; {}", GOOD.replace("fleet", "secret")));
    environment.configure(&section("secret.cars"));
    let told = "source: view:secret.cars: the role wvl may not read it; its owner says: \
                GRANT USAGE ON SCHEMA \"secret\" TO wvl; GRANT SELECT ON \"secret\".\"cars\" TO wvl;";
    assert_eq!(validated(&environment), (78, vec![told.to_owned()]));
    environment.database.execute_as_superuser(told.split("says: ").last().unwrap());
    assert_eq!(validated(&environment), (0, vec![]));

    // column by column is enough, a table and row security are as good as a view
    environment.database.execute_as_superuser(
        "CREATE TABLE secret.vans (item_id int, reference text, title text, due_at timestamptz, owner text);
         ALTER TABLE secret.vans ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON secret.vans USING (owner = current_user);
         INSERT INTO secret.vans VALUES (NULL, 'hidden', '', now(), 'boss'), (NULL, 'seen', '', now(), 'wvl');
         GRANT SELECT (item_id, reference, title, due_at) ON secret.vans TO wvl",
    );
    environment.configure(&section("secret.vans"));
    let told = "source: rental-cars:seen: item_id is empty, left out";
    assert_eq!(environment.wvl(&["config", "validate"]).stderr.matches(told).count(), 1);
}

#[test]
fn validate_without_a_database_says_so() {
    let environment = TestEnvironment::with_database(TestDatabase::empty());
    let gone = environment.database.url.replace("/test_", "/gone_");
    let config = std::fs::read_to_string(environment.config()).unwrap();
    let config = format!("{}\n{}", config.replace(&environment.database.url, &gone), section("fleet.cars"));
    environment.write("wvl.toml", config);
    let (code, lines) = validated(&environment);
    assert_eq!(code, 0, "{lines:?}");
    assert!(lines[0].starts_with("source: view:fleet.cars: not checked, cannot connect to"), "{lines:?}");
    // and makes none
    environment.write("wvl.toml", format!("[database]\nstate_dir = \"state\"\n{}", section("fleet.cars")));
    let (code, lines) = validated(&environment);
    assert_eq!((code, lines[0].as_str()), (0, "source: view:fleet.cars: not checked, there is no database yet"));
    assert!(!environment.path().join("state").exists());
}

#[test]
fn types_shows_the_source() {
    let environment = environment(&section("fleet.cars"));
    let types: serde_json::Value = serde_json::from_str(&environment.ok(&["escalate", "types", "--json"])).unwrap();
    let types = types.as_array().unwrap();
    let own = types.last().unwrap();
    assert_eq!((&own["type"], &own["source"]), (&"rental-cars".into(), &"view:fleet.cars".into()));
    assert!(types[0]["source"].is_null());
}

/// A view over a table that takes everything.
const ANYTHING: &str = "CREATE SCHEMA fleet;
    CREATE TABLE fleet.anything (item_id text, reference text, title text, due_at timestamptz, handler_id int,
        amount numeric, paused tstzmultirange);
    CREATE VIEW fleet.cars AS SELECT * FROM fleet.anything;
    INSERT INTO fleet.anything (item_id, reference, title, due_at, handler_id) VALUES
        ('1', 'NT-1', 'Kombi', '2026-11-18 12:00+01', 6);";

#[test]
fn rows_that_nobody_can_have_meant_are_named_and_left_out() {
    let house = House::new();
    house.database.execute(ANYTHING);
    house.database.execute(
        "INSERT INTO fleet.anything (item_id, reference, title, due_at, handler_id) VALUES
            (NULL, 'NT-2', 'Kombi', '2026-11-18 12:00+01', 6), ('3', NULL, 'Kombi', '2026-11-18 12:00+01', 6),
            (NULL, NULL, NULL, NULL, NULL), ('4', 'NT-4', 'Kombi', NULL, 6), ('5', 'NT-5', 'Kombi', 'infinity', 6),
            ('6', 'NT-6', 'Kombi', '-infinity', 6), ('7', 'NT-7', 'Kombi', '0001-01-01 00:00+00', 6),
            ('8', 'NT-8', 'Kombi', '294276-12-31 00:00+00', 6), ('9', 'NT-9', 'Kombi', '4713-01-01 00:00+00 BC', 6),
            ('10', 'NT-10', 'Kombi', '9999-12-31 00:00+01', 6),
            ('11', 'NT-11', 'Kombi', '2026-11-18 12:00+01', 6), ('11', 'NT-12', 'Kombi', '2026-11-18 12:00+01', 6);
         INSERT INTO fleet.anything VALUES
            ('13', 'NT-13', NULL, '2026-11-18 12:00+01', 6, 'NaN', '{[2026-11-01,2026-11-02)}'),
            ('14', 'NT-14', 'Kombi', '2026-11-18 12:00+01', 6, '1e120', '{[2026-11-01,)}'),
            ('15', 'NT-15', 'Kombi', '2026-11-18 12:00+01', 6, 'infinity', '{[2026-11-01,infinity)}'),
            ('16', 'NT-16', 'Kombi', '2026-11-18 12:00+01', 6, 1.123456789, '{(,0100-01-01)}');",
    );
    let section = section("fleet.cars");
    let named = |date: &str| format!("due_at is {date}, left out");
    let mut expected = [
        "NT-1 1: 106".to_owned(),
        // what is no amount is none, and waits no longer for that
        "NT-13 1: 106".to_owned(),
        "rental-cars: the view yields item_id 11 2 times, all are left out".to_owned(),
        "rental-cars:3: reference is empty, left out".to_owned(),
        "rental-cars:NT-15: paused lies before 1900 or after 9999, left out".to_owned(),
        "rental-cars:NT-16: paused lies before 1900 or after 9999, left out".to_owned(),
        "rental-cars:NT-2: item_id is empty, left out".to_owned(),
        "rental-cars:NT-4: due_at is empty, left out".to_owned(),
        format!("rental-cars:NT-5: {}", named("infinity")),
        format!("rental-cars:NT-6: {}", named("-infinity")),
        format!("rental-cars:NT-7: {}", named("0001-01-01 00:00:00+00")),
        format!("rental-cars:NT-8: {}", named("294276-12-31 00:00:00+00")),
        format!("rental-cars:NT-9: {}", named("4713-01-01 00:00:00+00 BC")),
        "rental-cars:a row without item_id and reference: item_id is empty, left out".to_owned(),
    ];
    expected.sort();
    let mut told = house.run(&section, at("2026-11-19 13:00"));
    told.sort();
    assert_eq!(told, expected);
    // nothing twice, and put right it speaks
    house.database.execute(
        "DELETE FROM fleet.anything WHERE item_id IS NULL OR reference IS NULL OR reference IN ('NT-12', 'NT-4');
         UPDATE fleet.anything SET due_at = '2026-11-18 12:00+01' WHERE reference = 'NT-5';
         DELETE FROM fleet.anything WHERE NOT due_at BETWEEN '2026-01-01' AND '9999-12-31';
         UPDATE fleet.anything SET paused = NULL",
    );
    let mut told = house.run(&section, at("2026-11-20 08:00"));
    told.sort();
    // NT-14 was still waiting: its pause had no end
    assert_eq!(told, ["NT-11 1: 106", "NT-14 1: 106", "NT-15 1: 106", "NT-16 1: 106", "NT-5 1: 106"]);
}

#[test]
fn of_many_such_rows_twenty_are_named() {
    let house = House::new();
    house.database.execute(ANYTHING);
    house.database.execute(
        "INSERT INTO fleet.anything (item_id, reference, title, due_at)
             SELECT n, 'X-' || n, 'Kombi', 'infinity' FROM generate_series(100, 134) n;
         INSERT INTO fleet.anything (item_id, reference, title, due_at, handler_id)
             SELECT n / 2, 'Y-' || n, 'Kombi', '2026-11-18 12:00+01', 6 FROM generate_series(1000, 1059) n",
    );
    let told = house.run(&section("fleet.cars"), at("2026-11-19 13:00"));
    assert_eq!(told.iter().filter(|line| line.contains("infinity")).count(), 20, "{told:#?}");
    assert_eq!(told.iter().filter(|line| line.contains("2 times")).count(), 20, "{told:#?}");
    assert!(told.contains(&"rental-cars: 15 more rows like these are left out".to_owned()), "{told:#?}");
    assert!(told.contains(&"rental-cars: 10 more rows like these are left out".to_owned()), "{told:#?}");
    assert_eq!(told[0], "NT-1 1: 106");
}

/// What the contract leaves open: every optional column may be missing, and keys may be of any type.
#[test]
fn a_view_of_four_columns_is_enough() {
    let house = House::new();
    house.database.execute("CREATE SCHEMA fleet");
    let section =
        section("fleet.cars").replace("\"handler\"", "\"employee:106\"").replace("stage1", "repeat_hours = 8\nstage1");
    let keys = [
        ("7", "8"),
        ("7::smallint", "8::smallint"),
        ("7::bigint", "8::bigint"),
        ("7.50", "8.50"),
        ("'x y'::text", "'ü'::text"),
        ("'x'::varchar(9)", "'z'::varchar(9)"),
        ("'x'::char(9)", "'z'::char(9)"),
        ("'x'::name", "'z'::name"),
        ("'00000000-0000-0000-0000-000000000001'::uuid", "'00000000-0000-0000-0000-000000000002'::uuid"),
    ];
    for (one, other) in keys {
        house.clear();
        // a chain of a key that is none any more: the view was another one once
        house.database.execute(
            "INSERT INTO escalation_chains (type, item_id, due_version, step, last_at)
             VALUES ('rental-cars', 'seven', 1, 1, '2026-11-02 08:00+01')",
        );
        house.database.execute(&format!(
            "DROP VIEW IF EXISTS fleet.cars; CREATE VIEW fleet.cars AS
             SELECT {one} AS item_id, 'NT-1' AS reference, 'Kombi' AS title, '2026-11-18 12:00+01'::timestamptz AS due_at
             UNION ALL SELECT {other}, 'NT-2', 'Bus', '2026-12-01 12:00+01'"
        ));
        assert_eq!(house.run(&section, at("2026-11-19 08:00")), ["NT-1 1: 106"], "{one}");
        assert_eq!(house.run(&section, at("2026-11-19 13:00")), [""; 0], "{one}");
        assert_eq!(house.run(&section, at("2026-11-20 08:00")), ["NT-1 101: 106"], "{one}");
    }
}

#[test]
fn a_view_that_is_not_there_stops_its_own_type_alone() {
    let environment = environment(&format!("[escalation.offer-follow-up]\nactive = true\n{}", section("fleet.cars")));
    environment.database.execute(&offer("A-1", "2026-11-18 00:00"));
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-20T08:00"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let told = "rental-cars: view:fleet.cars cannot be read: there is no such view";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert_eq!(addresses(&environment), ["arno@firma.example"]);
    // who asks for ours gets ours, and is told what is missing
    let listed = environment.wvl(&["escalate", "list", "--as-of", "2026-11-20T08:01"]);
    assert_eq!(listed.code, 3, "{}", listed.stderr);
    assert!(listed.stdout.contains("A-1") && listed.stderr.contains(told), "{}{}", listed.stdout, listed.stderr);
    environment.ok(&["escalate", "explain", "A-1"]);
    let asked = environment.wvl(&["escalate", "explain", "rental-cars:NT-1"]);
    assert!(asked.code == 78 && asked.stderr.contains(told), "{}", asked.stderr);
    // who only looks is told, and sees the rest
    let today = environment.wvl(&["today", "--employee", "106"]);
    assert!(today.code == 0 && today.stderr.contains(told), "{} {}", today.code, today.stderr);
}
