//! The cluster of the test run, the migrated template, and its clones.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use wvl::db::cluster::Status;
use wvl::db::{Cluster, DatabaseSettings, Places, migrations};

/// Concurrent `cargo test` runs of one user that can each have a cluster.
const SLOTS: u32 = 16;

/// A database of the current schema that belongs to one test; dropped at its end.
pub struct TestDatabase {
    name: String,
    /// What a configuration would say: `postgresql://…`.
    pub url: String,
}

impl TestDatabase {
    /// A clone of the migrated template (about 50 ms).
    pub fn new() -> TestDatabase {
        let template = &cluster().template;
        TestDatabase::named(|name| format!("CREATE DATABASE {name} TEMPLATE {template}"))
    }

    /// A copy as it stands, from which mails may leave; nobody may be connected to the original.
    pub fn copy(&self) -> TestDatabase {
        let copy = self.held_copy();
        copy.execute("DELETE FROM outbox_guards");
        copy
    }

    /// The same as an administrator makes it: its outbox is held, if anything ever left the original.
    pub fn held_copy(&self) -> TestDatabase {
        TestDatabase::named(|name| format!("CREATE DATABASE {name} TEMPLATE {}", self.name))
    }

    /// A database without any schema.
    pub fn empty() -> TestDatabase {
        TestDatabase::named(|name| format!("CREATE DATABASE {name}"))
    }

    fn named(statement: impl Fn(&str) -> String) -> TestDatabase {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        cluster().maintenance().batch_execute(&statement(&name)).unwrap();
        let url = cluster().url(&name);
        TestDatabase { name, url }
    }

    /// The section `[database]` for this database.
    pub fn settings(&self) -> DatabaseSettings {
        DatabaseSettings { url: Some(self.url.clone()), ..DatabaseSettings::default() }
    }

    /// A connection; tables need no prefix, even outside a transaction.
    pub fn connect(&self) -> PgConnection {
        let mut connection = wvl::db::connect(&self.settings(), &Places::default()).unwrap();
        connection.batch_execute("SET search_path = wvl, pg_catalog, pg_temp").unwrap();
        connection
    }

    /// Runs statements as wvl's role.
    pub fn execute(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    /// The one number that the query answers.
    pub fn number(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        let sql = format!("SELECT ({sql})::bigint AS number");
        diesel::sql_query(&sql)
            .get_result::<Row>(&mut self.connect())
            .unwrap_or_else(|error| panic!("{error}\n{sql}"))
            .number
    }

    /// The one text that the query answers; "" for NULL.
    pub fn text(&self, sql: &str) -> String {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            text: String,
        }
        let sql = format!("SELECT coalesce(({sql})::text, '') AS text");
        diesel::sql_query(&sql)
            .get_result::<Row>(&mut self.connect())
            .unwrap_or_else(|error| panic!("{error}\n{sql}"))
            .text
    }

    /// Runs statements as the superuser: what an administrator would do beside wvl.
    pub fn execute_as_superuser(&self, sql: &str) {
        run_as_superuser(&cluster().cluster, &self.name, sql);
    }

    /// The address for another role, made if absent, that may log in and nothing else.
    pub fn url_as(&self, role: &str) -> String {
        cluster().let_in(role);
        self.url.replacen("wvl@", &format!("{role}@"), 1)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // a failing test may have left anything behind; the next run clears up again
        let _ = cluster().maintenance().batch_execute(&statement);
    }
}

/// The cluster of this test process.
struct TestCluster {
    cluster: Cluster,
    template: String,
    maintenance: Mutex<PgConnection>,
    logins: Mutex<Vec<String>>,
    _slot: File,
}

fn cluster() -> &'static TestCluster {
    static CLUSTER: OnceLock<TestCluster> = OnceLock::new();
    CLUSTER.get_or_init(TestCluster::start)
}

impl TestCluster {
    fn start() -> TestCluster {
        let (slot, folder) = take_slot();
        let settings = DatabaseSettings { state_dir: Some(folder.clone()), ..DatabaseSettings::default() };
        let places = places();
        let cluster = Cluster::new(&settings, &places).unwrap();
        // with fsync off a crash of the machine may leave anything
        if let Err(error) = cluster.start() {
            eprintln!("test cluster made anew: {}", error.full_message());
            std::fs::remove_dir_all(folder.join("data")).unwrap();
            cluster.start().unwrap_or_else(|error| panic!("{} {:?}", error.full_message(), error.hints()));
        }
        stop_with_this_process(&cluster);
        run_as_superuser(&cluster, "postgres", "ALTER ROLE wvl CREATEDB");

        let mut maintenance = wvl::db::connect(&settings, &places).unwrap();
        for name in databases(&mut maintenance, "test_%") {
            maintenance.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
        }
        let template = template_name();
        let cluster = TestCluster {
            cluster,
            template,
            maintenance: Mutex::new(maintenance),
            logins: Mutex::new(Vec::new()),
            _slot: slot,
        };
        cluster.migrate_template();
        cluster
    }

