//! The folder into which other programs put their files: which of them are ours, in which order, and where they go
//! afterwards. Reads and moves files; imports none.
//!
//! A file is known by a pattern of the configuration, else by the beginning of its name: `customers-2026-11-22.csv`,
//! or a profile's name. Links are left alone, so that nothing is read or written outside of the folder.

mod age;
mod names;

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use self::age::{Said, said_in};
use self::names::{is_finished, is_table, meaning_of, rank_of, without_stamp};
use super::register::Register;
use super::settings::ImportSettings;
use crate::error::{Error, Kind, Result};

/// Where imported files go, and where wrong ones.
pub const DONE: &str = "done";
/// See [`DONE`].
pub const FAILED: &str = "failed";

/// A second file of the same minute and name gets a number; nobody has more.
const MOST_OF_A_NAME: u32 = 10_000;

/// A file that waits in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its name in the folder.
    pub name: String,
    /// The profile or the noun of the register that it belongs to; none: nobody knows.
    pub meaning: Option<String>,
    /// Where its register stands in the order of the registers.
    rank: usize,
    /// The time of which its name speaks.
    said: Option<Said>,
    modified: SystemTime,
    size: u64,
}

impl Waiting {
    /// When it speaks of: as its name says, else when it was written. Hosts and zones may differ by hours; files that both
    /// have a date in their name are compared by nothing else.
    fn of(&self) -> SystemTime {
        self.said.map_or(self.modified, |said| said.at().and_utc().into())
    }
}

/// A folder that no other run works in as long as this lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder for this run; none if another run works in it.
    pub fn take(path: &Path) -> Result<Option<Folder>> {
        let found = fs::metadata(path).map_err(|error| Error::file("look into", path, error))?;
        if !found.is_dir() {
            return Err(Error::usage(format!("{} is no folder", path.display())));
        }
        let name = path.join(".wvl-import.lock");
        // others may write into the folder: their link is not followed
        let itself = nix::fcntl::OFlag::O_NOFOLLOW.bits();
        let lock = File::options().create(true).truncate(false).write(true).custom_flags(itself).open(&name);
        let lock = lock.map_err(|error| Error::file("write", &name, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Folder { path: path.to_owned(), _lock: lock })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(Error::file("lock", &name, error)),
        }
    }

    /// The files that wait, in the order in which they are to be imported: what others refer to first, and of one
    /// register the oldest first, by the date in their names or else by when they were written. What is being written, what is ours and what is no table is not among them; links are
    /// named apart.
    pub fn waiting(
        &self,
        settings: &ImportSettings,
        registers: &[(&str, &'static Register)],
    ) -> Result<(Vec<Waiting>, Vec<String>)> {
        let cannot = |error| Error::file("look into", &self.path, error);
        let (mut waiting, mut links) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&self.path).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let Ok(name) = entry.file_name().into_string() else {
                links.push(format!("{}: its name is no text", entry.file_name().to_string_lossy()));
                continue;
            };
            let Ok(found) = entry.metadata() else { continue };
            let meaning = meaning_of(&name, settings, registers);
            if !is_finished(&name) || meaning.is_none() && !is_table(&name) {
                continue;
            }
            if found.is_file() {
                let rank = rank_of(meaning.as_deref(), settings, registers);
                let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let said = said_in(&name);
                waiting.push(Waiting { name, meaning, rank, said, modified, size: found.len() });
            } else if found.is_symlink() {
                links.push(format!("{name}: is a link, which may lead anywhere; put the file itself into the folder"));
            }
        }
        waiting.sort_by(|a, b| (a.rank, a.of(), a.modified, &a.name).cmp(&(b.rank, b.of(), b.modified, &b.name)));
        Ok((waiting, links))
    }

    /// A file of the same meaning that was imported already and speaks of a later time: by the dates in both names (but none
    /// that lay in the future then), or by when both were written if neither has one. After it, an earlier list of all that is open would open what was closed
    /// meanwhile.
    pub fn newer_than(
        &self,
        file: &Waiting,
        settings: &ImportSettings,
        registers: &[(&str, &'static Register)],
    ) -> Result<Option<String>> {
        let done = self.path.join(DONE);
        let cannot = |error| Error::file("look into", &done, error);
        let entries = match fs::read_dir(&done) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            entries => entries.map_err(cannot)?,
        };
        let mut newest: Option<(SystemTime, String)> = None;
        for entry in entries {
            let entry = entry.map_err(cannot)?;
            let (Ok(name), Ok(found)) = (entry.file_name().into_string(), entry.metadata()) else { continue };
            let Some(plain) = without_stamp(&name) else { continue };
            if meaning_of(plain, settings, registers) != file.meaning {
                continue;
            }
            let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let imported = said_in(name.strip_suffix(plain).unwrap_or_default());
            let (of, is_newer) = match (said_in(plain), file.said) {
                (Some(said), Some(limit)) if imported.is_none_or(|day| said.is_likely_on(day)) => {
                    (said.at().and_utc().into(), said.is_after(limit))
                }
                (None, None) => (modified, modified > file.modified),
                _ => continue,
            };
            if is_newer && newest.as_ref().is_none_or(|(before, _)| of > *before) {
                newest = Some((of, name));
            }
        }
        Ok(newest.map(|(_, name)| format!("{DONE}/{name}")))
    }

    /// Whether nobody has written to the file since it was found.
    pub fn is_still(&self, file: &Waiting) -> bool {
        fs::symlink_metadata(self.path_of(file)).is_ok_and(|found| {
            found.is_file() && found.len() == file.size && found.modified().is_ok_and(|at| at == file.modified)
        })
    }

    /// Where the file is.
    pub fn path_of(&self, file: &Waiting) -> PathBuf {
        self.path.join(&file.name)
    }

    /// A free name below [`DONE`] or [`FAILED`], with the time stamp in front. Makes the subfolder.
    pub fn place_for(&self, subfolder: &str, stamp: &str, name: &str) -> Result<PathBuf> {
        let folder = self.path.join(subfolder);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(Error::file("make", &folder, error));
            }
            _ => {}
        }
        let is_folder = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
        if !is_folder {
            return Err(Error::new(Kind::Failed, format!("{} is no folder", folder.display()))
                .hint("what was imported is moved there; a link may lead anywhere"));
        }
        let mut names = (1..MOST_OF_A_NAME).map(|count| match count {
            1 => folder.join(format!("{stamp}-{name}")),
            count => folder.join(format!("{stamp}-{count}-{name}")),
        });
        let is_free = |place: &PathBuf| fs::symlink_metadata(place).is_err();
        names.find(is_free).ok_or_else(|| Error::new(Kind::Failed, format!("{} is full", folder.display())))
    }

    /// Moves a file to its place. One that has gone meanwhile was moved by somebody else.
    pub fn put_away(&self, file: &Waiting, place: &Path) -> Result<()> {
        let from = self.path_of(file);
        match fs::rename(&from, place) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file("move", &from, error)),
            _ => Ok(()),
        }
    }
}

/// Writes what was wrong with a file beside it.
pub fn write_errors(file: &Path, text: &str) -> Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".errors.txt");
    let place = Path::new(&name);
    fs::write(place, text).map_err(|error| Error::file("write", place, error))
}
