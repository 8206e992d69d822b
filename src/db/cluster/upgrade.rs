//! From one major version of Postgres to the next: pg_upgrade into a second data directory, which then takes the name of the
//! first in one step. The old one stays beside it.
//!
//! pg_upgrade and not dump and restore: it takes along what belongs to the server and is in no dump (roles, who is in which,
//! their settings), and copies files instead of building every index anew. Both need the programs of both versions.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

use super::binaries::{self, Binaries};
use super::owner::Owner;
use super::postmaster::Postmaster;
use super::{Cluster, PATIENCE, creation, folders};
use crate::error::{Error, Kind, Result};
use crate::failpoint;

/// What an upgrade has done.
#[derive(Clone, Debug)]
pub struct Upgraded {
    /// Major version before.
    pub from: u32,
    /// Major version now.
    pub to: u32,
    /// The data as they were, to be deleted by a person.
    pub kept: PathBuf,
    /// The cluster's identifier before; the new one has another.
    pub identifier: i64,
    /// Its timeline before.
    pub timeline: i32,
}

/// The two versions of an upgrade, with their programs.
#[derive(Clone, Debug)]
pub struct Versions {
    old: Binaries,
    new: Binaries,
}

impl Versions {
    /// Major version of the data.
    pub fn from(&self) -> u32 {
        self.old.version
    }

    /// Major version of the newest programs.
    pub fn to(&self) -> u32 {
        self.new.version
    }
}

impl Cluster {
    /// What an upgrade would lead from and to; none if the data are of the newest version already.
    ///
    /// Errors: of kind `Config` if there is no cluster, or programs are missing.
    pub fn upgrade_versions(&self, old_bindir: Option<&Path>) -> Result<Option<Versions>> {
        if self.guest().is_some() {
            return Err(self.refusal("is not yours to upgrade", Kind::Forbidden, "wvl db upgrade"));
        }
        let version = self.data_version()?.ok_or_else(|| {
            Error::config("there is no private cluster to upgrade").hint("wvl db start makes one of the newest version")
        })?;
        let new = self.newest_binaries()?;
        if new.version <= version {
            return Ok(None);
        }
        let old = match old_bindir {
            Some(folder) => binaries::in_folder(folder).filter(|found| found.version == version),
            None => binaries::of_version(&self.places, version),
        };
        let old = old.ok_or_else(|| self.no_binaries(version, Some(&new)))?;
        Ok(Some(Versions { old, new }))
    }

    /// Major version of the data and a newer one whose programs are installed; none if there is no newer one, or nothing to
    /// be seen of the data.
    pub fn newer_installed(&self) -> Option<(u32, u32)> {
        let version = self.data_version().ok().flatten()?;
        let newest = binaries::all(&self.places).ok()?.first()?.version;
        (newest > version).then_some((version, newest))
    }

    /// Brings the data to the newer version. The server is stopped and, before the last step, nothing is changed: whatever
    /// ends it, the old data are used on.
    pub fn upgrade(&self, versions: &Versions) -> Result<Upgraded> {
        let Versions { old, new } = versions;
        let _lock = folders::lock(&self.state_dir, &self.owner, PATIENCE)?;
        self.stop_locked(old)?;
        let (identifier, timeline) = self.identity(old)?;
        failpoint::pass("upgrade-stopped");

        let (data, upgraded) = (self.data_dir(), self.state_dir.join("data.upgraded"));
        // a run that was killed after the last step but one has left the old data under this name
        if let Some(left) = Cluster::version_in(&upgraded).ok().flatten().filter(|version| *version < old.version) {
            std::fs::rename(&upgraded, self.free_name(left))
                .map_err(|source| Error::file("rename", &upgraded, source))?;
        }
        creation::initdb(&upgraded, &self.owner, new)?;
        creation::configure(&upgraded, &self.state_dir, &self.owner)?;
        // logins that an administrator has added
        for name in ["pg_hba.conf", "pg_ident.conf", "postgresql.auto.conf"] {
            self.owner.copy_into(&data.join(name), &upgraded.join(name))?;
        }
        failpoint::pass("upgrade-initialised");
        self.pg_upgrade(old, new, &upgraded)?;
        failpoint::pass("upgraded");

        exchange(&data, &upgraded)?;
        folders::sync(&self.state_dir)?;
        failpoint::pass("upgrade-exchanged");
        let kept = self.free_name(old.version);
        std::fs::rename(&upgraded, &kept).map_err(|source| Error::file("rename", &upgraded, source))?;
        folders::sync(&self.state_dir)?;
        Ok(Upgraded { from: old.version, to: new.version, kept, identifier, timeline })
    }

