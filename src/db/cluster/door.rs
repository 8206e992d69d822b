//! Who comes in beside the owner: everybody whom the server has a role for, as that role and no other.
//!
//! The system tells the server who asks (peer); the map turns that name into the role of the same name. `wvl` and `postgres` are
//! left out: those are the owner's and root's, by lines of their own, whatever a user of the machine is called. Two doors are in
//! front of it: the state directory, which `wvl role grant` opens, and the socket.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat};

use super::owner::{Owner, SUPERUSER};
use super::{Cluster, NAME, PATIENCE, Status, folders};
use crate::db::cluster::postmaster::Postmaster;
use crate::error::{Error, Kind, Result};

/// The socket's file in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// The pattern of the line: by it the line is known again, also where an administrator has put a `#` in front.
fn pattern() -> String {
    format!("/^(?!(?:{NAME}|{SUPERUSER})$)(.+)$")
}

/// The line of the map, with why.
pub(super) fn persons() -> String {
    format!(
        "# everybody else is the role of his own name, if there is one; a # before the line keeps persons out\n\
         wvl \"{}\" \\1\n",
        pattern()
    )
}

/// Adds the line to the map of a cluster that an older wvl has made. False if it is there.
///
/// Root writes here into a folder of the owner's: no link is followed, and nobody else's file touched.
fn add_persons(map: &Path, owner: &Owner) -> Result<bool> {
    let cannot = |source| Error::file("add who may log in to", map, source);
    let flags = OFlag::O_NOFOLLOW.bits();
    let mut file = match OpenOptions::new().read(true).append(true).custom_flags(flags).open(map) {
        Err(source) if source.kind() == ErrorKind::NotFound => return Ok(false),
        opened => opened.map_err(cannot)?,
    };
    let found = file.metadata().map_err(cannot)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(cannot)?;
    if text.contains(&pattern()) || found.uid() != owner.uid.as_raw() {
        return Ok(false);
    }
    let line = match text.is_empty() || text.ends_with('\n') {
        true => persons(),
        false => format!("\n{}", persons()),
    };
    append(&mut file, &line, found.len()).map_err(cannot)?;
    Ok(true)
}

/// The whole line or nothing: with half of one nobody could log in any more.
fn append(file: &mut File, line: &str, length: u64) -> std::io::Result<()> {
    let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        file.set_len(length)?;
    }
    written
}

impl Cluster {
    /// Who we are at a cluster of somebody else's; none at our own, and for root.
    pub fn guest(&self) -> Option<&str> {
        self.owner.guest.as_deref()
    }

    /// The user of the machine whose cluster it is.
    pub fn owner_name(&self) -> &str {
        &self.owner.name
    }

    /// Lets persons come to the server, who then lets in whom it has a role for. Returns a folder above the state directory
    /// that they cannot pass through, if there is one. For a guest, who is in, there is nothing to do.
    pub fn let_persons_in(&self) -> Result<Option<std::path::PathBuf>> {
        if self.guest().is_some() || self.data_version()?.is_none() {
            return Ok(None);
        }
        let _lock = folders::lock(&self.state_dir, &self.owner, PATIENCE)?;
        folders::open_state_dir(&self.state_dir)?;
        self.bring_along()?;
        Ok(folders::closed_above(&self.state_dir))
    }

    /// Gives a cluster that an older wvl has made or started what one of today has. The caller holds the lock.
    pub(super) fn bring_along(&self) -> Result<()> {
        let data = self.data_dir();
        let is_new = add_persons(&data.join("pg_ident.conf"), &self.owner)?;
        let Some(postmaster) = Postmaster::running(&data)? else { return Ok(()) };
        let socket = folders::prepare_socket_dir(&self.state_dir, &self.owner)?.join(SOCKET);
        // one that is not there will be made so
        if socket.symlink_metadata().is_ok_and(|found| found.mode() & 0o777 != 0o777) {
            let all = Mode::from_bits_truncate(0o777);
            fchmodat(AT_FDCWD, &socket, all, FchmodatFlags::NoFollowSymlink)
                .map_err(|errno| Error::file("open to others", &socket, errno.into()))?;
        }
        if is_new { postmaster.reload() } else { Ok(()) }
    }

