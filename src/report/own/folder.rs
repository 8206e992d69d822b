//! The reports that there are: files of one folder (`report.folder`), and those that come with the program.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{LONGEST, Own, built_in};
use crate::config::nearest;
use crate::error::{Error, Result};
use crate::outbox::channels::Channels;

const ENDING: &str = "sql";
/// A folder with more files is another one by mistake.
const MOST: usize = 1_000;

/// A report by its name, or what is wrong with its file.
#[derive(Debug)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// The report.
    pub read: Result<Own>,
}

/// All reports, by their names.
#[derive(Debug)]
pub struct Listing {
    /// The reports; one of the house's own stands for one of the same name that comes with the program.
    pub found: Vec<Found>,
    /// Why there may be more: the folder cannot be read.
    pub trouble: Option<Error>,
}

/// Looks at all reports.
pub fn all(folder: Option<&Path>, channels: &Channels) -> Listing {
    let mut found: Vec<Found> = built_in::NAMES
        .iter()
        .map(|name| Found { name: (*name).to_owned(), read: built_in::read(name, channels) })
        .collect();
    let (files, trouble) = match folder.map(files) {
        None => (Vec::new(), None),
        Some(Ok(files)) => (files, None),
        Some(Err(error)) => (Vec::new(), Some(error)),
    };
    for (at, (name, path)) in files.iter().enumerate() {
        let read = match files.iter().skip(at + 1).any(|(other, _)| other == name) {
            true => Err(twice(path)),
            false => read(folder.unwrap_or(Path::new("")), name, path, channels),
        };
        let own = Found { read, name: name.clone() };
        match found.iter_mut().find(|known| known.name == own.name) {
            // two files of one name are none
            Some(known) if at > 0 && files[..at].iter().any(|(other, _)| *other == own.name) => {
                known.read = Err(twice(path))
            }
            Some(known) => *known = own,
            None => found.push(own),
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Listing { found, trouble }
}

/// The report of this name.
///
/// Errors: there is none ([`crate::error::Kind::NotFound`]); its file is wrong, or the folder cannot be read.
pub fn one(folder: Option<&Path>, name: &str, channels: &Channels) -> Result<Own> {
    if let Some(folder) = folder {
        let files = files(folder)?;
        let mut of_name = files.iter().filter(|(known, _)| known == name);
        match (of_name.next(), of_name.next()) {
            (Some((_, path)), Some(_)) => return Err(twice(path)),
            (Some((name, path)), None) => return read(folder, name, path, channels),
            _ => {}
        }
    }
    if built_in::NAMES.contains(&name) {
        return built_in::read(name, channels);
    }
    let listing = all(folder, channels);
    let near = nearest(name, listing.found.iter().map(|found| found.name.as_str()));
    let error = Error::not_found("report", name);
    Err(match near {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("“wvl report list” names them"),
    })
}

/// Whoever may write into the folder decides what the jobs tell, and to whom: an error where that is anybody.
pub fn check_rights(folder: &Path) -> Result<()> {
    let found = fs::metadata(folder).map_err(|error| Error::file("read", folder, error))?;
    let files = files(folder)?;
    let paths = files.iter().map(|(_, path)| path.as_path()).filter_map(|path| Some((path, fs::metadata(path).ok()?)));
    let strange = std::iter::once((folder, found))
        .chain(paths)
        .find(|(_, found)| found.mode() & 0o022 != 0 && found.mode() & 0o1000 == 0);
    match strange {
        None => Ok(()),
        Some((path, _)) => Err(Error::config(format!("{} may be changed by others than its owner", path.display()))
            .hint(format!("chmod go-w {}", path.display()))),
    }
}

/// The files of the folder with the names of their reports.
fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let cannot = |error| Error::file("read the reports in", folder, error).hint("report.folder names the folder");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let is_report = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING));
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // what an editor leaves behind is hidden
        if is_report && !name.starts_with('.') {
            files.push((name, path));
        }
        if files.len() > MOST {
            return Err(Error::config(format!("{} holds more than {MOST} reports", folder.display())));
        }
    }
    files.sort();
    Ok(files)
}

fn twice(path: &Path) -> Error {
    Error::config(format!("{}: there is another file of this name, with an ending in other letters", path.display()))
        .hint("take one of them away")
}

