//! Where a statement names its parameters, and what stands there instead. A name counts outside of texts, comments and names
//! in quotes; casts (`x::date`) and slices (`a[1:n]`) are left alone.

use super::parameter::Parameter;
use crate::config::nearest;
use crate::error::{Error, Result};
use crate::query::{Origin, Piece, opaque, word};

/// A statement whose parameters are read from settings.
pub(super) struct Bound {
    pub text: String,
    /// The whole file, for mistakes.
    pub origin: Origin,
    /// The parameters that it names, each once.
    pub used: Vec<String>,
}

/// Puts the parameters into the statement that begins at this byte of the file.
///
/// Errors: a name that the head does not describe, with line and column.
pub(super) fn bind(file: &str, text: &str, begin: usize, parameters: &[Parameter]) -> Result<Bound> {
    let sql = &text[begin..];
    let mut bound =
        Bound { text: String::new(), origin: Origin { text: text.to_owned(), pieces: Vec::new() }, used: Vec::new() };
    // both counted in characters, as the server counts them
    let mut from = text[..begin].chars().count();
    let mut written = 0;
    let mut push = |bound: &mut Bound, new: &str, old: &str| {
        let is_literal = new == old;
        let continues = bound
            .origin
            .pieces
            .last()
            .is_some_and(|last| is_literal && last.is_literal && last.from + (written - last.at) == from);
        if !continues {
            bound.origin.pieces.push(Piece { at: written, from, is_literal });
        }
        bound.text.push_str(new);
        written += new.chars().count();
        from += old.chars().count();
    };
    let (mut at, mut depth, mut before) = (0, 0_usize, None);
    while let Some(letter) = sql[at..].chars().next() {
        let rest = &sql[at..];
        if let Some(length) = opaque(rest) {
            push(&mut bound, &rest[..length], &rest[..length]);
            if !letter.is_whitespace() && !rest.starts_with("--") && !rest.starts_with("/*") {
                before = Some(letter);
            }
            at += length;
            continue;
        }
        if let Some((length, behind)) = word(rest) {
            push(&mut bound, &rest[..length + behind], &rest[..length + behind]);
            (at, before) = (at + length + behind, Some('a'));
            continue;
        }
        if rest.starts_with("::") {
            push(&mut bound, "::", "::");
            (at, before) = (at + 2, Some(':'));
            continue;
        }
        let is_slice = depth > 0
            && before.is_some_and(|before| before.is_alphanumeric() || matches!(before, ']' | ')' | '"' | '\''));
        if let Some((name, length)) = named(rest).filter(|_| !is_slice) {
            let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
                return Err(unknown(file, text, begin + at, name, parameters));
            };
            push(&mut bound, &parameter.sql(), &rest[..length]);
            if !bound.used.contains(&parameter.name) {
                bound.used.push(parameter.name.clone());
            }
            (at, before) = (at + length, Some('a'));
            continue;
        }
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        push(&mut bound, &rest[..letter.len_utf8()], &rest[..letter.len_utf8()]);
        (at, before) = (at + letter.len_utf8(), Some(letter));
    }
    Ok(bound)
}

/// `:name`, and `:'name'` as psql puts a value in quotes: the name, and how long that is.
fn named(rest: &str) -> Option<(&str, usize)> {
    let behind = rest.strip_prefix(':')?;
    let (inner, quotes) = match behind.strip_prefix('\'') {
        Some(inner) => (inner, 2),
        None => (behind, 0),
    };
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let length = inner.find(|letter: char| !is_of_name(letter)).unwrap_or(inner.len());
    let is_name = inner.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let is_closed = quotes == 0 || inner[length..].starts_with('\'');
    (is_name && is_closed).then(|| (&inner[..length], 1 + quotes + length))
}

