//! What this machine knows and the database does not: which processes live, how full its disks are, which files wait.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::db::job_runs;
use crate::import::folder::FAILED;

/// A disk and what is left of it.
#[derive(Clone, Debug)]
pub struct Disk {
    /// A folder of ours on it.
    pub folder: PathBuf,
    /// Bytes that may still be written.
    pub free: u64,
    /// Bytes it has.
    pub size: u64,
}

/// Files that could not be imported.
#[derive(Clone, Debug, Default)]
pub struct FailedFiles {
    /// Their folder.
    pub folder: PathBuf,
    /// How many.
    pub count: usize,
    /// The latest.
    pub newest: String,
}

/// This machine.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Its name, as the diary has it.
    pub name: String,
    /// The disks of our folders.
    pub disks: Vec<Disk>,
    /// Whether this user may look into the folder of the imports.
    pub sees_imports: bool,
    /// Files that could not be imported.
    pub failed_files: Option<FailedFiles>,
}

impl Host {
    /// Looks around. What cannot be looked at is left out: that is for `wvl doctor` to say.
    pub fn look(folders: &[PathBuf], imports: Option<&Path>) -> Host {
        let name = job_runs::host();
        let disks = folders.iter().filter_map(|folder| disk(folder)).collect();
        let sees_imports = imports.is_some_and(|folder| std::fs::read_dir(folder).is_ok());
        Host { name, disks, sees_imports, failed_files: imports.and_then(failed_files) }
    }

    /// Whether that process is known to have ended; none: it ran elsewhere.
    pub fn has_ended(&self, host: &str, pid: i32) -> Option<bool> {
        (host == self.name).then(|| !job_runs::is_alive(pid))
    }
}

fn disk(folder: &Path) -> Option<Disk> {
    // what does not exist yet will lie on its parent's disk
    let existing = folder.ancestors().find(|place| place.is_dir())?;
    let found = nix::sys::statvfs::statvfs(existing).ok()?;
    let block = found.fragment_size();
    Some(Disk {
        folder: folder.to_owned(),
        free: found.blocks_available().saturating_mul(block),
        size: found.blocks().saturating_mul(block),
    })
}

/// Each file once: beside it lies why it could not be imported, or only its rows that were rejected do.
fn failed_files(folder: &Path) -> Option<FailedFiles> {
    let folder = folder.join(FAILED);
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).ok()?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let plain = name.strip_suffix(".errors.txt").or_else(|| name.strip_suffix(".rejected.csv")).unwrap_or(&name);
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            names.insert(plain.to_owned());
        }
    }
    // a time stamp begins each name
    let newest = names.last()?.clone();
    Some(FailedFiles { folder, count: names.len(), newest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_ended_is_known_on_its_own_host_alone() {
        let host = Host::look(&[], None);
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(host.has_ended(&host.name, own), Some(false));
        assert_eq!(host.has_ended("elsewhere", own), None);
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        child.wait().unwrap();
        assert_eq!(host.has_ended(&host.name, pid), Some(true));
        // the first process of every machine is there, and no wvl: a number that was given out again
        assert_eq!(host.has_ended(&host.name, 1), Some(true));
    }

    #[test]
    fn files_are_counted_without_what_is_said_of_them() {
        let place = tempfile::tempdir().unwrap();
        assert!(Host::look(&[], Some(place.path())).failed_files.is_none());
        let failed = place.path().join(FAILED);
        std::fs::create_dir(&failed).unwrap();
        for name in [
            "2026-11-21-0700-a.csv",
            "2026-11-22-0700-a.csv",
            "2026-11-22-0700-a.csv.errors.txt",
            "2026-11-22-0800-b.csv.rejected.csv",
        ] {
            std::fs::write(failed.join(name), "").unwrap();
        }
        let found = Host::look(&[], Some(place.path())).failed_files.unwrap();
        assert_eq!((found.count, found.newest.as_str()), (3, "2026-11-22-0800-b.csv"));
    }
}
