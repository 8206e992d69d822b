//! The cluster's folders and files: who may be where, the lock, the log, and a socket path that is short enough.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::owner::Owner;
use super::wait_for;
use crate::error::{Error, Kind, Result};

/// `sockaddr_un` holds 108 bytes and a closing zero.
const LONGEST_SOCKET_PATH: usize = 107;
const SOCKET_NAME: &str = "/.s.PGSQL.5432";
/// Root writes into a folder of somebody else's, who could have put a link to anything there.
const NO_LINKS: i32 = nix::fcntl::OFlag::O_NOFOLLOW.bits();
/// A log that has grown beyond this is set aside at the next start.
const LARGEST_LOG: u64 = 10_000_000;

/// Makes the state directory, or checks that nobody else can put something into it.
pub(super) fn prepare_state_dir(folder: &Path, owner: &Owner) -> Result<()> {
    create_state_dir(folder, owner)?;
    let metadata = folder.metadata().map_err(|source| Error::file("look at", folder, source))?;
    let (uid, mode) = (metadata.uid(), metadata.mode());
    if uid != owner.uid.as_raw() && !(owner.is_other && uid == 0) {
        return Err(Error::config(format!("the state directory {} belongs to another user", folder.display()))
            .hint("run wvl as that user, or set database.state_dir"));
    }
    if mode & 0o022 != 0 {
        return Err(Error::config(format!("the state directory {} can be written by others", folder.display()))
            .hint(format!("chmod go-w {}", folder.display())));
    }
    if owner.is_other { check_way(folder, owner) } else { Ok(()) }
}

/// Whether the folder is the owner's, and not root's with a cluster of the owner in it.
pub(super) fn is_of(state_dir: &Path, owner: &Owner) -> bool {
    state_dir.metadata().is_ok_and(|folder| folder.uid() == owner.uid.as_raw())
}

/// Makes the state directory and what is missing above it, with the rights it needs whatever the umask takes away.
pub(super) fn create_state_dir(folder: &Path, owner: &Owner) -> Result<()> {
    // root's has to let postgres through to data/; a user's own concerns nobody else
    let mode = if owner.is_other { 0o755 } else { 0o700 };
    let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.exists()).collect();
    for missing in missing.into_iter().rev() {
        let created = match DirBuilder::new().mode(mode).create(missing) {
            Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            Err(source) => Err(source),
            Ok(()) => std::fs::set_permissions(missing, Permissions::from_mode(mode)),
        };
        created.map_err(|source| {
            Error::file("create the state directory", folder, source)
                .with_kind(Kind::Config)
                .hint("set database.state_dir to a folder that this user may write")
                .hint("or set database.url to a database that runs elsewhere")
        })?;
    }
    Ok(())
}

/// The path without links, as far as it exists: under two names it is still one cluster, with one socket.
pub(super) fn real_path(folder: &Path) -> std::io::Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    for above in folder.ancestors() {
        if let (Ok(real), Ok(below)) = (above.canonicalize(), folder.strip_prefix(above)) {
            // joined with nothing it would end with a slash
            return Ok(if below.as_os_str().is_empty() { real } else { real.join(below) });
        }
    }
    Ok(folder)
}

/// Postgres' own account has to reach the data through every folder above it.
fn check_way(folder: &Path, owner: &Owner) -> Result<()> {
    for above in folder.ancestors() {
        let metadata = above.metadata().map_err(|source| Error::file("look at", above, source))?;
        let is_own = metadata.uid() == owner.uid.as_raw() && metadata.mode() & 0o100 != 0;
        let is_groups = metadata.gid() == owner.gid.as_raw() && metadata.mode() & 0o010 != 0;
        if !is_own && !is_groups && metadata.mode() & 0o001 == 0 {
            return Err(Error::config(format!(
                "the server runs as {} and cannot reach {}: {} is closed to it",
                owner.name,
                folder.display(),
                above.display()
            ))
            .hint(format!("chmod o+x {}", above.display()))
            .hint("or set database.state_dir to a folder below /var/lib"));
        }
    }
    Ok(())
}

/// Takes the lock that makes starting and stopping exclusive; released when dropped, or when the process dies. In a folder of
/// the owner's it is his, whoever makes it first: he has to be able to start his server without root.
pub(super) fn lock(state_dir: &Path, owner: &Owner, patience: Duration) -> Result<File> {
    let path = state_dir.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .custom_flags(NO_LINKS)
        .open(&path)
        .map_err(|source| Error::file("open", &path, source))?;
    if is_of(state_dir, owner) {
        owner.take(&path)?;
    }
    let locked = wait_for(patience, || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(Error::file("lock", &path, source)),
    })?;
    locked.map(|()| file).ok_or_else(|| {
        Error::new(
            Kind::Temporary,
            format!("another process has been starting or stopping the private cluster for {} s", patience.as_secs()),
        )
    })
}