    fn url(&self, database: &str) -> String {
        let mut parameters = self.cluster.parameters();
        parameters.set("dbname", database);
        parameters.masked()
    }

    fn maintenance(&self) -> MutexGuard<'_, PgConnection> {
        self.maintenance.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Migrated under another name and renamed: a template that bears its name is complete.
    fn migrate_template(&self) {
        let mut maintenance = self.maintenance();
        let present = databases(&mut maintenance, "template_%");
        if present.contains(&self.template) {
            return;
        }
        for name in present.iter().filter(|name| name.as_str() != "template_postgis") {
            let _ = maintenance.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
        maintenance.batch_execute("CREATE DATABASE template_new").unwrap();
        let settings = DatabaseSettings { url: Some(self.url("template_new")), ..DatabaseSettings::default() };
        let mut connection = wvl::db::connect(&settings, &Places::default()).unwrap();
        if let Err(error) = migrations::run(&mut connection) {
            panic!("{}", error.full_message());
        }
        // statistics, so that the plans of the tests are those of a database in use
        connection.batch_execute("ANALYZE").unwrap();
        drop(connection);
        maintenance.batch_execute(&format!("ALTER DATABASE template_new RENAME TO {}", self.template)).unwrap();
    }

    /// Lets a role log in from this process's user.
    fn let_in(&self, role: &str) {
        let mut logins = self.logins.lock().unwrap();
        if logins.iter().any(|known| known == role) {
            return;
        }
        let create = format!(
            "DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        run_as_superuser(&self.cluster, "postgres", &create);
        let path = self.cluster.data_dir().join("pg_ident.conf");
        let map = std::fs::read_to_string(&path).unwrap();
        let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap().name;
        let line = format!("wvl {user} {role}\n");
        if !map.contains(&line) {
            std::fs::write(&path, map + &line).unwrap();
            run_as_superuser(&self.cluster, "postgres", "SELECT pg_reload_conf(), pg_sleep(0.2)");
        }
        logins.push(role.to_owned());
    }
}

/// A folder that this process has for itself until it ends. Not below the sources: the path must be short, and the server's
/// user must be able to reach it.
fn take_slot() -> (File, PathBuf) {
    let digest = Sha256::digest(env!("CARGO_MANIFEST_DIR"));
    let name: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    for slot in 0..SLOTS {
        let folder = PathBuf::from(format!("/tmp/wvl-tests-{}-{name}-{slot}", nix::unistd::geteuid()));
        make_private_folder(&folder);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("slot")).unwrap();
        if file.try_lock().is_ok() {
            let settings = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 200\n";
            std::fs::write(folder.join("postgresql.local.conf"), settings).unwrap();
            return (file, folder);
        }
    }
    panic!("{SLOTS} test runs at once");
}

/// A folder that the server's user can pass through and only we can write.
pub fn make_private_folder(folder: &Path) {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    match std::fs::DirBuilder::new().mode(0o755).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => panic!("{}: {error}", folder.display()),
        _ => {}
    }
    let metadata = folder.symlink_metadata().unwrap();
    assert!(metadata.is_dir() && metadata.uid() == nix::unistd::geteuid().as_raw(), "{}", folder.display());
}

/// Runs SQL as the superuser of a private cluster: what an administrator does by hand. Only the data's owner can.
pub fn run_as_superuser(cluster: &Cluster, database: &str, sql: &str) {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(cluster.data_dir()).unwrap();
    let mut command = Command::new(cluster.client_folder().unwrap().join("psql"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
    if nix::unistd::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--username=postgres", "--dbname", database]);
    let output = command.arg("--host").arg(cluster.socket_dir()).args(["--command", sql]).output().unwrap();
    assert!(output.status.success(), "{}\n{sql}", String::from_utf8_lossy(&output.stderr));
}

/// Where main would look for the server's programs.
pub fn places() -> Places {
    Places { pg_bindir: std::env::var_os("WVL_PG_BINDIR").map(Into::into), path: std::env::var_os("PATH") }
}

/// A shell that waits for the end of our end of a pipe, and so for the end of this process, and stops the server then.
fn stop_with_this_process(cluster: &Cluster) {
    let Status::Running { pid, .. } = cluster.status().unwrap() else { panic!("the test cluster does not run") };
    let child = Command::new("sh")
        .args(["-c", &format!("read _; kill -INT {pid}")])
        // a Ctrl-C is for the tests, not for whoever cleans up behind them
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::mem::forget(child);
}

fn databases(connection: &mut PgConnection, pattern: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        datname: String,
    }
    diesel::sql_query("SELECT datname::text FROM pg_database WHERE datname LIKE $1 AND NOT datistemplate")
        .bind::<diesel::sql_types::Text, _>(pattern)
        .load::<Row>(connection)
        .unwrap()
        .into_iter()
        .map(|row| row.datname)
        .collect()
}

/// Another schema is another template.
fn template_name() -> String {
    let mut digest = Sha256::new();
    for migration in migrations::all() {
        digest.update(migration.name);
        digest.update(migration.up);
    }
    let digits: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("template_{digits}")
}
