//! What the templates say in each language: `templates/mail/<language>/words.toml`, a flat list of texts that they print
//! as `words.area`. A file of the same name in the folder of an installation replaces single texts; the others stay.

use std::collections::BTreeMap;

use super::Language;
use super::folder::Folder;
use crate::error::{Error, Result};

/// The texts of one language by their names.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub(super) texts: BTreeMap<String, String>,
    /// Texts of the folder's file that no template knows, each a sentence.
    pub(super) problems: Vec<String>,
}

/// The file's name below the template folder.
pub(super) fn file(language: Language) -> String {
    format!("mail/{}/words.toml", language.code())
}

fn embedded(language: Language) -> &'static str {
    match language {
        Language::German => include_str!("../../templates/mail/de/words.toml"),
        Language::English => include_str!("../../templates/mail/en/words.toml"),
    }
}

/// The texts of a language, and whether the folder replaces any of them.
pub(super) fn load(language: Language, folder: Option<&Folder>) -> Result<(Words, bool)> {
    let name = file(language);
    let mut words = Words { texts: read(&name, embedded(language))?, problems: Vec::new() };
    let Some(text) = folder.map(|folder| folder.read(&name)).transpose()?.flatten() else { return Ok((words, false)) };
    for (key, text) in read(&name, &text)? {
        match words.texts.get_mut(&key) {
            Some(known) => *known = text,
            None => words.problems.push(format!("{name} has the text {key}, which no template prints")),
        }
    }
    Ok((words, true))
}

fn read(name: &str, text: &str) -> Result<BTreeMap<String, String>> {
    toml::from_str(text).map_err(|cause| {
        Error::config(format!("{name} cannot be read"))
            .caused_by(cause)
            .hint("each line is a name and a text in quotes, as in area = \"Bereich\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_texts() {
        let names = |language| load(language, None).unwrap().0.texts.into_keys().collect::<Vec<_>>();
        assert_eq!(names(Language::German), names(Language::English));
    }

    #[test]
    fn a_file_replaces_single_texts() {
        let top = tempfile::tempdir().unwrap();
        let folder = Folder::open(top.path()).unwrap();
        std::fs::create_dir_all(top.path().join("mail/en")).unwrap();
        std::fs::write(top.path().join(file(Language::English)), "area = \"Topic\"\narae = \"x\"\n").unwrap();
        let (words, replaced) = load(Language::English, Some(&folder)).unwrap();
        assert!(replaced);
        assert_eq!((words.texts["area"].as_str(), words.texts["customer"].as_str()), ("Topic", "Customer"));
        assert_eq!(words.problems, ["mail/en/words.toml has the text arae, which no template prints"]);
        assert!(!load(Language::German, Some(&folder)).unwrap().1);

        std::fs::write(top.path().join(file(Language::English)), "area = Topic\n").unwrap();
        let error = load(Language::English, Some(&folder)).unwrap_err();
        assert!(error.to_string().starts_with("mail/en/words.toml"), "{error}");
    }
}
