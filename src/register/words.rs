//! Values from a fixed list: stored in English, read in both languages from the command line and from files, printed in
//! German.

use std::borrow::Cow;

use super::Wording;
use crate::config::nearest;

/// The words of one column: each as it is stored, and how the office says it. The first of the office's words is the one
/// that is printed, the others are read as well.
#[derive(Debug, PartialEq, Eq)]
pub struct Words(pub &'static [(&'static str, &'static [&'static str])]);

impl Words {
    /// The stored word for what somebody typed in either language; the error lists what is valid.
    pub fn parse(&self, typed: &str) -> Result<&'static str, String> {
        self.find(typed).ok_or_else(|| {
            let words = self.0.iter().flat_map(|(stored, office)| office.iter().copied().chain([*stored]));
            let near = nearest(typed, words).map_or_else(String::new, |near| format!("did you mean “{near}”? "));
            format!("{near}use one of {}", self.valid())
        })
    }

    /// The stored word for what is written in either language. Case, umlauts, spaces and punctuation do not count.
    pub fn find(&self, written: &str) -> Option<&'static str> {
        let wanted = folded(written);
        let is_meant = |stored: &str, office: &[&str]| {
            folded(stored) == wanted || office.iter().any(|office| folded(office) == wanted)
        };
        self.0.iter().find(|(stored, office)| is_meant(stored, office)).map(|(stored, _)| *stored)
    }

    /// What the office says for a stored word.
    pub fn for_people<'a>(&self, stored: &'a str) -> &'a str {
        self.0
            .iter()
            .find(|(word, _)| *word == stored)
            .and_then(|(_, office)| office.first())
            .map_or(stored, |word| word)
    }

    /// A stored word in this wording; what is no word of the list stays as it is.
    pub fn said<'a>(&self, stored: &'a str, wording: Wording) -> Cow<'a, str> {
        match wording {
            Wording::Office => self.for_people(stored).into(),
            Wording::English if self.0.iter().any(|(word, _)| *word == stored) => stored.replace('_', " ").into(),
            Wording::English | Wording::Stored => stored.into(),
        }
    }

    /// The words of the office, one for each that is stored.
    pub fn office(&self) -> Vec<&'static str> {
        self.0.iter().map(|(stored, office)| *office.first().unwrap_or(stored)).collect()
    }

    /// The valid words: `open (offen), won (gewonnen)`.
    pub fn valid(&self) -> String {
        let both = self.0.iter().zip(self.office()).map(|((stored, _), office)| format!("{stored} ({office})"));
        both.collect::<Vec<_>>().join(", ")
    }
}

/// A heading or a word without what does not count: `Kd-Nr.`, `KDNR` and `kd nr` are one, `Straße` is `Strasse`.
pub fn folded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            letter if letter.is_alphanumeric() => plain.push(letter),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: Words =
        Words(&[("in_progress", &["in Bearbeitung"]), ("closed", &["geschlossen", "erledigt"]), ("void", &[])]);

    #[test]
    fn both_languages_are_read_and_one_is_stored() {
        for typed in ["in-progress", "In Bearbeitung", "in_bearbeitung", " in bearbeitung "] {
            assert_eq!(STATUS.parse(typed), Ok("in_progress"), "{typed}");
        }
        assert_eq!(STATUS.parse("erledigt"), Ok("closed"));
        assert_eq!(STATUS.for_people("closed"), "geschlossen");
        assert_eq!((STATUS.for_people("void"), STATUS.for_people("x")), ("void", "x"));
        let said = |wording| STATUS.said("in_progress", wording);
        assert_eq!((said(Wording::English), said(Wording::Stored)), ("in progress".into(), "in_progress".into()));
        let message = STATUS.parse("zu").unwrap_err();
        assert_eq!(message, "use one of in_progress (in Bearbeitung), closed (geschlossen), void (void)");
    }
}