    /// What a guest can see: whether there is a cluster, and whether somebody listens at its socket.
    pub(super) fn status_for_guest(&self) -> Result<Status> {
        match self.data_dir().metadata() {
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(Status::NotCreated),
            Err(source) if source.kind() == ErrorKind::PermissionDenied => return Err(self.closed()),
            Err(source) => return Err(Error::file("look at", &self.data_dir(), source)),
            Ok(_) => {}
        }
        match UnixStream::connect(self.socket_dir().join(SOCKET)) {
            Err(source) if source.kind() == ErrorKind::PermissionDenied => Err(self.closed()),
            answer => Ok(Status::Foreign { answers: answer.is_ok() }),
        }
    }

    fn closed(&self) -> Error {
        let (owner, guest) = (&self.owner.name, self.guest().unwrap_or_default());
        let place = self.state_dir.display();
        Error::new(
            Kind::Forbidden,
            format!("the private cluster in {place} belongs to {owner} and is closed to {guest}"),
        )
        .hint(format!("{} opens it: wvl role grant {guest} read --create", self.who_can()))
        .hint("or set database.state_dir to a folder of your own")
    }

    /// Why a guest could not connect, and who can help: he himself can neither make nor start it.
    pub(in crate::db) fn not_let_in(&self, error: Error) -> Error {
        let (who, guest) = (self.who_can(), self.guest().unwrap_or_default());
        match self.status_for_guest() {
            Err(closed) => return closed,
            Ok(Status::NotCreated) => return self.refusal("has not been made yet", Kind::Config, "wvl db migrate"),
            Ok(Status::Foreign { answers: false }) => {
                return self.refusal("does not run", Kind::Unavailable, "wvl db start");
            }
            Ok(_) => {}
        }
        let said = error.full_message();
        if said.contains("does not exist") || said.contains("not permitted to log in") {
            error.hint(format!("{who} lets {guest} in: wvl role grant {guest} read --create"))
        } else if [NAME, SUPERUSER].contains(&guest) {
            error.hint(format!(
                "{guest} is a role of the cluster's own; who wants to come in needs a user of another name"
            ))
        } else if said.contains("Peer authentication failed") {
            error.hint(format!("it was started by an older wvl; {who} brings it along: wvl db start"))
        } else {
            error
        }
    }

    /// The refusal of what only the owner and root may do.
    pub(super) fn refusal(&self, what: &str, kind: Kind, command: &str) -> Error {
        Error::new(kind, format!("the private cluster in {} {what}", self.state_dir.display())).hint(format!(
            "it belongs to {}; {} can help: {command}",
            self.owner.name,
            self.who_can()
        ))
    }

    /// Who may do everything with it; root alone where nobody else's folder can be seen.
    fn who_can(&self) -> String {
        match self.owner.name.as_str() {
            "root" => "root".to_owned(),
            owner => format!("{owner} or root"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_comes_once_and_stays_out_where_it_was_put_out() {
        let folder = tempfile::tempdir().unwrap();
        let map = folder.path().join("pg_ident.conf");
        let mut owner = Owner::of_cluster_in(None).unwrap();
        owner.uid = nix::unistd::geteuid();
        assert!(!add_persons(&map, &owner).unwrap(), "an administrator has put it elsewhere");

        std::fs::write(&map, "wvl \"postgres\" wvl").unwrap();
        assert!(add_persons(&map, &owner).unwrap());
        let text = std::fs::read_to_string(&map).unwrap();
        assert!(text.starts_with("wvl \"postgres\" wvl\n#"), "{text}");
        assert!(text.ends_with("\nwvl \"/^(?!(?:wvl|postgres)$)(.+)$\" \\1\n"), "{text}");
        assert!(!add_persons(&map, &owner).unwrap());

        std::fs::write(&map, text.replace("\nwvl \"/", "\n#wvl \"/")).unwrap();
        assert!(!add_persons(&map, &owner).unwrap());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&map, &link).unwrap();
        assert!(add_persons(&link, &owner).is_err(), "root follows no link");
    }
}
