//! The private cluster's life: made, started, stopped, killed, refused.

use std::sync::Barrier;

use diesel::connection::SimpleConnection;
use wvl::db::cluster::{Started, Status};
use wvl::db::{Cluster, DatabaseSettings, Places};
use wvl::error::Kind;

use crate::env::database::{make_private_folder, places};
use crate::env::environment::{bare_command_of, run};

/// A private cluster of the test's own; stopped and removed at the end.
pub struct OwnCluster {
    folder: tempfile::TempDir,
    pub settings: DatabaseSettings,
}

impl OwnCluster {
    pub fn new() -> OwnCluster {
        OwnCluster::below("state")
    }

    /// One that writes as a company's does, so that a crash of the server loses nothing.
    pub fn durable() -> OwnCluster {
        let own = OwnCluster::below("state");
        let state_dir = own.settings.state_dir.as_ref().unwrap();
        std::fs::write(state_dir.join("postgresql.local.conf"), "fsync = on\n").unwrap();
        own
    }

    fn below(name: &str) -> OwnCluster {
        let folder = tempfile::Builder::new().prefix("wvl").tempdir_in("/tmp").unwrap();
        open_to_server(folder.path());
        let state_dir = folder.path().join(name);
        make_private_folder(&state_dir);
        // a crash of the machine is not part of the test
        std::fs::write(state_dir.join("postgresql.local.conf"), "fsync = off\n").unwrap();
        let settings = DatabaseSettings { state_dir: Some(state_dir), ..DatabaseSettings::default() };
        OwnCluster { folder, settings }
    }

    pub fn cluster(&self) -> Cluster {
        Cluster::new(&self.settings, &places()).unwrap()
    }

    /// Of the server.
    pub fn pid(&self) -> i32 {
        match self.cluster().status().unwrap() {
            Status::Running { pid, .. } => pid,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        let _ = self.cluster().stop();
        assert!(self.folder.path().starts_with("/tmp"));
    }
}

fn open_to_server(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_private_cluster_lives_through_start_stop_and_crash() {
    let own = OwnCluster::new();
    let cluster = own.cluster();
    assert_eq!(cluster.status().unwrap(), Status::NotCreated);
    assert!(!cluster.stop().unwrap());

    // the first command that needs it makes it
    let mut connection = wvl::db::connect(&own.settings, &places()).unwrap();
    connection
        .batch_execute("CREATE SCHEMA wvl; CREATE TABLE wvl.kept (n int); INSERT INTO wvl.kept VALUES (1)")
        .unwrap();
    assert!(connection.batch_execute("CREATE ROLE boss SUPERUSER").is_err(), "wvl must be no superuser");
    assert_eq!(cluster.start().unwrap(), Started::WasRunning);
    drop(connection);

    assert!(cluster.stop().unwrap());
    assert!(matches!(cluster.status().unwrap(), Status::Stopped { .. }));
    assert_eq!(cluster.start().unwrap(), Started::Started);

    // killed: its pid file stays, its number is a zombie's until somebody collects it, its backends are still leaving
    let _busy = wvl::db::connect(&own.settings, &places()).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(own.pid()), nix::sys::signal::SIGKILL).unwrap();
    let mut connection = wvl::db::connect(&own.settings, &places()).unwrap();
    connection.batch_execute("INSERT INTO wvl.kept VALUES (2)").unwrap();
    assert!(matches!(cluster.status().unwrap(), Status::Running { .. }));
}

/// A second name for the state directory (a link, a bind mount) is the same cluster; its pid file must not be taken for a
/// dead server's.
#[test]
fn a_cluster_under_a_second_name_stays_alive() {
    let own = OwnCluster::new();
    wvl::db::connect(&own.settings, &places()).unwrap();
    let alias = own.folder.path().join("alias");
    std::os::unix::fs::symlink(own.cluster().state_dir(), &alias).unwrap();
    let data = own.cluster().data_dir();
    let moved = data.with_file_name("moved");
    std::fs::rename(&data, &moved).unwrap();
    std::os::unix::fs::symlink(&moved, &data).unwrap();

    let settings = DatabaseSettings { state_dir: Some(alias), ..DatabaseSettings::default() };
    let cluster = Cluster::new(&settings, &places()).unwrap();
    assert_eq!(cluster.status().unwrap(), own.cluster().status().unwrap());
    assert!(matches!(cluster.status().unwrap(), Status::Running { .. }));
    assert_eq!(cluster.start().unwrap(), Started::WasRunning);
    assert!(moved.join("postmaster.pid").exists());
    wvl::db::connect(&settings, &places()).unwrap();
}

/// The folder belongs to a system user, as a package makes it: root and that user start, stop and use the same cluster.
#[test]
fn a_folder_of_a_system_user_is_his_cluster_for_root_too() {
    use std::os::unix::fs::{MetadataExt, chown};
    use std::os::unix::process::CommandExt;
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let games = nix::unistd::User::from_name("games").unwrap().unwrap();
    let (uid, gid) = (games.uid.as_raw(), games.gid.as_raw());
    let own = OwnCluster::new();
    let cluster = own.cluster();
    chown(cluster.state_dir(), Some(uid), Some(gid)).unwrap();
    let config = own.folder.path().join("wvl.toml");
    std::fs::write(
        &config,
        format!("[database]\nstate_dir = {:?}\n[calendar.default]\nstate = \"DE-BW\"\n", cluster.state_dir()),
    )
    .unwrap();
    // a copy: he may not look into the home that this was built in
    let program = own.folder.path().join("wvl");
    std::fs::copy(env!("CARGO_BIN_EXE_wvl"), &program).unwrap();
    let wvl = |as_games: bool, arguments: &[&str]| {
        let mut command = bare_command_of(&program, &[]);
        command.current_dir("/").arg("-c").arg(&config).args(arguments);
        if as_games {
            command.uid(uid).gid(gid);
        }
        let run = run(&mut command);
        assert_eq!(run.code, 0, "{arguments:?} {}", run.stderr);
        run.stdout
    };
    wvl(false, &["db", "migrate"]);
    for name in ["data", "run", "lock", "log"] {
        assert_eq!(cluster.state_dir().join(name).metadata().unwrap().uid(), uid, "{name}");
    }
    wvl(true, &["customer", "new", "K1", "Kunde"]);
    wvl(true, &["db", "stop"]);
    assert!(wvl(false, &["customer", "list"]).starts_with("K1"));
    wvl(false, &["db", "stop"]);
    assert!(wvl(true, &["customer", "list"]).starts_with("K1"));
    wvl(false, &["db", "dump", own.folder.path().join("x.dump").to_str().unwrap()]);
    own.cluster().stop().unwrap();
}

/// Postgres' account must get through what root makes, also under a careful umask.
#[test]
fn a_first_start_under_umask_077() {
    let folder = tempfile::Builder::new().prefix("wvl").tempdir_in("/tmp").unwrap();
    open_to_server(folder.path());
    let state_dir = folder.path().join("srv/wvl");
    let config = folder.path().join("wvl.toml");
    std::fs::write(&config, format!("[database]\nstate_dir = {state_dir:?}\n")).unwrap();
    let wvl = env!("CARGO_BIN_EXE_wvl");
    let script = format!("umask 077; {wvl} -c {0} db start && {wvl} -c {0} db stop", config.display());
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// pg_ctl gives up after a minute; a server that still replays its log is waited for.
#[test]
fn a_server_outlives_the_patience_of_pg_ctl() {
    use std::os::unix::fs::PermissionsExt;
    let own = OwnCluster::new();
    let real = own.cluster().client_folder().unwrap();
    let bin = own.folder.path().join("bin");
    make_private_folder(&bin);
    for (program, then) in [("initdb", ""), ("postgres", ""), ("pg_ctl", "; [ $1 = stop ]")] {
        let call = if then.is_empty() { "exec " } else { "" };
        let script = format!("#!/bin/sh\n{call}{}/{program} \"$@\"{then}\n", real.display());
        std::fs::write(bin.join(program), script).unwrap();
        std::fs::set_permissions(bin.join(program), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let places = Places { pg_bindir: Some(bin), path: None };
    let cluster = Cluster::new(&own.settings, &places).unwrap();
    assert_eq!(cluster.start().unwrap(), Started::Created);
    assert!(matches!(cluster.status().unwrap(), Status::Running { .. }));
}

#[test]
fn many_processes_start_one_cluster() {
    let own = OwnCluster::new();
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                wvl::db::connect(&own.settings, &places()).unwrap();
            });
        }
    });
    assert!(!own.cluster().state_dir().join("data.new").exists());
}

