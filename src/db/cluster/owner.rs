//! Whom the cluster belongs to: the user that runs wvl. For root, whose server would not start, it is the user whose data or
//! state directory it is (a package makes one for its system user), and `postgres` where there is neither. In a directory of
//! somebody else's the user is a guest: he connects as himself, and neither makes nor starts nor stops anything.

use std::io::ErrorKind;
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

/// Where root's cluster is.
const ROOTS_STATE_DIR: &str = "/var/lib/wvl";

/// The operating system's user that the server's processes and files belong to.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) uid: Uid,
    pub(super) gid: Gid,
    pub(super) name: String,
    home: PathBuf,
    /// We are root and hand everything to another user.
    pub(super) is_other: bool,
    /// Who we are, if neither that user nor root.
    pub(super) guest: Option<String>,
}

impl Owner {
    /// The owner of the cluster in this state directory; none: in the default one.
    pub(super) fn of_cluster_in(state_dir: Option<&Path>) -> Result<Owner> {
        let uid = geteuid();
        if uid.is_root() {
            return Owner::instead_of_root(state_dir.unwrap_or(Path::new(ROOTS_STATE_DIR)));
        }
        let user = User::from_uid(uid).map_err(cannot_look_up)?.ok_or_else(|| {
            Error::config(format!("user id {uid} has no entry in passwd, so there is no home for a private cluster"))
                .hint("set database.url, or database.state_dir to a folder that this user may write")
        })?;
        if let Some(host) = state_dir.and_then(whose).filter(|host| *host != uid) {
            let (gid, home, name) = match User::from_uid(host).map_err(cannot_look_up)? {
                Some(host) => (host.gid, host.dir, host.name),
                None => (user.gid, PathBuf::from("/"), format!("user id {host}")),
            };
            return Ok(Owner { uid: host, gid, name, home, is_other: false, guest: Some(user.name) });
        }
        Ok(Owner { uid, gid: user.gid, name: user.name, home: user.dir, is_other: false, guest: None })
    }

    fn instead_of_root(state_dir: &Path) -> Result<Owner> {
        // the data that are there decide; before them, whoever was given the folder
        let given = [state_dir.join("data"), state_dir.to_path_buf()].iter().find_map(|folder| owner_of(folder));
        let user = match given {
            Some(uid) => User::from_uid(uid).map_err(cannot_look_up)?.ok_or_else(|| {
                Error::config(format!("{} belongs to user id {uid}, which has no entry in passwd", state_dir.display()))
                    .hint("give it to a user that is there: chown -R postgres (and its socket's folder run/)")
            })?,
            None => User::from_name(ACCOUNT).map_err(cannot_look_up)?.ok_or_else(|| {
                Error::config("Postgres does not run as root, and there is no user postgres to run it as")
                    .hint("apt-get install postgresql, or run wvl as another user, or set database.url")
            })?,
        };
        Ok(Owner { uid: user.uid, gid: user.gid, name: user.name, home: user.dir, is_other: true, guest: None })
    }

    pub(super) fn default_state_dir(&self) -> PathBuf {
        if self.is_other { PathBuf::from(ROOTS_STATE_DIR) } else { self.home.join(".local/state/wvl") }
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
                .map_err(|source| Error::file(&format!("hand to {}", self.name), path, source))?;
        }
        Ok(())
    }
}

/// Whose folder it is; none if it is not there, or root's.
fn owner_of(folder: &Path) -> Option<Uid> {
    let uid = Uid::from_raw(std::fs::metadata(folder).ok()?.uid());
    (!uid.is_root()).then_some(uid)
}

/// Whose cluster it is or would be, root's too: by the data, by the directory, or by the folder that hides them from us; none
/// where nothing is there yet.
fn whose(state_dir: &Path) -> Option<Uid> {
    let mut is_hidden = false;
    for folder in [&*state_dir.join("data"), state_dir] {
        match std::fs::metadata(folder) {
            Ok(found) => return Some(Uid::from_raw(found.uid())),
            Err(error) => is_hidden |= error.kind() == ErrorKind::PermissionDenied,
        }
    }
    let above = state_dir.ancestors().skip(1).filter(|_| is_hidden);
    above.flat_map(std::fs::metadata).map(|found| Uid::from_raw(found.uid())).next()
}

fn cannot_look_up(source: nix::errno::Errno) -> Error {
    Error::config("cannot look up a user in passwd").caused_by(source)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::lchown;

    use super::*;

    /// Only root can give folders away.
    #[test]
    fn for_root_the_one_whose_data_they_are() {
        if !geteuid().is_root() {
            return;
        }
        let named = |name: &str| User::from_name(name).unwrap().unwrap().uid;
        let folder = tempfile::tempdir().unwrap();
        let state_dir = folder.path().join("state");
        let owner = || Owner::of_cluster_in(Some(&state_dir)).unwrap();
        assert_eq!((owner().uid, owner().is_other), (named(ACCOUNT), true), "nothing is there");
        std::fs::create_dir(&state_dir).unwrap();
        assert_eq!(owner().uid, named(ACCOUNT), "root's own folder");
        lchown(&state_dir, Some(named("daemon").as_raw()), None).unwrap();
        assert_eq!(owner().name, "daemon", "a package has made it");
        std::fs::create_dir(state_dir.join("data")).unwrap();
        lchown(state_dir.join("data"), Some(named("games").as_raw()), None).unwrap();
        assert_eq!(owner().name, "games", "the data count more than the folder");
        lchown(state_dir.join("data"), Some(4_000_000_000), None).unwrap();
        let error = Owner::of_cluster_in(Some(&state_dir)).unwrap_err();
        assert!(error.to_string().contains("user id 4000000000"), "{error}");
    }
}