fn read(folder: &Path, name: &str, path: &Path, channels: &Channels) -> Result<Own> {
    let file = path.display().to_string();
    let cannot = |error| Error::file("read", path, error);
    let (real, root) = (path.canonicalize().map_err(cannot)?, folder.canonicalize().map_err(cannot)?);
    if !real.starts_with(&root) {
        return Err(Error::config(format!("{file} is a link out of the folder of reports"))
            .hint("copy the file into the folder"));
    }
    let about = fs::metadata(&real).map_err(cannot)?;
    if !about.is_file() || about.len() > LONGEST {
        return Err(Error::config(format!("{file} is no text of at most 1 MB")));
    }
    let text = String::from_utf8(fs::read(&real).map_err(cannot)?).map_err(|error| {
        let place = error.utf8_error().valid_up_to() + 1;
        Error::config(format!("{file} is not UTF-8 from byte {place} on")).hint("save it as UTF-8 in the editor")
    })?;
    let own = Own::read(name, &file, &text, channels)?;
    if built_in::NAMES.contains(&name) && !own.head.overrides {
        return Err(Error::config(format!("{file}: a report {name} comes with wvl"))
            .hint("call it otherwise, or say override = true in its head"));
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::error::Kind;

    const SOUND: &str = "/* wvl\ntitle = \"x\"\ncounts_by = \"heute\"\n*/ SELECT 1";

    fn listed(folder: &Path) -> Vec<(String, Option<String>)> {
        let listing = all(Some(folder), &Channels::default());
        assert!(listing.trouble.is_none());
        let own = listing.found.into_iter().filter(|found| !matches!(&found.read, Ok(own) if own.is_built_in));
        own.map(|found| (found.name, found.read.err().map(|error| error.to_string()))).collect()
    }

    #[test]
    fn the_files_of_the_folder_are_reports() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("reports");
        fs::create_dir(&folder).unwrap();
        for (name, text) in [
            ("sound.sql", SOUND.to_owned()),
            ("notes.txt", "x".to_owned()),
            (".sound.sql.swp", "x".to_owned()),
            (".hidden.sql", "x".to_owned()),
            ("Umsatz.sql", SOUND.to_owned()),
            ("margin.sql", SOUND.to_owned()),
            ("twice.sql", SOUND.to_owned()),
            ("twice.SQL", SOUND.to_owned()),
            ("overdue.sql", SOUND.replace("*/", "override = true\n*/")),
            ("bom.sql", format!("\u{feff}{SOUND}")),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        fs::write(folder.join("latin.sql"), b"/* wvl\ntitle = \"\xfc\" */").unwrap();
        fs::write(top.path().join("secret.sql"), SOUND).unwrap();
        symlink("../secret.sql", folder.join("link.sql")).unwrap();
        symlink("sound.sql", folder.join("alias.sql")).unwrap();
        fs::create_dir(folder.join("folder.sql")).unwrap();
        let listed = listed(&folder);
        let names: Vec<&str> = listed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Umsatz", "alias", "bom", "folder", "latin", "link", "margin", "overdue", "sound", "twice"]);
        for (name, told) in [
            ("Umsatz", "is no name of a report"),
            ("folder", "no text of at most"),
            ("latin", "not UTF-8 from byte 17"),
            ("link", "link out of the folder"),
            ("margin", "a report margin comes with wvl"),
            ("twice", "there is another file of this name"),
        ] {
            let found = listed.iter().find(|(known, _)| known == name).unwrap();
            assert!(found.1.as_deref().is_some_and(|error| error.contains(told)), "{found:?}");
        }
        assert!(
            listed
                .iter()
                .filter(|(name, _)| ["alias", "bom", "overdue", "sound"].contains(&name.as_str()))
                .all(|(_, wrong)| wrong.is_none())
        );
    }

    #[test]
    fn one_that_is_not_there_is_told_with_what_was_meant() {
        let error = one(None, "margn", &Channels::default()).unwrap_err();
        assert_eq!((error.kind(), error.hints()[0].as_str()), (Kind::NotFound, "did you mean margin?"));
        let error = one(Some(Path::new("/nonexistent")), "margin", &Channels::default()).unwrap_err();
        assert!(error.to_string().contains("/nonexistent"), "{error}");
        assert!(all(Some(Path::new("/nonexistent")), &Channels::default()).trouble.is_some());
    }

    #[test]
    fn nobody_else_may_write_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("x.sql"), SOUND).unwrap();
        fs::set_permissions(folder.path().join("x.sql"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(check_rights(folder.path()).is_ok());
        fs::set_permissions(folder.path().join("x.sql"), fs::Permissions::from_mode(0o666)).unwrap();
        assert!(
            check_rights(folder.path())
                .unwrap_err()
                .to_string()
                .ends_with("x.sql may be changed by others than its owner")
        );
    }
}