    /// pg_upgrade starts both servers itself, on a socket where nobody else looks for them.
    fn pg_upgrade(&self, old: &Binaries, new: &Binaries, upgraded: &Path) -> Result<()> {
        let socket_dir = folders::prepare_socket_dir(&self.state_dir, &self.owner)?;
        let program = new.folder.join("pg_upgrade");
        let mut command: Command = self.owner.command(&program);
        command.args(["--username", super::owner::SUPERUSER]);
        command.arg("--old-bindir").arg(&old.folder).arg("--new-bindir").arg(&new.folder);
        command.arg("--old-datadir").arg(self.data_dir()).arg("--new-datadir").arg(upgraded);
        // it writes into the folder that it is called in
        command.arg("--socketdir").arg(socket_dir).current_dir(upgraded).stdin(Stdio::null());
        // a Ctrl-C would leave one of its servers running
        command.process_group(0);
        let output = command.output().map_err(|source| Error::file("run", &program, source))?;
        if output.status.success() { Ok(()) } else { Err(refusal(&output, upgraded)) }
    }

    fn stop_locked(&self, binaries: &Binaries) -> Result<()> {
        if Postmaster::running(&self.data_dir())?.is_none() { Ok(()) } else { self.stop_server(binaries) }
    }

    /// Identifier and timeline of the data, as pg_controldata tells them.
    fn identity(&self, binaries: &Binaries) -> Result<(i64, i32)> {
        let program = binaries.folder.join("pg_controldata");
        let output = self.owner.command(&program).arg("--pgdata").arg(self.data_dir()).output();
        let output = output.map_err(|source| Error::file("run", &program, source))?;
        let said = String::from_utf8_lossy(&output.stdout);
        read_identity(&said)
            .ok_or_else(|| Error::config(format!("{} cannot read {}", program.display(), self.data_dir().display())))
    }

    /// `data.15`, `data.15.1` …
    fn free_name(&self, version: u32) -> PathBuf {
        let first = self.state_dir.join(format!("data.{version}"));
        let others = (1..).map(|number| self.state_dir.join(format!("data.{version}.{number}")));
        std::iter::once(first.clone()).chain(others).find(|path| !path.exists()).unwrap_or(first)
    }
}

fn read_identity(said: &str) -> Option<(i64, i32)> {
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let identifier = value("Database system identifier:")?.parse().ok()?;
    Some((identifier, value("Latest checkpoint's TimeLineID:")?.parse().ok()?))
}

impl Owner {
    /// Overwrites in place; what is not there needs no copy. Done by the owner himself: he may have put a link in the place of
    /// either file, and root would read or write through it what he may not.
    fn copy_into(&self, from: &Path, to: &Path) -> Result<()> {
        match from.symlink_metadata() {
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(()),
            _ => {}
        }
        let program = Path::new("/bin/cp");
        let mut command = self.command(program);
        command.args(["--no-target-directory", "--"]).arg(from).arg(to);
        let output = command.output().map_err(|source| Error::file("run", program, source))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let kind = if said.contains("No space left on device") { Kind::Temporary } else { Kind::Failed };
        Err(Error::new(kind, format!("{} cannot be copied as {}: {said}", from.display(), self.name)))
    }
}

/// Two folders take each other's names in one step: at no moment is there none, which would be taken for a first start.
fn exchange(one: &Path, other: &Path) -> Result<()> {
    renameat2(AT_FDCWD, one, AT_FDCWD, other, RenameFlags::RENAME_EXCHANGE)
        .map_err(|errno| Error::file("exchange the data directory with", other, errno.into()))
}