#[test]
fn an_unfinished_initdb_is_made_anew_and_a_long_path_gets_a_short_socket() {
    let own = OwnCluster::below(&"long-".repeat(20));
    let half = own.cluster().state_dir().join("data.new");
    std::fs::create_dir(&half).unwrap();
    std::fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    wvl::db::connect(&own.settings, &places()).unwrap();
    let socket = own.cluster().socket_dir();
    assert!(socket.as_os_str().len() < 90, "{}", socket.display());
    own.cluster().stop().unwrap();
    std::fs::remove_dir_all(socket).unwrap();
}

#[test]
fn data_of_another_version_is_refused_with_the_commands_that_help() {
    let own = OwnCluster::new();
    let data = own.cluster().data_dir();
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let error = own.cluster().start().unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    let hints = error.hints().join("\n");
    assert!(hints.contains("apt-get install postgresql-9") && hints.contains("wvl db upgrade"), "{hints}");
}

#[test]
fn a_newer_postgres_beside_the_data_is_a_remark() {
    use std::os::unix::fs::PermissionsExt;
    let own = OwnCluster::new();
    own.cluster().start().unwrap();
    let version = std::fs::read_to_string(own.cluster().data_dir().join("PG_VERSION")).unwrap();
    let bin = own.folder.path().join("bin");
    make_private_folder(&bin);
    for program in ["initdb", "postgres", "pg_ctl"] {
        std::fs::write(bin.join(program), "#!/bin/sh\necho 'postgres (PostgreSQL) 99.1'\n").unwrap();
        std::fs::set_permissions(bin.join(program), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let config = own.folder.path().join("wvl.toml");
    let text =
        format!("[database]\nstate_dir = {:?}\n[calendar.default]\nstate = \"DE-BW\"\n", own.cluster().state_dir());
    std::fs::write(&config, text).unwrap();
    let doctor = |bindir: Option<&std::path::Path>| {
        let mut command = bare_command_of(env!("CARGO_BIN_EXE_wvl").as_ref(), &["doctor", "-O", "tsv", "-c"]);
        command.arg(&config).envs(bindir.map(|bin| ("WVL_PG_BINDIR", bin)));
        run(&mut command).stdout
    };
    let remark =
        format!("remark\tdatabase\tPostgres 99 is installed, the data are of {}\twvl db upgrade", version.trim());
    assert!(doctor(Some(&bin)).contains(&remark), "{}", doctor(Some(&bin)));
    assert!(!doctor(None).contains("remark\tdatabase"), "{}", doctor(None));
}

#[test]
fn a_folder_without_a_server_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places { pg_bindir: Some(folder.path().into()), path: None };
    let own = OwnCluster::new();
    let error = wvl::db::connect(&own.settings, &places).err().unwrap();
    assert_eq!(error.kind(), Kind::Config);
    assert!(error.to_string().contains("WVL_PG_BINDIR"), "{error}");
}
