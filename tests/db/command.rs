//! `wvl db` as it is typed: exit codes and what is printed.

use super::cluster::OwnCluster;
use crate::env::database::run_as_superuser;
use crate::env::environment::{bare_command, run};
use crate::env::{TestDatabase, TestEnvironment};

#[test]
fn migrate_and_status_of_a_configured_database() {
    let environment = TestEnvironment::with_database(TestDatabase::empty());
    let status = environment.wvl(&["db", "status", "--json"]);
    assert_eq!(status.code, 78);
    assert!(status.stdout.contains("\"schema\": \"wrong\"") && status.stderr.contains("wvl db migrate"));
    let script = environment.ok(&["db", "migrate", "-n"]);
    assert!(script.starts_with("BEGIN;") && script.ends_with("COMMIT;\n"), "{script}");
    assert_eq!(environment.ok(&["db", "migrate"]), "", "jobs are silent off a terminal");
    assert_eq!(environment.ok(&["db", "migrate"]), "");
    assert!(environment.ok(&["db", "status", "--json"]).contains("\"schema\": \"current\""));
    let url = environment.ok(&["db", "url"]);
    assert_eq!(url.trim(), environment.database.url);
    let role = environment.ok(&["db", "psql", "--", "-XAtc", "SELECT current_user"]);
    assert_eq!(role, "wvl\n");
    let refused = environment.wvl(&["db", "stop"]);
    assert_eq!(refused.code, 78, "{}", refused.stderr);
}

#[test]
fn a_schema_of_another_version_ends_78() {
    let environment = TestEnvironment::with_database(TestDatabase::empty());
    let run = environment.wvl(&["escalate", "list"]);
    assert_eq!(run.code, 78, "{}", run.stderr);
    assert!(run.stderr.contains("wvl db migrate") && run.stdout.is_empty(), "{}", run.stderr);
}

#[test]
fn who_may_not_create_the_group_roles_gets_the_statements() {
    let own = OwnCluster::new();
    let cluster = own.cluster();
    cluster.start().unwrap();
    run_as_superuser(&cluster, "postgres", "ALTER ROLE wvl NOCREATEROLE");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("wvl.toml");
    let text = format!("[database]\nstate_dir = {:?}\n[calendar.default]\nstate = \"DE-BW\"\n", cluster.state_dir());
    std::fs::write(&config, text).unwrap();
    let migrate = || run(bare_command(&["db", "migrate", "--config"]).arg(&config));
    let refused = migrate();
    assert_eq!(refused.code, 77, "{}", refused.stderr);
    let statements = "CREATE ROLE wvl_read NOLOGIN; CREATE ROLE wvl_work NOLOGIN; CREATE ROLE wvl_admin NOLOGIN; \
                      CREATE ROLE wvl_cron NOLOGIN;";
    assert!(refused.stderr.contains(statements), "{}", refused.stderr);
    // a superuser does as he was told, and all is well
    run_as_superuser(&cluster, "postgres", statements);
    let done = migrate();
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (0, "", ""));
}

/// Who and where come from the configuration alone: cron and shell reach the same database as the same role.
#[test]
fn the_environment_decides_nothing() {
    let environment = TestEnvironment::new();
    let mut command = environment.command(&["db", "status", "--json"]);
    command
        .env("PGOPTIONS", "-c role=postgres -c search_path=public")
        .env("PGUSER", "postgres")
        .env("PGHOST", "/nowhere");
    command.env("PGPORT", "1").env("PGDATABASE", "postgres").env("HOME", "/nowhere").env("LANG", "de_DE.UTF-8");
    let service = "[elsewhere]\nhostaddr=127.0.0.1\nsslmode=require\ntarget_session_attrs=standby\ndbname=postgres\n";
    let file = environment.write("services", service);
    command.env("PGHOSTADDR", "127.0.0.1").env("PGSERVICE", "elsewhere").env("PGSERVICEFILE", file);
    command.env("PGSSLMODE", "verify-full").env("PGSSLROOTCERT", "/nowhere").env("PGTARGETSESSIONATTRS", "standby");
    command.env("PGREQUIREPEER", "nobody").env("PGGSSENCMODE", "require");
    let run = run(&mut command);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("\"role\": \"wvl\"") && run.stdout.contains("\"current\""), "{}", run.stdout);
}

/// Who may not make a schema is told that, and not of group roles that would not help.
#[test]
fn a_missing_right_to_create_is_told() {
    let mut environment = TestEnvironment::with_database(TestDatabase::empty());
    environment.database.url = environment.database.url_as("wvl_test_creator");
    environment.database.execute_as_superuser("ALTER ROLE wvl_test_creator CREATEROLE");
    environment.configure("");
    let run = environment.wvl(&["db", "migrate"]);
    assert_eq!(run.code, 77, "{}", run.stderr);
    assert!(run.stderr.contains("GRANT CREATE ON DATABASE") && !run.stderr.contains("GRANT wvl_"), "{}", run.stderr);
}

#[test]
fn a_server_without_a_free_connection_ends_75() {
    let mut environment = TestEnvironment::new();
    environment.database.url = environment.database.url_as("wvl_test_crowd");
    environment.database.execute_as_superuser("ALTER ROLE wvl_test_crowd CONNECTION LIMIT 0");
    environment.configure("");
    let run = environment.wvl(&["db", "migrate"]);
    assert_eq!(run.code, 75, "{}", run.stderr);
}

#[test]
fn a_server_that_is_not_there_ends_69() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("wvl.toml");
    std::fs::write(&config, "[database]\nurl = \"postgresql://wvl@127.0.0.1:1/wvl\"\n").unwrap();
    let mut command = bare_command(&["db", "migrate", "--config"]);
    let run = run(command.arg(&config));
    assert_eq!(run.code, 69, "{}", run.stderr);
    assert!(run.stderr.contains("127.0.0.1"), "{}", run.stderr);
}
