//! One statement of SQL, told from several, and from those that do not read.
//!
//! This is no parser: it knows just enough of quotes and comments to find the end of a statement. What a statement may
//! do is decided by the read-only transaction it runs in; the words below only make for a better error.

use crate::error::{Error, Result};

/// How the rows of a statement are got at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Rows like a table's: SELECT, VALUES, TABLE, WITH.
    Rows,
    /// A few lines that the server says: EXPLAIN, SHOW.
    Remarks,
}

/// One statement that reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its text, without what stands behind its semicolon.
    pub text: String,
    /// How its rows are got at.
    pub form: Form,
    /// The text that somebody wrote, where it is another one: mistakes are shown in that.
    pub origin: Option<Origin>,
}

/// What somebody wrote before it became a statement: a report with its head and its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// All of it.
    pub text: String,
    /// From which character of the statement on it is which of the text, in the order of the statement.
    pub pieces: Vec<Piece>,
}

/// A part of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its first character in the statement.
    pub at: usize,
    /// The character of the text that it comes from.
    pub from: usize,
    /// Whether it stands there letter by letter; otherwise all of it stands for the text from that character on.
    pub is_literal: bool,
}

impl Origin {
    /// Where a character of the statement stands in the text.
    fn place(&self, at: usize) -> usize {
        let piece = self.pieces.iter().rev().find(|piece| piece.at <= at);
        piece.map_or(at, |piece| piece.from + if piece.is_literal { at - piece.at } else { 0 })
    }
}

impl Statement {
    /// The text that somebody wrote, and where in it a character of the statement stands.
    pub(super) fn written(&self, at: usize) -> (&str, usize) {
        match &self.origin {
            Some(origin) => (&origin.text, origin.place(at)),
            None => (&self.text, at),
        }
    }

    /// Reads one statement. Errors are usage errors: nothing in it, more than one, or one that cannot read.
    pub fn read(sql: &str) -> Result<Statement> {
        if sql.contains('\0') {
            return Err(Error::usage("the statement holds a NUL character"));
        }
        let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
        let found = scan(sql);
        let Some(word) = found.first_word else {
            return Err(match found.first_letter {
                Some('\\') => Error::usage("a command of psql is no SQL").hint("wvl db psql understands it"),
                Some(_) => Error::usage("this is no SQL statement").hint(EXAMPLE),
                None => Error::usage("there is no statement to run").hint(EXAMPLE),
            });
        };
        if found.has_second {
            return Err(Error::usage("only one statement at a time").hint("run the second one in a query of its own"));
        }
        let form = match word.to_ascii_lowercase().as_str() {
            "select" | "values" | "table" | "with" => Form::Rows,
            "explain" | "show" => Form::Remarks,
            _ => return Err(not_a_reader(&word.to_uppercase())),
        };
        Ok(Statement { text: sql[..found.end].to_owned(), form, origin: None })
    }
}

const EXAMPLE: &str = "for example: wvl query \"SELECT * FROM v_overdue\"";

/// The refusal of a statement that would write.
pub(super) fn not_a_reader(what: &str) -> Error {
    Error::usage(format!("a query only reads, and {what} does not"))
        .hint("it takes SELECT, WITH, VALUES, TABLE, EXPLAIN and SHOW; registers are changed by their own commands")
}

/// What a first look at a text finds.
#[derive(Debug, Default)]
struct Scan {
    first_letter: Option<char>,
    first_word: Option<String>,
    /// Where the first statement ends, without its semicolon.
    end: usize,
    has_second: bool,
}

fn scan(sql: &str) -> Scan {
    let mut found = Scan { end: sql.len(), ..Scan::default() };
    let mut ended = false;
    let mut at = 0;
    while let Some(letter) = sql[at..].chars().next() {
        let rest = &sql[at..];
        if let Some(length) = blank_or_comment(rest) {
            at += length;
            continue;
        }
        if letter == ';' {
            // one in front of everything ends nothing, one behind the end nothing more
            if found.first_letter.is_some() && !ended {
                (ended, found.end) = (true, at);
            }
            at += 1;
            continue;
        }
        if ended {
            found.has_second = true;
            return found;
        }
        if let Some((length, behind)) = word(rest) {
            found.first_letter.get_or_insert(letter);
            found.first_word.get_or_insert_with(|| rest[..length].to_owned());
            at += length + behind;
            continue;
        }
        // "(SELECT …) UNION …" begins with its parenthesis
        if letter != '(' {
            found.first_letter.get_or_insert(letter);
            if found.first_word.is_none() {
                return found;
            }
        }
        at += literal(rest).unwrap_or(letter.len_utf8());
    }
    found
}