/// Where the socket lies: beside the data, or, if that path is too long for a socket, in a short folder named after it. Not
/// in `/run/user`, which ends with the session that cron never had. Root, the owner and a guest find the same one: it goes by
/// whose the state directory is.
pub(super) fn socket_dir(state_dir: &Path, owner: &Owner) -> PathBuf {
    let beside = state_dir.join("run");
    if fits(&beside) {
        return beside;
    }
    let digest = Sha256::digest(state_dir.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let is_roots = match state_dir.metadata() {
        Ok(found) => found.uid() == 0,
        Err(_) => owner.is_other,
    };
    match is_roots {
        true => PathBuf::from(format!("/run/wvl-{name}")),
        false => PathBuf::from(format!("/tmp/wvl-{}-{name}", owner.uid)),
    }
}

/// Short enough, and without characters that the server's command line would need quotes for.
fn fits(folder: &Path) -> bool {
    let bytes = folder.as_os_str().as_encoded_bytes();
    bytes.len() + SOCKET_NAME.len() <= LONGEST_SOCKET_PATH
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@".contains(byte))
}

/// Makes the socket's folder, writable by the owner alone and as open as the state directory: who may pass through that may
/// reach the socket too, and is asked by the server who he is. One that an older wvl made is opened or closed accordingly.
pub(super) fn prepare_socket_dir(state_dir: &Path, owner: &Owner) -> Result<PathBuf> {
    let folder = socket_dir(state_dir, owner);
    match DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) => owner.take(&folder)?,
        Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(Error::file("create the socket's folder", &folder, source)),
    }
    let is_open = state_dir.metadata().is_ok_and(|found| found.mode() & 0o001 != 0);
    let mode = if is_open { 0o755 } else { 0o700 };
    let not_ours = || {
        Error::config(format!("the socket's folder {} is not a folder of {} alone", folder.display(), owner.name))
            .hint("remove it, or set database.state_dir to a shorter path")
    };
    // in /tmp somebody else could have been quicker, or have left a link
    let flags = NO_LINKS | nix::fcntl::OFlag::O_DIRECTORY.bits();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(&folder).map_err(|_| not_ours())?;
    let found = opened.metadata().map_err(|source| Error::file("look at", &folder, source))?;
    if found.uid() != owner.uid.as_raw() || found.mode() & 0o022 != 0 {
        return Err(not_ours());
    }
    if found.mode() & 0o777 != mode {
        opened
            .set_permissions(Permissions::from_mode(mode))
            .map_err(|source| Error::file("set the rights of", &folder, source))?;
    }
    Ok(folder)
}

/// Lets others pass through the state directory. What lies in it keeps its own rights, and nobody can list it.
pub(super) fn open_state_dir(folder: &Path) -> Result<()> {
    let cannot = |source| Error::file("let others pass through", folder, source);
    let mode = folder.metadata().map_err(cannot)?.mode();
    if mode & 0o011 == 0o011 {
        return Ok(());
    }
    std::fs::set_permissions(folder, Permissions::from_mode(mode & 0o7777 | 0o011)).map_err(cannot)
}

/// The outermost folder above that others may not pass through.
pub(super) fn closed_above(folder: &Path) -> Option<PathBuf> {
    let is_closed = |above: &&Path| above.metadata().is_ok_and(|found| found.mode() & 0o001 == 0);
    folder.ancestors().skip(1).filter(is_closed).last().map(Path::to_path_buf)
}

/// The log, opened to be appended to, readable by its owner alone.
pub(super) fn open_log(path: &Path, owner: &Owner) -> Result<File> {
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .custom_flags(NO_LINKS)
        .open(path)
        .map_err(|source| Error::file("open", path, source))?;
    owner.take(path)?;
    Ok(log)
}

/// Sets a large log aside. Only ever called while no server runs; a failure here is no reason not to start.
pub(super) fn rotate_log(path: &Path) {
    if path.metadata().is_ok_and(|metadata| metadata.len() > LARGEST_LOG) {
        let _ = std::fs::rename(path, path.with_extension("old"));
    }
}

/// The end of the log, for the message of a server that does not start.
pub(super) fn last_lines(path: &Path, count: usize) -> Vec<String> {
    let Ok(mut file) = File::open(path) else { return Vec::new() };
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let _ = file.seek(SeekFrom::Start(length.saturating_sub(4096)));
    let mut bytes = Vec::new();
    let _ = file.take(4096).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let telling = |line: &&str| line.contains("FATAL") || line.contains("ERROR") || line.contains("HINT");
    let mut lines: Vec<String> = text.lines().rev().filter(telling).take(count).map(str::to_owned).collect();
    lines.reverse();
    lines
}

/// Makes a rename in this folder outlast a power failure.
pub(super) fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(|source| Error::file("sync", folder, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_gets_a_short_socket() {
        let owner = Owner::of_cluster_in(None).unwrap();
        assert_eq!(socket_dir(Path::new("/var/lib/wvl"), &owner), Path::new("/var/lib/wvl/run"));
        for awkward in [format!("/srv/{}", "x".repeat(120)), "/srv/with space".into()] {
            let folder = socket_dir(Path::new(&awkward), &owner);
            assert!(fits(&folder), "{}", folder.display());
            assert_ne!(folder, socket_dir(Path::new("/srv/other with space"), &owner));
        }
    }

    #[test]
    fn a_folder_open_to_all_is_refused() {
        let owner = Owner::of_cluster_in(None).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(prepare_state_dir(folder.path(), &owner).unwrap_err().kind(), Kind::Config);
    }

    #[test]
    fn the_lock_is_exclusive() {
        let folder = tempfile::tempdir().unwrap();
        let owner = Owner::of_cluster_in(Some(folder.path())).unwrap();
        let held = lock(folder.path(), &owner, Duration::ZERO).unwrap();
        assert_eq!(lock(folder.path(), &owner, Duration::from_millis(30)).unwrap_err().kind(), Kind::Temporary);
        drop(held);
        lock(folder.path(), &owner, Duration::ZERO).unwrap();
    }
}
