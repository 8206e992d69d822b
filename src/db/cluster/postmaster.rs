//! The running server, as its `postmaster.pid` and the process table tell it.
//!
//! `pg_ctl status` is not asked: right after a crash it takes a zombie for a running server (in a container nobody may ever
//! collect it), and after a reboot it can take a stranger's process for ours.

use std::path::Path;
use std::time::Duration;

use super::wait_for;
use crate::error::{Error, Kind, Result};

/// A postmaster that is alive and belongs to the data directory asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Postmaster {
    pub(super) pid: i32,
    /// It answers; otherwise it is starting, recovering or stopping.
    is_ready: bool,
}

impl Postmaster {
    /// The server of this data directory, if one runs.
    pub(super) fn running(data: &Path) -> Result<Option<Postmaster>> {
        let Some((pid, is_ready)) = read_pid_file(data)? else { return Ok(None) };
        Ok(is_alive(pid, data).then_some(Postmaster { pid, is_ready }))
    }

    /// Makes it read its configuration again, and who may log in.
    pub(super) fn reload(self) -> Result<()> {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.pid), nix::sys::signal::Signal::SIGHUP).map_err(
            |errno| Error::new(Kind::Failed, "the private cluster could not be told of a change").caused_by(errno),
        )
    }

    /// Waits until the server answers. A recovery after a crash takes as long as there is log to replay.
    pub(super) fn wait_until_ready(self, data: &Path, patience: Duration) -> Result<()> {
        let outcome = wait_for(patience, || match Postmaster::running(data)? {
            Some(postmaster) if postmaster.is_ready => Ok(Some(true)),
            Some(_) => Ok(None),
            None => Ok(Some(false)),
        })?;
        match outcome {
            Some(true) => Ok(()),
            Some(false) => Err(Error::new(Kind::Temporary, "the private cluster ended while it was starting")),
            None => Err(Error::new(
                Kind::Temporary,
                format!("the private cluster is still not ready after {} seconds", patience.as_secs()),
            )
            .hint("after a crash it replays its log, which may take long; its state: wvl db status")),
        }
    }

    /// Removes the pid file of a server that is dead but whose number still seems taken: by its own zombie, or by somebody
    /// else's process. Postgres would refuse to start. Against a second server on the same data it has another guard, the
    /// shared memory keyed by the data directory, and the caller holds our own lock.
    pub(super) fn forget_dead(data: &Path) -> Result<()> {
        let Some((pid, _)) = read_pid_file(data)? else { return Ok(()) };
        if is_alive(pid, data) || !Path::new(&format!("/proc/{pid}")).exists() {
            return Ok(());
        }
        let path = data.join("postmaster.pid");
        std::fs::remove_file(&path).map_err(|source| Error::file("remove", &path, source))
    }
}

/// Pid and whether the server says it is ready: the first line and the eighth.
fn read_pid_file(data: &Path) -> Result<Option<(i32, bool)>> {
    let path = data.join("postmaster.pid");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(parse_pid_file(&text)),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::file("read", &path, source)),
    }
}

fn parse_pid_file(text: &str) -> Option<(i32, bool)> {
    let pid = text.lines().next()?.trim().parse().ok().filter(|pid| *pid > 0)?;
    Some((pid, text.lines().nth(7).is_some_and(|status| status.trim() == "ready")))
}

/// Alive, no zombie, and a server of this data directory.
fn is_alive(pid: i32, data: &Path) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    if is_zombie(&stat) {
        return false;
    }
    let Ok(command_line) = std::fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    let program = command_line.split(|byte| *byte == 0).next().unwrap_or_default();
    program.ends_with(b"postgres") && works_in(pid, data)
}

/// A postmaster makes the data directory its working directory before it writes its pid file. Folders are compared, not
/// names: the same one may have been started under another name, through a link.
fn works_in(pid: i32, data: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(wanted) = std::fs::metadata(data) else { return false };
    match std::fs::metadata(format!("/proc/{pid}/cwd")) {
        Ok(folder) => (folder.dev(), folder.ino()) == (wanted.dev(), wanted.ino()),
        // one that we may not look at is ours only if it belongs to whom the data belongs; if in doubt it lives
        Err(_) => std::fs::metadata(format!("/proc/{pid}")).is_ok_and(|process| process.uid() == wanted.uid()),
    }
}

/// The state follows the name in brackets, which may itself hold brackets and spaces.
fn is_zombie(stat: &str) -> bool {
    stat.rsplit_once(')').is_none_or(|(_, rest)| matches!(rest.trim_start().chars().next(), Some('Z' | 'X') | None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pid_files() {
        let text = "4711\n/data\n1700000000\n5432\n/run\n\n  5432001  1\nready   \n";
        assert_eq!(parse_pid_file(text), Some((4711, true)));
        assert_eq!(parse_pid_file("4711\n/data\n1700000000\n5432\n/run\n\n"), Some((4711, false)));
        assert_eq!(parse_pid_file(""), None);
        assert_eq!(parse_pid_file("-4711\n"), None);
    }

    #[test]
    fn zombies() {
        assert!(is_zombie("12 (postgres) Z 1 12"));
        assert!(is_zombie(""));
        assert!(!is_zombie("12 (a) Z b) S 1 12"));
    }
}
