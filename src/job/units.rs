//! The jobs as systemd runs them: a service and a timer each, and one for the private cluster. Pure.
//!
//! A job may write where wvl keeps its own things and where the configuration says, and nowhere else. What is forbidden here
//! was tried with each job: a name service, a local socket to Postgres and TLS to a mail server still work.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::crontab::Entry;
use super::timer::on_calendar;
use super::{Call, Job};

/// The service of the private cluster.
const DATABASE: &str = "wvl-db.service";
/// Homes: what lies there is only visible where it has to be.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];
/// A job that takes longer hangs.
const LONGEST: &str = "2h";

/// A file for `/etc/systemd/system`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// The private cluster, where it is the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateCluster {
    /// The folder that holds everything of it.
    pub state_dir: PathBuf,
    /// The folder of its socket.
    pub socket_dir: PathBuf,
}

/// Where and as whom the jobs run.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    /// How a job is called.
    pub call: &'a Call,
    /// The jobs.
    pub entries: &'a [Entry<'a>],
    /// The zone in which the times are meant.
    pub zone: Tz,
    /// As whom.
    pub user: &'a str,
    /// The home that passwd names.
    pub home: &'a Path,
    /// Folders that jobs write into.
    pub writable: &'a [PathBuf],
    /// Folders and files that jobs read.
    pub readable: &'a [PathBuf],
    /// The private cluster, where it is the database.
    pub cluster: Option<&'a PrivateCluster>,
    /// Whether a program of the administrator's hears of failures.
    pub has_on_error: bool,
}

impl Site<'_> {
    /// All units, services first.
    pub fn units(&self) -> Vec<Unit> {
        let mut units: Vec<Unit> = self.cluster.map(|cluster| self.database(cluster)).into_iter().collect();
        for (job, schedule) in self.entries {
            units.push(self.service(job));
            let mut text = format!("[Unit]\nDescription=wvl {}: {}\n\n[Timer]\n", job.name, job.about);
            for expression in on_calendar(schedule, self.zone) {
                text.push_str(&format!("OnCalendar={expression}\n"));
            }
            text.push_str("# what was missed while the machine was off is made up for at once\nPersistent=true\n");
            text.push_str("\n[Install]\nWantedBy=timers.target\n");
            units.push(Unit { name: format!("wvl-{}.timer", job.key), text });
        }
        units
    }

    fn service(&self, job: &Job) -> Unit {
        let needs = match self.cluster {
            // started by a job it would end with it
            Some(_) => format!("Requires={DATABASE}\nAfter={DATABASE}\n"),
            None => "Wants=network-online.target\nAfter=network-online.target postgresql.service\n".to_owned(),
        };
        let mut text = format!(
            "[Unit]\nDescription=wvl {}: {}\n{needs}\n[Service]\nType=oneshot\nUser={}\nExecStart={}\n\
             TimeoutStartSec={LONGEST}\n",
            job.name,
            job.about,
            self.user,
            self.call.systemd(job.command)
        );
        if self.has_on_error {
            text.push_str(
                "# [job] on_error runs in here too: a program that needs setuid or setgid rights (sendmail of postfix), or \
                 writes\n# elsewhere, needs NoNewPrivileges=no and ReadWritePaths=\n",
            );
        }
        self.harden(&mut text, job.key != "import-run");
        text.push_str("MemoryDenyWriteExecute=yes\n");
        // the socket of the private cluster is open to the server's user and to whoever may pass over that
        let capabilities = if self.is_root() && self.cluster.is_some() { "CAP_DAC_OVERRIDE CAP_KILL" } else { "" };
        text.push_str(&format!("CapabilityBoundingSet={capabilities}\nPrivateDevices=yes\n"));
        Unit { name: format!("wvl-{}.service", job.key), text }
    }

    fn database(&self, cluster: &PrivateCluster) -> Unit {
        let mut text = format!(
            "[Unit]\nDescription=wvl: the private Postgres\n\n[Service]\nType=forking\nUser={}\n\
             # one that a command has started would not be in here: it is started anew\nExecStartPre=-{}\n\
             PIDFile={}/postmaster.pid\nExecStart={}\nExecStop={}\n\
             # after a crash it may have much to read again\nTimeoutStartSec=15min\nTimeoutStopSec=2min\n\
             KillMode=mixed\nKillSignal=SIGINT\nRestart=on-failure\n",
            self.user,
            self.call.systemd("db stop"),
            cluster.state_dir.join("data").display(),
            self.call.systemd("db start"),
            self.call.systemd("db stop"),
        );
        if cluster.state_dir == Path::new("/var/lib/wvl") {
            text.push_str("StateDirectory=wvl\n");
        }
        self.harden(&mut text, true);
        // run by root it belongs to postgres
        let capabilities = match self.is_root() {
            true => "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL CAP_SETGID CAP_SETUID",
            false => "",
        };
        text.push_str(&format!("CapabilityBoundingSet={capabilities}\nPrivateDevices=yes\n"));
        text.push_str("\n[Install]\nWantedBy=multi-user.target\n");
        Unit { name: DATABASE.to_owned(), text }
    }

    fn is_root(&self) -> bool {
        self.user == "root"
    }

    /// What neither a job nor the server needs.
    fn harden(&self, text: &mut String, is_private: bool) {
        text.push_str("NoNewPrivileges=yes\nProtectSystem=strict\n");
        let mut writable: Vec<&Path> = self.writable.iter().map(PathBuf::as_path).collect();
        if let Some(cluster) = self.cluster {
            writable.push(&cluster.state_dir);
            if !cluster.socket_dir.starts_with(&cluster.state_dir) {
                // beside it only where its path is too long for a socket, and then in /run or /tmp
                writable.extend(cluster.socket_dir.parent());
            }
        }
        writable.sort_unstable();
        writable.dedup();
        for folder in &writable {
            text.push_str(&format!("ReadWritePaths=-{}\n", quoted(folder)));
        }
        let in_homes = |path: &Path| HOMES.iter().any(|home| path.starts_with(home));
        let paths = writable.iter().copied().chain(self.readable.iter().map(PathBuf::as_path)).chain([self.home]);
        let program = self.call.argv("").first().map(PathBuf::from);
        let needs_homes = paths.chain(program.as_deref()).any(in_homes);
        text.push_str(&format!("ProtectHome={}\n", if needs_homes { "read-only" } else { "yes" }));
        let in_tmp = |path: &Path| path.starts_with("/tmp") || path.starts_with("/var/tmp");
        let needs_tmp = writable.iter().any(|path| in_tmp(path)) || self.readable.iter().any(|path| in_tmp(path));
        text.push_str(&format!("PrivateTmp={}\n", if needs_tmp { "no" } else { "yes" }));
        if is_private {
            text.push_str("UMask=0077\n");
        }
        text.push_str(
            "ProtectClock=yes\nProtectControlGroups=yes\nProtectHostname=yes\nProtectKernelLogs=yes\n\
             ProtectKernelModules=yes\nProtectKernelTunables=yes\nLockPersonality=yes\nRestrictNamespaces=yes\n\
             RestrictRealtime=yes\nRestrictSUIDSGID=yes\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n\
             SystemCallArchitectures=native\nSystemCallFilter=@system-service\nSystemCallErrorNumber=EPERM\n\
             KeyringMode=private\n",
        );
    }
}

