//! Types whose items come from a view of the admin's own: what `config validate` says about them, and what a run makes of
//! their rows.

use super::house::environment;
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
