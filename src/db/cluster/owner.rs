//! Whom the cluster belongs to: the user that runs wvl; if that is root, the owner of the state directory, else `postgres`.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{Gid, Uid, User, geteuid};

use crate::error::{Error, Result};

/// The bootstrap role of the cluster.
pub(super) const SUPERUSER: &str = "postgres";
/// The account that the packages of every distribution create for the server.
const ACCOUNT: &str = "postgres";

/// The operating system's user that the server's processes and files belong to.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) uid: Uid,
    pub(super) gid: Gid,
    pub(super) name: String,
    home: PathBuf,
    /// We are root and hand everything to another user.
    pub(super) is_other: bool,
}

impl Owner {
    pub(super) fn of_this_process() -> Result<Owner> {
        let uid = geteuid();
        if uid.is_root() {
            let user = User::from_name(ACCOUNT).map_err(cannot_look_up)?.ok_or_else(|| {
                Error::config("Postgres does not run as root, and there is no user postgres to run it as")
                    .hint("apt-get install postgresql, or run wvl as another user, or set database.url")
            })?;
            return Ok(Owner { uid: user.uid, gid: user.gid, name: user.name, home: user.dir, is_other: true });
        }
        let user = User::from_uid(uid).map_err(cannot_look_up)?.ok_or_else(|| {
            Error::config(format!("user id {uid} has no entry in passwd, so there is no home for a private cluster"))
                .hint("set database.url, or database.state_dir to a folder that this user may write")
        })?;
        Ok(Owner { uid, gid: user.gid, name: user.name, home: user.dir, is_other: false })
    }

    /// The same for a state directory that is there already: root starts the cluster of whoever it belongs to, so that root
    /// and the user of cron's jobs share one.
    pub(super) fn of_folder(self, folder: &Path) -> Result<Owner> {
        let found = folder.metadata().ok().map(|found| Uid::from_raw(found.uid()));
        let Some(uid) = found.filter(|uid| self.is_other && !uid.is_root() && *uid != self.uid) else {
            return Ok(self);
        };
        let user = User::from_uid(uid).map_err(cannot_look_up)?.ok_or_else(|| {
            Error::config(format!("{} belongs to user id {uid}, which has no entry in passwd", folder.display()))
                .hint("chown it to the user whose jobs use it, or set database.state_dir")
        })?;
        Ok(Owner { uid, gid: user.gid, name: user.name, home: user.dir, is_other: true })
    }

    pub(super) fn default_state_dir(&self) -> PathBuf {
        if self.is_other { PathBuf::from("/var/lib/wvl") } else { self.home.join(".local/state/wvl") }
    }

    /// A program run as the owner, with nothing of our environment and no terminal.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
        // our own current folder may be closed to the owner
        command.current_dir("/").stdin(Stdio::null());
        if self.is_other {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Hands a file or folder to the owner.
    pub(super) fn take(&self, path: &Path) -> Result<()> {
        if self.is_other {
            std::os::unix::fs::lchown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
                .map_err(|source| Error::file("hand to postgres", path, source))?;
        }
        Ok(())
    }
}

fn cannot_look_up(source: nix::errno::Errno) -> Error {
    Error::config("cannot look up a user in passwd").caused_by(source)
}
