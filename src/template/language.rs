//! The languages that mails are written in.

/// German is the office's language, and that of everybody who asked for no other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Deutsch: `Mo, 23.11.2026`, `1.234,50 €`.
    #[default]
    German,
    /// English as it is written in Europe: `Mon 23 Nov 2026`, `1,234.50 EUR`.
    English,
}

impl Language {
    /// Each of them once.
    pub const ALL: [Language; 2] = [Language::German, Language::English];

    /// As the database, the template folder and HTML write it (ISO 639-1).
    pub fn code(self) -> &'static str {
        match self {
            Language::German => "de",
            Language::English => "en",
        }
    }

    /// The language of that code; the usual one for a code nobody knows.
    pub fn of_code(code: &str) -> Language {
        Language::ALL.into_iter().find(|language| language.code() == code).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_there_and_back() {
        for language in Language::ALL {
            assert_eq!(Language::of_code(language.code()), language);
        }
        assert_eq!(Language::of_code("fr"), Language::German);
    }
}
