//! Through a real pgbouncer in transaction mode, where two clients share one server connection.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use wvl::db::parameters::Parameters;
use wvl::db::{self, DatabaseSettings, Places, migrations};

use crate::env::TestDatabase;

/// A pgbouncer with one server connection; ends with the test.
struct Bouncer {
    child: Child,
    folder: tempfile::TempDir,
}

impl Bouncer {
    fn start(database: &TestDatabase) -> Bouncer {
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
             listen_port = 5432\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 1\n",
            server.get("host").unwrap(),
            server.get("dbname").unwrap(),
            path.display()
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
    let bouncer = Bouncer::start(&database);
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