fn unknown(file: &str, text: &str, byte: usize, name: &str, parameters: &[Parameter]) -> Error {
    let before = &text[..byte];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
    let error = Error::usage(format!("{file}:{line}:{column}: unknown parameter :{name}"));
    match nearest(name, parameters.iter().map(|parameter| parameter.name.as_str())) {
        Some(near) => error.hint(format!("did you mean :{near}?")),
        None => error.hint(format!("the head describes each one: [parameter.{name}] type = \"text\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parameter::Kind;
    use super::*;

    fn parameters() -> Vec<Parameter> {
        ["from", "n"]
            .map(|name| Parameter { name: name.into(), kind: Kind::Integer, default: None, label: String::new() })
            .to_vec()
    }

    /// The statement with `<name>` where a parameter stands.
    fn bound(sql: &str) -> Result<String, String> {
        let bound = bind("x.sql", sql, 0, &parameters()).map_err(|error| error.to_string())?;
        let shown = parameters()
            .iter()
            .fold(bound.text, |text, parameter| text.replace(&parameter.sql(), &format!("<{}>", parameter.name)));
        Ok(shown)
    }

    #[test]
    fn a_name_counts_where_it_is_one() {
        for (sql, expected) in [
            ("SELECT :from, :n", "SELECT <from>, <n>"),
            ("BETWEEN:from AND(:n)", "BETWEEN<from> AND(<n>)"),
            (":'from'", "<from>"),
            ("x::date, '':from", "x::date, ''<from>"),
            (":from::date", "<from>::date"),
            ("ARRAY[:from,:n]", "ARRAY[<from>,<n>]"),
            ("a[1:n], a[:n], a[x : n], (a[i])[ (1) : n]", "a[1:n], a[<n>], a[x : n], (a[i])[ (1) : n]"),
            (
                "':form' \":form\" $$:form$$ $x$:form$x$ E'\\':form'",
                "':form' \":form\" $$:form$$ $x$:form$x$ E'\\':form'",
            ),
            ("-- :form\n/* :form /* :form */ */ :n", "-- :form\n/* :form /* :form */ */ <n>"),
            ("f(a := 1), '{\"a\":1}', 08:00", "f(a := 1), '{\"a\":1}', 08:00"),
        ] {
            assert_eq!(bound(sql).as_deref(), Ok(expected), "{sql}");
        }
    }

    #[test]
    fn an_unknown_name_has_its_place() {
        let error = bind("x.sql", "SELECT ü,\n  :form", 0, &parameters()).err().unwrap();
        assert_eq!(error.to_string(), "x.sql:2:3: unknown parameter :form");
        assert_eq!(error.hints(), ["did you mean :from?"]);
    }

    #[test]
    fn a_place_in_the_statement_is_one_in_the_file() {
        let text = "/* ü */ SELECT :n, x FROM y";
        let begin = text.find(" SELECT").unwrap();
        let bound = bind("x.sql", text, begin, &parameters()).ok().unwrap();
        let place = |needle: &str| {
            let at = bound.text[..bound.text.find(needle).unwrap()].chars().count();
            let piece = bound.origin.pieces.iter().rev().find(|piece| piece.at <= at).unwrap();
            piece.from + if piece.is_literal { at - piece.at } else { 0 }
        };
        let of_text = |needle: &str| text[..text.find(needle).unwrap()].chars().count();
        assert_eq!(place("x FROM"), of_text("x FROM"));
        assert_eq!(place("nullif"), of_text(":n"));
        assert_eq!(bound.origin.pieces.len(), 3);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_panics(sql in "(select |:from|:n|::|:|'|\"|\\$|\\$x\\$|/\\*|\\*/|--|\n|ü|\\[|\\]|1|E'){0,14}") {
            if let Ok(bound) = bind("x.sql", &sql, 0, &parameters()) {
                let unbound = parameters().iter().fold(bound.text, |text, parameter| {
                    text.replace(&parameter.sql(), &format!(":{}", parameter.name))
                });
                proptest::prop_assert_eq!(unbound, sql);
            }
        }
    }
}
