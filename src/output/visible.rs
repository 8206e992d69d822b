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

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn escape_sequences_and_overrides_are_shown() {
        assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("x\u{202e}fdp.exe"), "x\\u{202e}fdp.exe");
        assert_eq!(visible("Müller & Söhne"), "Müller & Söhne");
        assert_eq!(visible("zwei\nZeilen"), "zwei Zeilen");
    }
}
