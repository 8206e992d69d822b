//! Makes visible what would change a terminal or fool a reader.

use std::borrow::Cow;

/// The text with control characters, bidi overrides and invisible characters written as `\u{1b}`.
///
/// A customer's name must not be able to move the cursor (CVE-2021-25743) or to read backwards (CVE-2026-28289).
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' | '\t' | '\r' => shown.push(' '),
            _ if is_hidden(character) => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// A text of many lines and tabs, as it goes to a terminal: they stay, all else that is hidden is shown.
pub(super) fn visible_lines(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\t' => character.to_string(),
        _ if is_hidden(character) => character.escape_unicode().to_string(),
        _ => character.to_string(),
    };
    text.chars().map(shown).collect()
}

/// JSON as it goes to a terminal: the same JSON, with all that is hidden as `\u202e`.
pub(super) fn visible_json(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && is_hidden(character) {
            // all that is hidden lies below U+10000
            json.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            json.push(character);
        }
    }
    json
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_overrides_are_shown() {
        assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("x\u{202e}fdp.exe"), "x\\u{202e}fdp.exe");
        assert_eq!(visible("Müller & Söhne"), "Müller & Söhne");
        assert_eq!(visible("zwei\nZeilen"), "zwei Zeilen");
    }

    #[test]
    fn other_formats_keep_their_form() {
        assert_eq!(visible_lines("a\tb\u{9b}2J\n"), "a\tb\\u{9b}2J\n");
        let json = serde_json::json!({ "name": "x\u{202e}\u{9b}2J" });
        let shown = visible_json(&format!("{json:#}\n"));
        assert!(shown.contains("x\\u202e\\u009b2J"), "{shown}");
        assert_eq!(shown.parse::<serde_json::Value>().unwrap(), json);
    }
}
