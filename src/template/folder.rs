//! The folder with a company's own templates: only regular files below it are read, whatever their names try.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};

/// A template is a page of text; more is a mistake.
const MAX_BYTES: u64 = 1_000_000;

/// Our own tree is two folders deep; a link back to a parent must not be followed for ever.
const MAX_DEPTH: usize = 8;

/// A folder whose real path is known.
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens `folder`, which must exist.
    pub(super) fn open(folder: &Path) -> Result<Folder> {
        let root = folder.canonicalize().map_err(|cause| {
            Error::config(format!("the template folder {} cannot be read", folder.display()))
                .caused_by(cause)
                .hint("create it, or take mail.templates out of the configuration")
        })?;
        Ok(Folder { root })
    }

    /// The text of the file `name` (with `/` between its parts), or `None` if there is none.
    ///
    /// Refused: names with `..` or a leading `/`, links that lead out of the folder, what is no regular file.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>> {
        let relative = Path::new(name);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Error::config(format!("template name {name} leads out of the template folder")));
        }
        let path = match self.root.join(relative).canonicalize() {
            Ok(path) => path,
            Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(cause) => return Err(Error::file("read the template", &self.root.join(relative), cause)),
        };
        if !path.starts_with(&self.root) {
            return Err(Error::config(format!("template file {name} is a link out of the template folder"))
                .hint("copy the file into the folder"));
        }
        let about = fs::metadata(&path).map_err(|cause| Error::file("read the template", &path, cause))?;
        if !about.is_file() || about.len() > MAX_BYTES {
            return Err(Error::config(format!("template file {name} is no text file of at most {MAX_BYTES} bytes")));
        }
        let bytes = fs::read(&path).map_err(|cause| Error::file("read the template", &path, cause))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text.trim_start_matches('\u{feff}').to_owned())),
            Err(cause) => Err(Error::config(format!("template file {name} is not UTF-8"))
                .caused_by(cause)
                .hint("save it as UTF-8 in the editor")),
        }
    }

    /// All .txt, .html and .toml files below the folder, sorted, with `/` between the parts of their names.
    pub(super) fn files(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        self.collect(&self.root, 0, &mut found)?;
        found.sort();
        Ok(found)
    }

    fn collect(&self, folder: &Path, depth: usize, found: &mut Vec<String>) -> Result<()> {
        let entries = fs::read_dir(folder).map_err(|cause| Error::file("list", folder, cause))?;
        for entry in entries {
            let path = entry.map_err(|cause| Error::file("list", folder, cause))?.path();
            if path.is_dir() && depth < MAX_DEPTH {
                self.collect(&path, depth + 1, found)?;
                continue;
            }
            let extension = path.extension().and_then(|extension| extension.to_str());
            if let (Some("txt" | "html" | "toml"), Ok(relative)) = (extension, path.strip_prefix(&self.root)) {
                let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
                found.push(parts.join("/"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::error::Kind;

    fn two_folders() -> (tempfile::TempDir, Folder) {
        let top = tempfile::tempdir().unwrap();
        let inside = top.path().join("inside");
        fs::create_dir(&inside).unwrap();
        fs::write(top.path().join("secret.txt"), "secret").unwrap();
        fs::write(inside.join("own.txt"), "\u{feff}own").unwrap();
        let folder = Folder::open(&inside).unwrap();
        (top, folder)
    }

    #[test]
    fn reads_what_is_there() {
        let (_top, folder) = two_folders();
        assert_eq!(folder.read("own.txt").unwrap().as_deref(), Some("own"));
        assert_eq!(folder.read("none.txt").unwrap(), None);
        assert_eq!(folder.read("own.txt/none.txt").unwrap(), None);
        assert_eq!(folder.files().unwrap(), ["own.txt"]);
    }

    #[test]
    fn nothing_outside_is_read() {
        let (top, folder) = two_folders();
        let absolute = top.path().join("secret.txt").display().to_string();
        for name in ["../secret.txt", absolute.as_str(), "./../secret.txt", "x/../../secret.txt"] {
            assert_eq!(folder.read(name).unwrap_err().kind(), Kind::Config, "{name}");
        }
        symlink(top.path().join("secret.txt"), top.path().join("inside/link.txt")).unwrap();
        symlink(top.path(), top.path().join("inside/up")).unwrap();
        for name in ["link.txt", "up/secret.txt"] {
            assert!(folder.read(name).unwrap_err().to_string().contains("link out of"), "{name}");
        }
    }

    #[test]
    fn a_link_inside_is_read_and_a_folder_is_not() {
        let (top, folder) = two_folders();
        symlink("own.txt", top.path().join("inside/alias.txt")).unwrap();
        assert_eq!(folder.read("alias.txt").unwrap().as_deref(), Some("own"));
        fs::create_dir(top.path().join("inside/folder.txt")).unwrap();
        assert!(folder.read("folder.txt").is_err());
    }

    #[test]
    fn a_missing_folder_says_the_way_out() {
        let error = Folder::open(Path::new("/nonexistent/templates")).err().unwrap();
        assert_eq!(error.kind(), Kind::Config);
        assert_eq!(error.hints().len(), 1);
    }
}