fn refusal(output: &Output, upgraded: &Path) -> Error {
    let said = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    let kind = if said.contains("No space left on device") { Kind::Temporary } else { Kind::Failed };
    let mut error = Error::new(kind, format!("pg_upgrade ended with {}; the data are as they were", output.status));
    // the checks that went well end with "ok"
    let telling = said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.ends_with("ok"));
    let lines: Vec<&str> = telling.collect();
    let logs = upgraded.join("pg_upgrade_output.d");
    match reason_in(&logs) {
        Some(reason) => error = error.hint(reason),
        None => {
            for line in lines.iter().rev().take(4).rev() {
                error = error.hint(format!("pg_upgrade: {line}"));
            }
        }
    }
    error.hint(format!("its logs: {}", logs.display()))
}

/// The first line of its logs (a folder for each call, in it one called `log`) that calls itself an error.
fn reason_in(logs: &Path) -> Option<String> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries(logs).flat_map(|call| entries(&call.join("log")).collect::<Vec<_>>());
    let texts = files.filter_map(|file| std::fs::read_to_string(file).ok());
    let is_error = |line: &&str| line.contains(": error: ") || line.contains("FATAL: ");
    texts.filter_map(|text| text.lines().find(is_error).map(str::to_owned)).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities() {
        let said = "pg_control version number:            1300\nDatabase system identifier:           7710909487940740364\n\
                    Latest checkpoint's TimeLineID:       3\nLatest checkpoint's PrevTimeLineID:   2\n";
        assert_eq!(read_identity(said), Some((7_710_909_487_940_740_364, 3)));
        assert_eq!(read_identity(""), None);
    }

    #[test]
    fn a_copy_keeps_the_file_and_needs_none() {
        let folder = tempfile::tempdir().unwrap();
        let owner = Owner::of_cluster_in(Some(folder.path())).unwrap();
        let files @ [from, to] = &["a", "b"].map(|name| folder.path().join(name));
        owner.copy_into(from, to).unwrap();
        assert!(!to.exists());
        for (file, text) in files.iter().zip(["new", "the old and longer"]) {
            std::fs::write(file, text).unwrap();
            owner.take(file).unwrap();
        }
        owner.take(folder.path()).unwrap();
        let inode = |file: &Path| std::os::unix::fs::MetadataExt::ino(&file.metadata().unwrap());
        let before = inode(to);
        owner.copy_into(from, to).unwrap();
        assert_eq!((std::fs::read_to_string(to).unwrap().as_str(), inode(to)), ("new", before));
    }

    /// Only root could reach further than the owner.
    #[test]
    fn root_reads_and_writes_nothing_through_links_of_the_owner() {
        if !nix::unistd::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (data, secret) = (folder.path().join("data"), folder.path().join("secret"));
        std::fs::create_dir(&data).unwrap();
        std::fs::write(&secret, "of root").unwrap();
        std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let owner = Owner::of_cluster_in(Some(folder.path())).unwrap();
        assert!(owner.is_other);
        owner.take(&data).unwrap();
        let (link, file) = (data.join("link"), data.join("file"));
        std::os::unix::fs::symlink(&secret, &link).unwrap();
        std::fs::write(&file, "of the owner").unwrap();
        owner.take(&file).unwrap();
        for (from, to) in [(&link, &file), (&file, &link)] {
            let error = owner.copy_into(from, to).unwrap_err();
            assert!(error.to_string().contains("Permission denied"), "{error}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "of the owner");
        assert_eq!(std::fs::read_to_string(&secret).unwrap(), "of root");
    }

    #[test]
    fn folders_take_each_others_names() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("data"), folder.path().join("data.upgraded"));
        for path in [&one, &other] {
            std::fs::create_dir(path).unwrap();
            std::fs::write(path.join("was"), path.as_os_str().as_encoded_bytes()).unwrap();
        }
        exchange(&one, &other).unwrap();
        assert!(std::fs::read_to_string(one.join("was")).unwrap().ends_with("data.upgraded"));
        assert!(exchange(&one, &folder.path().join("nothing")).is_err());
    }
}
