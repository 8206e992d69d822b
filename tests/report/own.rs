//! Reports of the house's own, as anybody may write them: what is wrong is told where it stands, limits hold, nothing is
//! written, and what somebody types never becomes SQL.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use wvl::calendar::dates::Moment;
use wvl::error::Kind;
use wvl::outbox::channels::Channels;
use wvl::register::When;
use wvl::report::own::mail::{self, View};
use wvl::report::own::{Limits, Own, Run as How, SentAs};
use wvl::template::{Language, Templates};

use crate::env::environment::Run;
use crate::env::{TestDatabase, TestEnvironment};

const NOW: &str = "2026-11-24T18:00:00+01:00";

/// A house with a folder of reports.
fn house() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.configure("[report]\nfolder = \"reports\"\ntimeout_seconds = 20\n");
    let folder = environment.path().join("reports");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    environment
}

fn report(environment: &TestEnvironment, name: &str, head: &str, sql: &str) {
    let text = format!("/* wvl\ntitle = \"Probe\"\ncounts_by = \"Belegdatum\"\n{head}\n*/\n{sql}\n");
    let path = environment.write(&format!("reports/{name}.sql"), text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
}

fn run(environment: &TestEnvironment, arguments: &[&str]) -> Run {
    environment.wvl(&[&["report", "run"], arguments, &["--as-of", NOW]].concat())
}

/// The error of a report with this head and this statement.
fn refused(environment: &TestEnvironment, head: &str, sql: &str, code: i32, told: &str) {
    report(environment, "probe", head, sql);
    let run = run(environment, &["probe"]);
    assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{sql}\n{}", run.stderr);
    assert!(run.stderr.contains(told), "{sql}\n{}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

const FROM: &str = "[parameter.from]\ntype = \"day\"\ndefault = \"monatsanfang\"";

#[test]
fn a_report_is_a_statement_with_questions() {
    let house = house();
    house.database.execute(include_str!("../data/views.sql"));
    report(
        &house,
        "umsatz",
        "to = \"company-head\"\n[parameter.from]\ntype = \"day\"\ndefault = \"monatsanfang\"\nlabel = \"Von\"\n\
         [parameter.to]\ntype = \"day\"\ndefault = \"heute\"\n[parameter.kunde]\ntype = \"customer\"\ndefault = \"\"",
        "SELECT p.name AS \"Kunde\", sum(d.net_amount) AS \"Umsatz\" FROM documents d JOIN partners p ON p.id = d.partner_id\n\
         WHERE d.kind = 'invoice' AND d.status <> 'void' AND d.document_date BETWEEN :from AND :to\n\
             AND (:kunde IS NULL OR p.number = :kunde) GROUP BY 1",
    );
    let ok = |arguments: &[&str]| {
        let run = run(&house, arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    assert_eq!(ok(&["umsatz"]), "Müller Bau GmbH\t100\n");
    assert_eq!(ok(&["umsatz", "--from", "2026-10", "--to", "2026-10"]), "Müller Bau GmbH\t680\n");
    assert_eq!(
        ok(&["umsatz", "--from", "1.9.", "--set", "kunde=10001", "-O", "csv"]),
        "Kunde,Umsatz\nMüller Bau GmbH,880\n"
    );
    assert_eq!(ok(&["umsatz", "--set", "from=2027-01-01"]), "");
    assert_eq!(run(&house, &["umsatz", "--set", "from=2027-01-01", "--fail-empty"]).code, 4);
    report(&house, "betrag", "money = [\"b\"]", "SELECT 12.5 AS a, 12.5 AS b, NULL::numeric AS b");
    assert_eq!(ok(&["betrag", "-O", "jsonl"]), "{\"a\":12.5,\"b\":\"12.50\",\"b_2\":null}\n");
    assert_eq!(ok(&["betrag", "-O", "csv-de"]), "\u{feff}\"a\";\"b\";\"b_2\"\r\n12,5;12,50;\r\n");
    assert_eq!(ok(&["umsatz", "--set", "from=2027-01-01", "-O", "csv"]), "Kunde,Umsatz\n");
    ok(&["umsatz", "-o", "umsatz.xlsx"]);
    assert!(std::fs::read(house.path().join("umsatz.xlsx")).unwrap().starts_with(b"PK"));

    for (arguments, code, told) in [
        (&["umsatz", "--set", "kunde=99"][..], 4, "customer 99 not found"),
        (&["umsatz", "--set", "kund=1"], 2, "did you mean kunde?"),
        (&["umsatz", "--from", "31.2."], 2, "from: "),
        (&["umsatz", "--from", "'; DROP TABLE documents"], 2, "from: "),
        (&["umsatz", "--from", "2026-11", "--set", "from=heute"], 2, "from is said twice"),
        (&["umsatz", "--set", "kunde"], 2, "KEY=VALUE"),
        (&["umsats"], 4, "did you mean umsatz?"),
        (&["../umsatz"], 4, "not found"),
    ] {
        let run = run(&house, arguments);
        assert!(run.code == code && run.stderr.contains(told), "{arguments:?}: {} {}", run.code, run.stderr);
    }
    let shown = house.ok(&["report", "show", "umsatz"]);
    assert_eq!(shown, std::fs::read_to_string(house.path().join("reports/umsatz.sql")).unwrap());
    assert!(house.ok(&["report", "show", "margin"]).starts_with("/* wvl\ntitle = \"Deckungsbeitrag\""));
    let listed = house.ok(&["report", "list", "--columns", "name,title,counts_by,parameters,to"]);
    assert!(listed.contains("umsatz\tProbe\tBelegdatum\tfrom; to; kunde\tcompany-head\n"), "{listed}");
    assert!(listed.starts_with("away-this-week\t") && listed.lines().count() == 14, "{listed}");
}

#[test]
fn what_somebody_types_never_becomes_sql() {
    let house = house();
    report(&house, "probe", "[parameter.text]\ntype = \"text\"", "SELECT :text AS said, :'text' IS NULL AS nothing");
    let typed = "'; DROP TABLE documents; --\" $1 \\ \u{202e} %s\nü";
    let run_it = run(&house, &["probe", "--set", &format!("text={typed}"), "--json"]);
    let rows: serde_json::Value = run_it.stdout.parse().unwrap_or_else(|_| panic!("{}", run_it.stderr));
    assert_eq!(rows, serde_json::json!([{ "said": typed, "nothing": false }]));
    assert_eq!(run(&house, &["probe", "--set", "text="]).stdout, "\ttrue\n");
    let asked = run(&house, &["probe"]);
    assert!(asked.code == 2 && asked.stderr.contains("text (text) is not said"), "{}", asked.stderr);
}

#[test]
fn mistakes_are_told_where_they_stand() {
    let house = house();
    refused(
        &house,
        "",
        "SELECT 1\nFORM documents",
        2,
        "probe.sql: syntax error at or near \"documents\" (line 7, column 6",
    );
    refused(&house, FROM, "SELECT :from,\n  nmae FROM partners", 2, "(line 9, column 3: “nmae FROM partners”)");
    refused(&house, FROM, "SELECT 1 +\n  :from + TRUE", 2, "(line 9, column 9: “+ TRUE”)");
    refused(&house, FROM, "SELECT\n :form", 2, "probe.sql:9:2: unknown parameter :form");
    refused(&house, FROM, "SELECT :x", 2, "[parameter.x]");
    refused(&house, "", "", 2, "there is no statement");
    refused(&house, "", "SHOW TimeZone", 2, "a report is one SELECT");
    refused(&house, "", "SELECT 1; SELECT 2", 2, "only one statement");
    refused(&house, "", "SELECT $1", 2, "parameters such as $1");
    refused(&house, "titel = 1", "SELECT 1", 78, "probe.sql:4:1: titel: there is no such key; did you mean \"title\"?");
    refused(&house, "formats = [\"pdf\"]", "SELECT 1", 78, "probe.sql:4:12: formats: \"pdf\" is no way to send");
    refused(&house, "title =", "SELECT 1", 78, "probe.sql:4");
    refused(&house, "[parameter.x]\ntype = \"dya\"", "SELECT :x", 78, "did you mean \"day\"?");
    refused(&house, "[parameter.x]\nlabel = \"x\"", "SELECT :x", 78, "parameter.x.type: is missing");
    refused(&house, "[parameter.\"a b\"]\ntype = \"day\"", "SELECT 1", 78, "is no name of a parameter");
    refused(&house, "[parameter.x]\ntype = \"choice\"", "SELECT :x", 78, "values = [");
    // what is no parameter stays as it is
    report(
        &house,
        "probe",
        FROM,
        "-- :form\nSELECT 'a:form' AS a, DATE '2026-11-01'::text AS b, (ARRAY[1,2,3])[1:2] AS c, $$:form$$ AS d, E'\\':form' AS e, \
         :from::text AS f, \":g\" FROM (SELECT 1 AS \":g\") AS x /* :form */;",
    );
    let said = run(&house, &["probe"]);
    assert_eq!(said.stdout, "a:form\t2026-11-01\t[1,2]\t:form\t':form\t2026-11-01\t1\n", "{}", said.stderr);
}

#[test]
fn files_may_look_odd() {
    let house = house();
    let sound = "/* wvl\r\ntitle = \"x\"\r\ncounts_by = \"heute\"\r\n*/\r\nSELECT 'ü' AS a,\r\n 1 AS a";
    house.write("reports/odd.sql", format!("\u{feff}{sound}"));
    assert_eq!(run(&house, &["odd", "-O", "jsonl"]).stdout, "{\"a\":\"ü\",\"a_2\":1}\n");
    house.write("reports/latin.sql", b"/* wvl \xfc */ SELECT 1");
    house.write("reports/Umsatz 2026.sql", sound);
    house.write("reports/notes.txt", "x");
    house.write("outside.sql", sound);
    symlink("../outside.sql", house.path().join("reports/link.sql")).unwrap();
    for (name, told) in
        [("latin", "not UTF-8"), ("link", "link out of the folder"), ("Umsatz 2026", "is no name of a report")]
    {
        let run = run(&house, &[name]);
        assert!(run.code == 78 && run.stderr.contains(told), "{name}: {} {}", run.code, run.stderr);
    }
    // one that cannot be read hides no other
    let listed = house.wvl(&["report", "list"]);
    assert!(listed.code == 3 && listed.stdout.contains("odd\t"), "{}", listed.stderr);
    assert!(listed.stderr.contains("3 reports cannot be read"), "{}", listed.stderr);
    std::fs::remove_dir_all(house.path().join("reports")).unwrap();
    let gone = house.wvl(&["report", "list"]);
    assert!(
        gone.code != 0 && gone.stdout.contains("margin\t") && gone.stderr.contains("report.folder"),
        "{}",
        gone.stderr
    );
}

#[test]
fn nothing_is_written_and_limits_hold() {
    let house = house();
    house.database.execute(
        "INSERT INTO tasks (number, title) VALUES ('A1', 'Anruf');
         CREATE FUNCTION wvl.sneaky() RETURNS bigint LANGUAGE sql AS $$ UPDATE wvl.tasks SET title = 'x' RETURNING id $$",
    );
    refused(&house, "", "DELETE FROM tasks", 2, "DELETE does not");
    refused(&house, "", "WITH gone AS (DELETE FROM tasks RETURNING *) SELECT * FROM gone", 2, "only reads");
    refused(&house, "", "SELECT wvl.sneaky()", 2, "only reads");
    refused(&house, "", "SELECT nextval('wvl.tasks_id_seq')", 2, "only reads");
    refused(&house, "", "SELECT 1) AS q; DELETE FROM wvl.tasks; SELECT * FROM (SELECT 1", 2, "only one statement");
    assert_eq!(house.database.text("SELECT title FROM tasks"), "Anruf");

    let second = "timeout_seconds = 1";
    refused(&house, second, "SELECT pg_sleep(60)", 75, "took longer than 1 s");
    refused(
        &house,
        second,
        "SELECT set_config('statement_timeout', '0', true), pg_sleep(0.1) FROM generate_series(1, 600)",
        75,
        "took longer than 1 s",
    );
    refused(
        &house,
        "",
        "SELECT repeat('x', 20000000) AS \"Brief\"",
        2,
        "column “Brief” holds a text of more than 1000000",
    );
    let many: Vec<String> = (0..2_000).map(|column| format!("{column} AS c{column}")).collect();
    refused(&house, "", &format!("SELECT {}", many.join(", ")), 1, "1664");
    refused(&house, "", "SELECT FROM tasks", 2, "has no columns");
    refused(&house, "", "SELECT 1 / (number = 'A1')::int::numeric * 0 / 0 FROM tasks", 1, "division by zero");
    refused(&house, "per_person = true", "SELECT 1", 77, "single persons");
}

/// The most memory that a run of the report had, in megabytes.
fn peak(environment: &TestEnvironment, arguments: &[&str]) -> u64 {
    let mut command = environment.command(&[&["report", "run"], arguments].concat());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success(), "{arguments:?}");
    peak / 1024
}

/// `WVL_ROWS=10000000` asks for as many as nobody reads.
#[test]
fn many_rows_need_no_more_memory_than_few() {
    let house = house();
    let rows: u64 = std::env::var("WVL_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(150_000);
    report(
        &house,
        "many",
        "timeout_seconds = 3600\n[parameter.rows]\ntype = \"integer\"",
        "SELECT n, 'Zeile ' || n AS text, n * 1.25 AS amount, DATE '2026-11-01' AS day FROM generate_series(1, :rows) n",
    );
    let few = peak(&house, &["many", "--set", "rows=1000", "-O", "csv"]);
    for (format, most) in [("csv", few + 20), ("json", few + 20), ("jsonl", few + 20), ("xlsx", few + 60)] {
        // a sheet has no room for more
        let rows = if format == "xlsx" { rows.min(1_000_000) } else { rows };
        let megabytes = peak(&house, &["many", "--set", &format!("rows={rows}"), "-O", format]);
        println!("{rows} rows as {format}: {megabytes} MB ({few} MB for a thousand)");
        assert!(megabytes <= most, "{format}: {megabytes} MB for {rows} rows, {few} MB for a thousand");
    }
}

#[test]
fn check_names_each_mistake() {
    let house = house();
    let sound = house.wvl(&["report", "check"]);
    assert_eq!((sound.code, sound.stderr.as_str()), (0, ""), "{}", sound.stderr);
    report(&house, "sound", FROM, "SELECT count(*) AS n FROM documents WHERE document_date >= :from");
    report(&house, "writes", "", "SELECT nextval('wvl.tasks_id_seq')");
    report(&house, "renamed", "", "SELECT nmae FROM partners");
    report(&house, "default", "[parameter.from]\ntype = \"day\"\ndefault = \"irgendwann\"", "SELECT :from AS x");
    report(&house, "unused", FROM, "SELECT 1 AS x");
    report(&house, "nobody", "to = \"company-head;employee:77;team:Nord\"", "SELECT 1 AS x");
    house.write("reports/broken.sql", "SELECT 1");
    report(&house, "pretty", "template = \"pretty\"", "SELECT 1 AS x");
    report(&house, "plain", "template = \"plain\"", "SELECT 1 AS x");
    report(&house, "unread", "template = \"unread\"", "SELECT 1 AS x");
    std::fs::create_dir_all(house.path().join("templates/report/unread")).unwrap();
    house.write("templates/report/unread/body.html", "{% if %}");
    report(&house, "amounts", "money = [\"x\", \"y\"]", "SELECT 1 AS x");
    report(&house, "gone", "template = \"gone\"", "SELECT 1 AS x");
    std::fs::create_dir_all(house.path().join("templates/report/pretty")).unwrap();
    std::fs::create_dir_all(house.path().join("templates/report/plain")).unwrap();
    house.write("templates/report/pretty/body.txt", "{{ title }} of {{ totle }}");
    house.write("templates/report/plain/subject.txt", "{{ title }}: {{ total }}");
    house.configure("templates = \"templates\"\n[report]\nfolder = \"reports\"\n");
    let checked = house.wvl(&["report", "check", "--as-of", NOW]);
    assert_eq!(checked.code, 3, "{}", checked.stderr);
    for told in [
        "renamed.sql: column \"nmae\" does not exist (line 6, column 8",
        "default.sql: from: \"irgendwann\" is not a date",
        "unused.sql: nothing in it asks for :from",
        "nobody.sql: company-head means nobody",
        "nobody.sql: employee 77 has no mail address",
        "nobody.sql: team Nord has nobody",
        "broken.sql: a report begins with its head",
        "pretty.sql: template report/pretty/body.txt cannot be rendered",
        "totle",
        "unread.sql: template report/unread/body.html does not parse",
        "gone.sql: there is no template report/gone",
        "amounts.sql: money: there is no column y",
    ] {
        assert!(checked.stderr.contains(told), "{told}\n{}", checked.stderr);
    }
    for sound in ["sound.sql", "plain.sql"] {
        assert!(!checked.stderr.contains(sound), "{sound}\n{}", checked.stderr);
    }
    assert_eq!(house.wvl(&["report", "check", "sound"]).code, 0);
    assert_eq!(house.wvl(&["report", "check", "renamed"]).code, 3);
    assert_eq!(house.wvl(&["report", "check", "soond"]).code, 4);
    std::fs::set_permissions(house.path().join("reports"), std::fs::Permissions::from_mode(0o777)).unwrap();
    let open = house.wvl(&["report", "check", "sound"]);
    assert!(open.code == 3 && open.stderr.contains("may be changed by others"), "{}", open.stderr);
}

#[test]
fn a_mail_gets_the_first_rows_and_a_file_within_limits() {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    let when = When { now: NOW.parse().unwrap(), zone: chrono_tz::Europe::Berlin };
    let moment = Moment::new(when.now, when.zone);
    let how = How::new(when, std::time::Duration::from_secs(20), false);
    let text = "/* wvl\ntitle = \"Probe\"\ncounts_by = \"x\"\nformats = [\"mail\", \"csv-de\", \"xlsx\"]\n\
                [parameter.rows]\ntype = \"integer\"\ndefault = 100\n*/\nSELECT n AS \"Nr\" FROM generate_series(1, :rows) n";
    let own = Own::read("probe", "probe.sql", text, &Channels::default()).unwrap();
    let mut collect = |rows: &str| {
        let given = [("rows".to_owned(), rows.to_owned())];
        let values = own.values(&mut connection, &given, &moment).unwrap();
        let limits = Limits { rows_in_mail: 5, rows_attached: 1_000 };
        own.collect(&mut connection, &values, &how, limits, Language::German).unwrap()
    };
    let found = collect("20");
    assert_eq!((found.total, found.first.len(), found.too_much.as_deref()), (20, 5, None));
    let ways: Vec<SentAs> = found.files.iter().map(|(way, _)| *way).collect();
    assert_eq!(ways, [SentAs::Xlsx, SentAs::CsvDe]);
    assert!(found.files[1].1.starts_with("\u{feff}\"Nr\"\r\n1\r\n2\r\n".as_bytes()));
    let found = collect("2000");
    assert_eq!((found.total, found.is_cut, found.first.len(), found.files.len()), (1_000, true, 5, 0));
    assert_eq!(found.too_much.as_deref(), Some("more than 1000 rows are not attached"));
    let found = collect("0");
    assert_eq!((found.total, found.columns.len(), found.files.len()), (0, 1, 2));

    // and the words of the mail
    let found = collect("20");
    let values = own.values(&mut connection, &[("rows".to_owned(), "20".to_owned())], &moment).unwrap();
    let templates = Templates::embedded().unwrap();
    for (language, said) in
        [(Language::German, "… 15 weitere Zeilen; alle stehen"), (Language::English, "… 15 more rows; all")]
    {
        let view = View::new(&own, &values, &found, "Haus <b>", language);
        let mail = mail::render(&templates, &own, &view, language).unwrap();
        assert!(mail.text.contains(said) && mail.html.contains(said), "{}", mail.text);
        assert!(mail.html.contains(">5</td>") && !mail.html.contains("Haus <b>"), "{}", mail.html);
        assert!(mail.text.lines().all(|line| line.chars().count() <= 72), "{}", mail.text);
    }

    // what somebody asks is checked here too
    let values = own.values(&mut connection, &[("rows".to_owned(), "viele".to_owned())], &moment);
    assert_eq!(values.unwrap_err().kind(), Kind::Usage);
}
