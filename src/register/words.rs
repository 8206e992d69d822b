//! Values from a fixed list: stored in English, read in both languages, printed in German.

/// The words of one column: as stored, as the office says it. Further spellings follow the one that is printed.
#[derive(Debug)]
pub struct Words(pub &'static [(&'static str, &'static str)]);

impl Words {
    /// The stored word for what somebody typed in either language; the error lists what is valid.
    pub fn parse(&self, typed: &str) -> Result<&'static str, String> {
        let wanted = plain(typed);
        self.0
            .iter()
            .find(|(stored, office)| plain(stored) == wanted || plain(office) == wanted)
            .map(|(stored, _)| *stored)
            .ok_or_else(|| format!("use one of {}", self.valid()))
    }

    /// What the office says for a stored word.
    pub fn for_people<'a>(&self, stored: &'a str) -> &'a str {
        self.0.iter().find(|(word, _)| *word == stored).map_or(stored, |(_, office)| office)
    }

    /// The valid words: `open (offen), won (gewonnen)`.
    pub fn valid(&self) -> String {
        let mut seen: Vec<&str> = Vec::new();
        let mut valid = Vec::new();
        for (stored, office) in self.0 {
            if !seen.contains(stored) {
                seen.push(stored);
                valid.push(format!("{stored} ({office})"));
            }
        }
        valid.join(", ")
    }
}

/// `In Bearbeitung`, `in-bearbeitung` and `in_bearbeitung` are the same.
fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: Words =
        Words(&[("in_progress", "in Bearbeitung"), ("closed", "geschlossen"), ("closed", "erledigt")]);

    #[test]
    fn both_languages_are_read_and_one_is_stored() {
        for typed in ["in-progress", "In Bearbeitung", "in_bearbeitung", " in bearbeitung "] {
            assert_eq!(STATUS.parse(typed), Ok("in_progress"), "{typed}");
        }
        assert_eq!(STATUS.parse("erledigt"), Ok("closed"));
        assert_eq!(STATUS.for_people("closed"), "geschlossen");
        let message = STATUS.parse("zu").unwrap_err();
        assert_eq!(message, "use one of in_progress (in Bearbeitung), closed (geschlossen)");
    }
}