/// The length of what stands at the beginning of this SQL and is no SQL itself: a comment, blanks, a text or a name in quotes.
pub fn opaque(sql: &str) -> Option<usize> {
    blank_or_comment(sql).or_else(|| literal(sql))
}

/// The length of the word at the beginning of this SQL, and of the text in quotes that belongs to it (`E'…'` knows the
/// backslash).
pub fn word(sql: &str) -> Option<(usize, usize)> {
    sql.starts_with(|letter: char| letter.is_alphabetic() || letter == '_').then(|| {
        let length = sql.find(|letter: char| !is_of_word(letter)).unwrap_or(sql.len());
        let is_escaped = sql[..length].eq_ignore_ascii_case("e") && sql[length..].starts_with('\'');
        (length, if is_escaped { quoted(&sql[length..], '\'', true) } else { 0 })
    })
}

/// The length of a text or a name in quotes.
fn literal(rest: &str) -> Option<usize> {
    match rest.chars().next()? {
        quote @ ('\'' | '"') => Some(quoted(rest, quote, false)),
        '$' => Some(dollar_quoted(rest)),
        _ => None,
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// The length of a blank, or of a whole comment.
fn blank_or_comment(rest: &str) -> Option<usize> {
    if rest.starts_with("--") {
        return Some(rest.find('\n').map_or(rest.len(), |end| end + 1));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    rest.chars().next().filter(|letter| letter.is_whitespace()).map(char::len_utf8)
}

/// Comments nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a quoted text. A doubled quote ends one and begins the next.
fn quoted(rest: &str, quote: char, knows_backslash: bool) -> usize {
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if knows_backslash && letter == '\\' {
            letters.next();
        } else if letter == quote {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

/// The length of `$tag$ … $tag$`; a lone dollar is one character.
fn dollar_quoted(rest: &str) -> usize {
    let inside = &rest[1..];
    let Some(tag) = inside.find('$').map(|end| &inside[..end]) else { return 1 };
    let is_tag = tag.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        && !tag.starts_with(|letter: char| letter.is_ascii_digit());
    if !is_tag {
        return 1;
    }
    let mark = format!("${tag}$");
    let body = &rest[mark.len()..];
    body.find(&mark).map_or(rest.len(), |end| mark.len() + end + mark.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn text(sql: &str) -> String {
        Statement::read(sql).unwrap_or_else(|error| panic!("{sql}: {error}")).text
    }

    #[test]
    fn one_statement_whatever_stands_in_its_texts() {
        for sql in [
            "SELECT 1",
            "select ';' AS \";\"",
            "SELECT $$;$$, $x$ ; $$ ; $x$, E'\\';'",
            "/* a; /* b; */ c */ SELECT 1 -- ; DROP",
            "(SELECT 1) UNION (SELECT 2)",
            "WITH a AS (SELECT 1) TABLE a",
            "SELECT 'it''s; fine', 5 / 2, a$b FROM t",
            "\u{feff}SELECT 'ü;ß'",
        ] {
            assert_eq!(text(sql), sql.trim_start_matches('\u{feff}'), "{sql}");
        }
        assert_eq!(text("SELECT 1; -- done\n /* really */ ;"), "SELECT 1");
        assert_eq!(Statement::read("explain SELECT 1;").unwrap().form, Form::Remarks);
    }

    #[test]
    fn several_statements_and_those_that_write_are_refused() {
        for (sql, told) in [
            ("SELECT 1; SELECT 2", "only one statement"),
            ("SELECT 1; DROP TABLE tickets", "only one statement"),
            ("DELETE FROM tickets", "DELETE does not"),
            ("  -- hm\n update tickets SET x = 1", "UPDATE does not"),
            ("COMMIT", "COMMIT does not"),
            ("SET ROLE postgres", "SET does not"),
            ("", "no statement"),
            ("-- nothing\n;", "no statement"),
            ("\\dt", "command of psql"),
            ("42", "no SQL"),
            ("'; DROP", "no SQL"),
        ] {
            let error = Statement::read(sql).expect_err(sql);
            assert_eq!(error.kind(), Kind::Usage, "{sql}");
            assert!(error.to_string().contains(told), "{sql}: {error}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_panics(sql in "(select |;|'|\"|\\$|a|\\$x\\$|/\\*|\\*/|--|\n|ü|\\\\|E'){0,12}") {
            if let Ok(statement) = Statement::read(&sql) {
                proptest::prop_assert!(sql.contains(&statement.text));
            }
        }
    }
}
