//! The configuration end to end: what `generate` writes, what `validate` finds, what `show` shows and hides.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::env::environment::{Run, bare_command, run};

fn wvl(folder: &Path, arguments: &[&str]) -> Run {
    run(bare_command(arguments).current_dir(folder))
}

fn folder_with(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wvl.toml"), config).unwrap();
    folder
}

#[test]
fn what_generate_writes_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let generated = wvl(folder.path(), &["config", "generate", "new/wvl.toml"]);
    assert_eq!((generated.code, generated.stdout.as_str()), (0, ""), "{}", generated.stderr);
    let validated = wvl(folder.path(), &["config", "validate", "new/wvl.toml"]);
    assert_eq!(validated.code, 0, "{}", validated.stderr);
    assert_eq!(validated.stderr.matches("warning: ").count(), 1, "{}", validated.stderr);
    assert!(validated.stderr.contains("calendar.default: no state is set"), "{}", validated.stderr);

    let keys = folder.path().join("new/signing-keys");
    assert_eq!(std::fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600);
    let key = std::fs::read(&keys).unwrap();
    let again = wvl(folder.path(), &["config", "generate", "new/wvl.toml"]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("new/wvl.toml exists already"), "{}", again.stderr);
    assert_eq!(std::fs::read(&keys).unwrap(), key);
}

#[test]
fn what_generate_prints_is_right_too() {
    let folder = tempfile::tempdir().unwrap();
    let printed = wvl(folder.path(), &["config", "generate"]).stdout;
    std::fs::write(folder.path().join("wvl.toml"), printed).unwrap();
    let validated = wvl(folder.path(), &["config", "validate", "wvl.toml"]);
    assert_eq!(validated.code, 0, "{}", validated.stderr);
}

/// A machine's configuration serves every user of it; its secrets are those of the user who runs the jobs.
#[test]
fn who_may_not_read_a_secret_can_still_do_what_needs_none() {
    use std::os::unix::process::CommandExt;
    let folder = tempfile::Builder::new().prefix("wvl").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(wvl(folder.path(), &["config", "generate", "wvl.toml"]).code, 0);
    let config = folder.path().join("wvl.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let server = "\nfrom = \"wvl@firma.de\"\nredirect_to = \"a@firma.de\"\n[mail.smtp]\nhost = \"mx\"\nuser = \"wvl\"\n\
                  password_file = \"signing-keys\"\n";
    let text = text.replacen("\n[mail.smtp]\n", server, 1);
    let key = std::fs::read_to_string(folder.path().join("signing-keys")).unwrap();
    std::fs::write(folder.path().join("signing-keys"), key.lines().last().unwrap()).unwrap();
    std::fs::write(&config, text).unwrap();

    // where the sources lie nobody else may reach
    let program = folder.path().join("wvl");
    std::fs::copy(env!("CARGO_BIN_EXE_wvl"), &program).unwrap();
    let as_nobody = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&program);
        command.args(arguments).env_clear().current_dir("/").env("WVL_CONFIG", &config);
        if nix::unistd::geteuid().is_root() {
            command.uid(65534).gid(65534);
        } else {
            // nobody may read it, not even we
            std::fs::set_permissions(folder.path().join("signing-keys"), std::fs::Permissions::from_mode(0o0)).unwrap();
        }
        run(&mut command)
    };
    let other = as_nobody(&["config", "show", "mail.mode"]);
    assert_eq!((other.code, other.stdout.as_str()), (0, "mail.mode\tredirect\n"), "{}", other.stderr);
    let elapsed = as_nobody(&["calendar", "holidays", "--year", "2026", "--state", "DE-BW"]);
    assert_eq!(elapsed.code, 0, "{}", elapsed.stderr);
    let validated = as_nobody(&["config", "validate"]);
    assert_eq!(validated.code, 78);
    assert_eq!(validated.stderr.matches("Permission denied").count(), 2, "{}", validated.stderr);
    assert!(validated.stderr.contains("run this as the user it belongs to"), "{}", validated.stderr);
}

