//! Through a real pgbouncer in transaction mode, where two clients share one server connection.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use wvl::db::parameters::Parameters;
use wvl::db::{self, DatabaseSettings, Places, migrations};

use crate::env::{TestDatabase, TestEnvironment};

/// A pgbouncer with one server connection; ends with the test.
struct Bouncer {
    child: Child,
    folder: tempfile::TempDir,
}

impl Bouncer {
    fn start(database: &TestDatabase, mode: &str) -> Bouncer {
        use std::os::unix::fs::PermissionsExt;
        let server = Parameters::parse(&database.url).unwrap();
        let folder = tempfile::Builder::new().prefix("wvl-bouncer").tempdir_in("/tmp").unwrap();
        let path = folder.path();
        // the pool logs in as the cluster's owner, who is let in as wvl like we are
        let owner = std::fs::metadata(server.get("host").unwrap()).unwrap();
        let (uid, gid) = (std::os::unix::fs::MetadataExt::uid(&owner), std::os::unix::fs::MetadataExt::gid(&owner));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
        let ini = format!(
            "[databases]\npooled = host={} port=5432 user=wvl dbname={}\n[pgbouncer]\nunix_socket_dir = {}\n\
             listen_port = 5432\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = {}\n",
            server.get("host").unwrap(),
            server.get("dbname").unwrap(),
            path.display(),
            // a session keeps its server connection to itself
            if mode == "session" { 5 } else { 1 }
        );
        std::fs::write(path.join("pgbouncer.ini"), ini).unwrap();
        let mut command = Command::new("pgbouncer");
        command.env("PATH", "/usr/sbin:/usr/bin:/bin").arg("--quiet").arg(path.join("pgbouncer.ini"));
        if nix::unistd::geteuid().is_root() {
            command.uid(uid).gid(gid);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("pgbouncer: {error}; .ci/setup test installs it"));
        Bouncer { child, folder }
    }

    fn settings(&self) -> DatabaseSettings {
        let url = format!("postgresql://anyone@/pooled?host={}", self.folder.path().display());
        // prepared statements need 1.21; Debian 12 has 1.18
        DatabaseSettings { url: Some(url), prepared_statements: false, ..DatabaseSettings::default() }
    }

    fn connect(&self) -> PgConnection {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match db::connect(&self.settings(), &Places::default()) {
                Ok(connection) => return connection,
                Err(error) if Instant::now() > deadline => panic!("{}", error.full_message()),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn transaction_mode_changes_nothing() {
    let database = TestDatabase::empty();
    let bouncer = Bouncer::start(&database, "transaction");
    let (mut first, mut second) = (bouncer.connect(), bouncer.connect());
    migrations::run(&mut first).unwrap_or_else(|error| panic!("{}", error.full_message()));
    migrations::check_schema(&mut second).unwrap();

    // both on the one server connection, each statement more than once, with binds
    for round in 0..3_i32 {
        for connection in [&mut first, &mut second] {
            db::transaction(connection, |connection| {
                diesel::sql_query("INSERT INTO job_runs (job, host, pid) VALUES ('test', 'host', $1)")
                    .bind::<diesel::sql_types::Integer, _>(round)
                    .execute(connection)?;
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{}", error.full_message()));
        }
    }
    assert_eq!(database.number("SELECT count(*) FROM wvl.job_runs"), 6);

    // what one client does to its session is not found by the other
    let path = db::transaction(&mut first, |connection| {
        connection.batch_execute("SET LOCAL search_path = pg_catalog")?;
        Ok(())
    });
    path.unwrap();
    db::read_only(&mut second, |connection| Ok(connection.batch_execute("SELECT count(*) FROM job_runs")?)).unwrap();
}

/// pg_dump works in one transaction; what it sets for its session before that finds nobody of ours unprepared.
#[test]
fn a_dump_is_whole_in_either_mode() {
    for mode in ["session", "transaction"] {
        let mut environment = TestEnvironment::new();
        environment.database.execute("INSERT INTO tasks (number, title) VALUES (1, 'Durch den Pool')");
        let bouncer = Bouncer::start(&environment.database, mode);
        drop(bouncer.connect());
        environment.database.url = bouncer.settings().url.unwrap();
        let text = std::fs::read_to_string(environment.config()).unwrap();
        let direct = text.lines().find(|line| line.starts_with("url = ")).unwrap().to_owned();
        let pooled = format!("url = {:?}\nprepared_statements = false", environment.database.url);
        environment.write("wvl.toml", text.replace(&direct, &pooled));
        for file in ["one.dump", "two.dump"] {
            assert_eq!(environment.ok(&["db", "dump", file]), format!("{file}\n"), "{mode}");
        }
        let listed =
            Command::new("pg_restore").arg("--file=-").arg(environment.path().join("two.dump")).output().unwrap();
        assert!(String::from_utf8_lossy(&listed.stdout).contains("Durch den Pool"), "{mode}");
        environment.ok(&["task", "list"]);
    }
}
