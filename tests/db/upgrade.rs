//! From one major version of Postgres to the next, with two real ones: `make test-upgrade`. Without a second one there is
//! nothing to test.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;

use nix::sys::signal::Signal;
use wvl::db::Places;

use super::cluster::OwnCluster;
use crate::env::database::run_as_superuser;
use crate::env::environment::{Run, bare_command, run};

/// The folder of the newer version's programs.
fn newer() -> PathBuf {
    PathBuf::from(std::env::var_os("WVL_TEST_NEWER").expect("WVL_TEST_NEWER names the programs of a second Postgres"))
}

/// A company in a private cluster of the usual version, that has sent a mail; and how a command is run in it.
struct House {
    own: OwnCluster,
    newer: PathBuf,
}

impl House {
    fn new(newer: PathBuf) -> House {
        let house = House { own: OwnCluster::new(), newer };
        for arguments in [&["db", "migrate"][..], &["customer", "new", "K1", "Kunde"], &["mail", "flush"]] {
            let done = house.wvl(false, arguments);
            assert_eq!(done.code, 0, "{arguments:?} {}", done.stderr);
        }
        let cluster = house.own.cluster();
        run_as_superuser(&cluster, "postgres", "CREATE ROLE anna LOGIN; GRANT wvl_work TO anna");
        // not every server is built with lz4, and one without cannot take over what says so
        run_as_superuser(&cluster, "wvl", "ALTER TABLE wvl.outbox_messages ALTER COLUMN raw SET COMPRESSION pglz");
        house
    }

    fn command(&self, only_newer: bool, arguments: &[&str]) -> std::process::Command {
        let state_dir = self.own.cluster().state_dir().to_path_buf();
        let config = state_dir.join("wvl.toml");
        std::fs::write(
            &config,
            format!("[database]\nstate_dir = {state_dir:?}\n[calendar.default]\nstate = \"DE-BW\"\n"),
        )
        .unwrap();
        let mut command = bare_command(&[]);
        command.current_dir(&state_dir).arg("--config").arg(config).args(arguments);
        if only_newer {
            command.env("WVL_PG_BINDIR", &self.newer);
        }
        command
    }

    fn wvl(&self, only_newer: bool, arguments: &[&str]) -> Run {
        run(&mut self.command(only_newer, arguments))
    }

    fn version(&self) -> String {
        std::fs::read_to_string(self.own.cluster().data_dir().join("PG_VERSION")).unwrap().trim().to_owned()
    }

    fn stop(&self) {
        let places = Places { pg_bindir: Some(self.newer.clone()), path: None };
        let _ = wvl::db::Cluster::new(&self.own.settings, &places).and_then(|cluster| cluster.stop());
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
#[ignore = "make test-upgrade: needs a second, newer Postgres"]
fn the_commands_of_the_error_bring_the_data_over() {
    let newer = newer();
    let house = House::new(newer);
    let old = house.version();
    house.wvl(false, &["db", "stop"]);
    let refused = house.wvl(true, &["customer", "list"]);
    assert_eq!(refused.code, 78);
    for told in
        [&format!("was made by Postgres {old}"), &format!("apt-get install postgresql-{old},"), "wvl db upgrade"]
    {
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
    }
    let upgraded = house.wvl(true, &["db", "upgrade"]);
    assert_eq!((upgraded.code, upgraded.stdout.as_str()), (0, ""), "{}", upgraded.stderr);
    assert_ne!(house.version(), old);
    assert_eq!(house.wvl(true, &["customer", "list", "--columns", "number"]).stdout, "K1\n");
    let flush = house.wvl(true, &["mail", "flush"]);
    assert_eq!((flush.code, flush.stderr.as_str()), (0, ""), "the same data, and nothing else has happened");
    let member = "SELECT pg_has_role('anna', 'wvl_work', 'member')";
    assert_eq!(house.wvl(true, &["db", "psql", "-XAtc", member]).stdout, "t\n", "roles come along");
    assert!(house.own.cluster().state_dir().join(format!("data.{old}")).join("PG_VERSION").exists());
    assert_eq!(house.wvl(true, &["db", "upgrade"]).code, 0, "nothing left to do");
    // and back is told as well
    house.stop();
    let refused = house.wvl(false, &["customer", "list"]);
    assert_eq!(refused.code, 78, "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("was made by Postgres {}", house.version())), "{}", refused.stderr);
}

/// Held mails stay held.
#[test]
#[ignore = "make test-upgrade: needs a second, newer Postgres"]
fn an_upgrade_releases_nothing() {
    let newer = newer();
    let house = House::new(newer);
    run_as_superuser(&house.own.cluster(), "wvl", "UPDATE wvl.outbox_guards SET timeline = 99");
    assert_eq!(house.wvl(false, &["mail", "flush"]).code, 3);
    assert_eq!(house.wvl(true, &["db", "upgrade"]).code, 0);
    assert!(!house.wvl(true, &["mail", "release", "--dry-run", "--columns", "change"]).stdout.is_empty());
    let told = house.wvl(true, &["query", "SELECT held_since IS NOT NULL FROM wvl.outbox_guards"]);
    assert_eq!(told.stdout, "true\n");
}

#[test]
#[ignore = "make test-upgrade: needs a second, newer Postgres"]
fn killed_anywhere_the_data_are_of_one_version_and_whole() {
    let newer = newer();
    for k in 1.. {
        let house = House::new(newer.clone());
        let killed = house.command(true, &["db", "upgrade"]).env("WVL_KILL_AT", k.to_string()).output().unwrap();
        let is_new = house.version() != "15";
        let list = house.wvl(is_new, &["customer", "list", "--columns", "number"]);
        assert_eq!((list.code, list.stdout.as_str()), (0, "K1\n"), "{k}: {}", list.stderr);
        let again = house.wvl(true, &["db", "upgrade"]);
        assert_eq!(again.code, 0, "{k}: {}", again.stderr);
        assert_eq!(house.wvl(true, &["customer", "list", "--columns", "number"]).stdout, "K1\n", "{k}");
        if killed.status.signal() != Some(Signal::SIGKILL as i32) {
            assert!(killed.status.success() && k > 4, "{k}: {}", String::from_utf8_lossy(&killed.stderr));
            break;
        }
    }
}
