//! The folder into which other programs put their files: which of them are ours, in which order, and where they go
//! afterwards. Reads and moves files; imports none.
//!
//! A file is known by a pattern of the configuration, else by the beginning of its name: `customers-2026-11-22.csv`,
//! or a profile's name. Links are left alone, so that nothing is read or written outside of the folder.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::NaiveDateTime;

use super::age::said_in;
use super::register::Register;
use super::settings::ImportSettings;
use crate::error::{Error, Kind, Result};

/// Where imported files go, and where wrong ones.
pub const DONE: &str = "done";
/// See [`DONE`].
pub const FAILED: &str = "failed";

/// Names of files that are being written.
const UNFINISHED: [&str; 5] = [".part", ".tmp", ".filepart", ".crdownload", "~"];
/// Names of files that we write.
const OURS: [&str; 2] = [".rejected.csv", ".errors.txt"];
/// Names of files that can be meant for us without a pattern.
const TABLES: [&str; 2] = [".csv", ".txt"];
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
    said: Option<NaiveDateTime>,
    modified: SystemTime,
    size: u64,
}

impl Waiting {
    /// When it speaks of: as its name says, else when it was written. Hosts and zones may differ by hours; files that both
    /// have a date in their name are compared by nothing else.
    fn of(&self) -> SystemTime {
        self.said.map_or(self.modified, |said| said.and_utc().into())
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
            if !is_finished(&name) || meaning.is_none() && !ends_with_one_of(&name, &TABLES) {
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

    /// A file of the same meaning that was imported already and speaks of a later time: by the dates in both names, or by
    /// when both were written if neither has one. After it, an earlier list of all that is open would open what was closed
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
            let (of, limit) = match (said_in(plain), file.said) {
                (Some(said), Some(limit)) => (said.and_utc().into(), limit.and_utc().into()),
                (None, None) => (modified, file.modified),
                _ => continue,
            };
            if of > limit && newest.as_ref().is_none_or(|(before, _)| of > *before) {
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

/// The name that a file had before [`Folder::place_for`]: without `2026-11-22-0400-` and the number of a second one.
fn without_stamp(name: &str) -> Option<&str> {
    const FORM: &[u8] = b"0000-00-00-0000-";
    let stamp = name.as_bytes().get(..FORM.len())?;
    let is_stamp = stamp.iter().zip(FORM).all(|(letter, form)| match form {
        b'0' => letter.is_ascii_digit(),
        _ => letter == form,
    });
    let plain = name.get(FORM.len()..).filter(|_| is_stamp)?;
    let counted = plain.split_once('-').filter(|(count, _)| {
        count.parse::<u32>().is_ok_and(|count| (2..MOST_OF_A_NAME).contains(&count)) && !count.starts_with('0')
    });
    // 2026-11-22.csv is a name and no second file
    Some(counted.map_or(plain, |(count, rest)| if count.len() == 4 && said_in(plain).is_some() { plain } else { rest }))
}

/// Writes what was wrong with a file beside it.
pub fn write_errors(file: &Path, text: &str) -> Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".errors.txt");
    let place = Path::new(&name);
    fs::write(place, text).map_err(|error| Error::file("write", place, error))
}

fn is_finished(name: &str) -> bool {
    !name.starts_with('.') && !ends_with_one_of(name, &UNFINISHED) && !ends_with_one_of(name, &OURS)
}

fn ends_with_one_of(name: &str, endings: &[&str]) -> bool {
    let name = name.to_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}

/// The profile or register that the file belongs to.
fn meaning_of(name: &str, settings: &ImportSettings, registers: &[(&str, &'static Register)]) -> Option<String> {
    if let Some((_, meaning)) = settings.files.iter().find(|(pattern, _)| matches(pattern, name)) {
        return Some(meaning.clone());
    }
    if !ends_with_one_of(name, &TABLES) {
        return None;
    }
    let profiles = settings.profiles.iter().map(|profile| profile.name.as_str());
    let all = profiles.chain(registers.iter().map(|(noun, _)| *noun));
    // contact-person before contact, had it a file
    all.filter(|known| begins_with(name, known)).max_by_key(|known| known.len()).map(str::to_owned)
}

/// Whether a file name begins with this word, also in its other number: `customers_2026.csv`, `companies.csv`.
fn begins_with(name: &str, word: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let (name, word) = (plain(name), plain(word));
    let plural = word.strip_suffix('y').map_or_else(|| format!("{word}s"), |stem| format!("{stem}ies"));
    let ends = |rest: &str| rest.starts_with(|letter: char| !letter.is_alphabetic());
    [word, plural].iter().any(|word| name.strip_prefix(word.as_str()).is_some_and(ends))
}

fn rank_of(meaning: Option<&str>, settings: &ImportSettings, registers: &[(&str, &'static Register)]) -> usize {
    let profile = settings.profiles.iter().find(|profile| Some(profile.name.as_str()) == meaning);
    let noun = profile.map(|profile| profile.register.as_str()).or(meaning);
    registers.iter().position(|(known, _)| Some(*known) == noun).unwrap_or(registers.len())
}

/// Whether a name is of this pattern: `*` is any text, `?` any letter; capitals do not count.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                // the last star takes one letter more
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name) in [("offers-*.csv", "offers-1.csv"), ("*", ""), ("*.CSV", "a.csv"), ("a?c*e", "abcde")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("offers-*.csv", "offers-1.csv.part"), ("a?c", "ac"), ("", "a"), ("*b", "abc")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(!matches(&"*a".repeat(50), &"a".repeat(40)), "in no long time");
    }

    #[test]
    fn names_begin_with_what_they_are() {
        for (name, word) in [
            ("customer.csv", "customer"),
            ("Customers-2026-11-22.csv", "customer"),
            ("contact_persons.csv", "contact-person"),
            ("companies.csv", "company"),
            ("c-entron-offers 3.txt", "c-entron-offers"),
        ] {
            assert!(begins_with(name, word), "{name}");
        }
        assert!(!begins_with("tasking.csv", "task") && !begins_with("mytasks.csv", "task"));
    }

    #[test]
    fn a_name_is_known_again_behind_its_stamp() {
        for (name, plain) in [
            ("2026-11-22-0400-offers.csv", "offers.csv"),
            ("2026-11-22-0400-2-offers.csv", "offers.csv"),
            ("2026-11-22-0400-2026-11-21.csv", "2026-11-21.csv"),
            ("2026-11-22-0400-17-2026-11-21.csv", "2026-11-21.csv"),
        ] {
            assert_eq!(without_stamp(name), Some(plain), "{name}");
        }
        assert_eq!((without_stamp("offers.csv"), without_stamp("2026-11-22-04ü-a")), (None, None));
    }

    #[test]
    fn what_is_being_written_is_no_file_yet() {
        for name in ["a.csv.part", "a.csv.TMP", ".a.csv", "a.csv~", "a.csv.rejected.csv", "a.csv.errors.txt"] {
            assert!(!is_finished(name), "{name}");
        }
        assert!(is_finished("a.csv"));
    }
}
