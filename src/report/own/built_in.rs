//! The reports that come with the program: files like anybody's, compiled in.

use super::Own;
use crate::error::{Error, Result};
use crate::outbox::channels::Channels;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        /// Their names, sorted.
        pub(super) const NAMES: &[&str] = &[$($name),*];
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("built_in/", $name, ".sql")))),*];
    };
}

built_in![
    "away-this-week",
    "birthdays",
    "contracts",
    "margin",
    "offer-quota",
    "open-items",
    "overdue",
    "pipeline",
    "sla",
    "sold-without",
    "unbilled",
    "workload",
];

/// The report of this name.
pub(super) fn read(name: &str, channels: &Channels) -> Result<Own> {
    let file = FILES.iter().find(|(known, _)| *known == name);
    let (_, text) = file.ok_or_else(|| Error::bug(format!("no report {name} is compiled in")))?;
    Ok(Own { is_built_in: true, ..Own::read(name, name, text, channels)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reads_and_uses_what_it_asks_for() {
        let mut sorted = NAMES.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, NAMES);
        for name in NAMES {
            let own =
                read(name, &Channels::default()).unwrap_or_else(|error| panic!("{name}: {}", error.full_message()));
            assert_eq!(own.warnings(), Vec::<String>::new());
            assert!(!own.head.description.is_empty() && own.head.to.is_empty(), "{name}");
            for parameter in &own.head.parameters {
                assert!(parameter.label != parameter.name, "{name}: {} has no label", parameter.name);
            }
        }
    }

    #[test]
    fn the_list_is_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/own/built_in");
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, NAMES.iter().map(|name| format!("{name}.sql")).collect::<Vec<_>>());
    }
}