/// The generated file has the values of the seed's table: read as plain TOML, not through our own settings.
#[test]
fn generated_types_equal_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let text = wvl(folder.path(), &["config", "generate"]).stdout;
    let config: toml::Table = text.parse().unwrap();
    let types = config["escalation"].as_table().unwrap();
    let facts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/escalation-types.csv");
    let mut keys = Vec::new();
    for row in csv::Reader::from_path(facts).unwrap().deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let rules = types[&row["key"]].as_table().unwrap();
        let text = |key: &str| rules.get(key).map_or("", |value| value.as_str().unwrap()).to_owned();
        let tick = |key: &str| if rules[key].as_bool().unwrap() { "yes" } else { "no" };
        for key in ["label", "from", "to", "clock", "basis"] {
            assert_eq!(row[key], text(key), "{} {key}", row["key"]);
        }
        for key in ["active", "saturday", "sunday"] {
            assert_eq!(row[key], tick(key), "{} {key}", row["key"]);
        }
        for stage in ["stage1", "stage2", "stage3"] {
            let hours =
                rules[stage].get("hours").map_or(String::new(), |hours| format!("{:.2}", hours.as_float().unwrap()));
            assert_eq!(row[&format!("{stage}_hours")], hours, "{} {stage}", row["key"]);
            let to = rules[stage]["to"].as_str().unwrap();
            assert_eq!(english(&row[&format!("{stage}_recipients")]), to, "{} {stage}", row["key"]);
        }
        keys.push(row["key"].clone());
    }
    let place = |key: &str| text.find(&format!("[escalation.{key}]")).unwrap();
    let additions = text.find("# Additions").unwrap();
    assert!(keys.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])), "in the order of the table");
    assert!(keys.iter().all(|key| place(key) < additions));
    assert!(["birthday", "task", "invoice-overdue"].iter().all(|key| place(key) > additions));
}

fn english(recipients: &str) -> String {
    let words = [
        ("ADM", "adm"),
        ("Bearbeiter", "handler"),
        ("Vorgesetzter", "supervisor"),
        ("Unternehmensleiter", "company-head"),
    ];
    words.iter().fold(recipients.to_owned(), |text, (german, word)| text.replace(german, word))
}

#[test]
fn five_mistakes_are_told_at_once() {
    let folder = folder_with(
        "[company]\nzone = \"Europe/Berln\"\n\n[mail]\nfrom = \"wvl@firma.de\"\nredirect_to = \"a@firma.de\"\nmoed = \"off\"\n\n\
         [mail.smtp]\nhost = \"mail.firma.de\"\nport = 70000\n\n\
         [escalation.offer-follow-up]\nstage1 = { hours = -1, to = \"adm\" }\n\n[escalation.offer-folow-up]\nactive = true\n",
    );
    let told = "error: wvl.toml:2:8: company.zone: there is no time zone \"Europe/Berln\"; did you mean \"Europe/Berlin\"?\n\
         wvl.toml:7:1: mail.moed: there is no such key; did you mean \"mode\"?\n\
         wvl.toml:11:8: mail.smtp.port: 70000 is not between 1 and 65535\n\
         wvl.toml:14:20: escalation.offer-follow-up.stage1.hours: -1 hours are negative; 0 switches it off\n\
         wvl.toml:16:13: escalation.offer-folow-up: there is no such section; did you mean \"offer-follow-up\"?\n";
    let validated = wvl(folder.path(), &["config", "validate", "wvl.toml"]);
    assert_eq!(validated.code, 78);
    assert!(validated.stderr.ends_with(told), "{}", validated.stderr);

    // any other command stops at the start with the same words
    let other = wvl(folder.path(), &["-c", "wvl.toml", "config", "show"]);
    assert_eq!(other.code, 78);
    assert!(other.stderr.ends_with(told), "{}", other.stderr);

    let json = wvl(folder.path(), &["config", "validate", "wvl.toml", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((list[1]["line"].as_i64(), list[1]["column"].as_i64()), (Some(7), Some(1)));
    assert_eq!(list[1]["suggestion"], "did you mean \"mode\"?");
}

#[test]
fn show_tells_where_a_value_comes_from_and_no_secret() {
    let folder = folder_with("[mail.smtp]\nhost = \"mx\"\n");
    let config = folder.path().join("wvl.toml");
    std::fs::remove_file(&config).unwrap();
    std::fs::write(
        &config,
        "[database]\nurl = \"postgres://wvl:hunter2@db/wvl\"\n[mail]\nmode = \"off\"\n[mail.smtp]\npassword = \"hunter2\"\n",
    )
    .unwrap();
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
    let shown = wvl(folder.path(), &["-c", "wvl.toml", "config", "show", "--origin"]);
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert!(lines.contains(&"mail.mode\toff\twvl.toml:4"), "{}", shown.stdout);
    assert!(lines.contains(&"company.zone\tEurope/Berlin\tdefault"), "{}", shown.stdout);
    assert!(lines.contains(&"database.url\tpostgresql://wvl@db/wvl\twvl.toml:2"), "{}", shown.stdout);
    assert!(!format!("{shown:?}").contains("hunter2"), "{shown:?}");
}

#[test]
fn a_nesting_bomb_is_told_and_not_fatal() {
    let folder = folder_with(&format!("a = {}", "[".repeat(20_000)));
    let validated = wvl(folder.path(), &["config", "validate", "wvl.toml"]);
    assert_eq!(validated.code, 78, "{}", validated.stderr);
    assert!(validated.stderr.len() < 5_000);
}

#[test]
fn a_named_file_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let validated = wvl(folder.path(), &["-c", "nowhere.toml", "config", "validate"]);
    assert_eq!(validated.code, 78);
    assert!(validated.stderr.contains("nowhere.toml named by -c/--config does not exist"), "{}", validated.stderr);
}