/// A path where systemd splits at blanks and reads `%`.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string().replace('%', "%%");
    match text.contains(|letter: char| letter.is_whitespace() || "\"'\\".contains(letter)) {
        true => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::catalog::ESCALATE_RUN;

    fn units(user: &str, home: &str, cluster: Option<&PrivateCluster>) -> Vec<Unit> {
        let call = Call::new(Path::new("/usr/bin/wvl"), Some(Path::new("/etc/wvl/wvl.toml"))).unwrap();
        let schedule = "0 8 1 * 1".parse().unwrap();
        let site = Site {
            call: &call,
            entries: &[(&ESCALATE_RUN, &schedule)],
            zone: chrono_tz::Europe::Berlin,
            user,
            home: Path::new(home),
            writable: &[PathBuf::from("/srv/erp 100%")],
            readable: &[],
            cluster,
            has_on_error: false,
        };
        site.units()
    }

    #[test]
    fn the_private_cluster_outlives_the_job_that_needs_it() {
        let cluster = PrivateCluster { state_dir: "/var/lib/wvl".into(), socket_dir: "/var/lib/wvl/run".into() };
        let units = units("root", "/root", Some(&cluster));
        let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
        assert_eq!(names, ["wvl-db.service", "wvl-escalate-run.service", "wvl-escalate-run.timer"]);
        for part in [
            "ExecStart=/usr/bin/wvl -c /etc/wvl/wvl.toml db start\n",
            "\nExecStartPre=-/usr/bin/wvl -c /etc/wvl/wvl.toml db stop\n",
            "PIDFile=/var/lib/wvl/data/postmaster.pid\n",
            "CAP_SETUID",
        ] {
            assert!(units[0].text.contains(part), "{part}\n{}", units[0].text);
        }
        for part in ["Requires=wvl-db.service\n", "ReadWritePaths=-\"/srv/erp 100%%\"\n", "ProtectHome=read-only\n"] {
            assert!(units[1].text.contains(part), "{part}\n{}", units[1].text);
        }
        assert!(
            units[2]
                .text
                .contains("OnCalendar=*-*-01 08:00:00 Europe/Berlin\nOnCalendar=Mon *-*-* 08:00:00 Europe/Berlin\n")
        );
    }

    #[test]
    fn a_system_user_with_a_server_sees_no_homes_and_has_no_capability() {
        let units = units("wvl", "/var/lib/wvl", None);
        assert_eq!(units.len(), 2);
        for part in ["User=wvl\n", "ProtectHome=yes\n", "PrivateTmp=yes\n", "CapabilityBoundingSet=\n"] {
            assert!(units[0].text.contains(part), "{part}\n{}", units[0].text);
        }
        assert!(!units[0].text.contains("wvl-db"));
    }
}
