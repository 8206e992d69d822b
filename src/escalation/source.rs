//! Where the items of a type come from: a view of ours, or one of the admin's own over any table of the database.
//!
//! The name of an own view is taken exactly as it is written and always quoted: it is a name and never SQL.

use std::fmt;
use std::str::FromStr;

use super::types;
use crate::config::Complaint;
use crate::error::Error;

pub use super::view_contract::{Columns, columns};

/// How a source begins in the configuration.
const PREFIX: &str = "view:";
/// What a name without a schema means: the schema that everything of wvl lies in.
const OWN_SCHEMA: &str = "wvl";
/// What a name in Postgres may have (NAMEDATALEN - 1); it would cut off the rest without a word.
const MAX_BYTES: usize = 63;

/// Where the items of a type come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The view of a built-in type.
    #[default]
    Builtin,
    /// A view (or table) of somebody else.
    View {
        /// The schema; none: `wvl`.
        schema: Option<String>,
        /// The name, as it stands in the catalogue.
        name: String,
    },
}

impl Source {
    /// The relation as it stands in a statement, quoted: `wvl.escalation_offer_follow_up` or `"crm"."my_items"`.
    pub fn relation(&self, type_key: &str) -> String {
        match self {
            // a built-in type that does not exist has no view either: Postgres will say so
            Source::Builtin => match types::find(type_key) {
                Some(info) => format!("wvl.{}", info.view()),
                None => format!("wvl.{}", quoted(type_key)),
            },
            Source::View { schema, name } => {
                format!("{}.{}", quoted(schema.as_deref().unwrap_or(OWN_SCHEMA)), quoted(name))
            }
        }
    }

    /// Schema and name of the relation, as they stand in the catalogue.
    pub fn parts(&self, type_key: &str) -> (String, String) {
        match self {
            Source::Builtin => (OWN_SCHEMA.to_owned(), types::find(type_key).map(|it| it.view()).unwrap_or_default()),
            Source::View { schema, name } => (schema.clone().unwrap_or_else(|| OWN_SCHEMA.to_owned()), name.clone()),
        }
    }

    /// Whether it is a view of wvl itself, whose columns are known.
    pub fn is_builtin(&self) -> bool {
        *self == Source::Builtin
    }
}

impl fmt::Display for Source {
    /// As the configuration writes it; empty for a built-in type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Builtin => Ok(()),
            Source::View { schema: Some(schema), name } => {
                write!(f, "{PREFIX}{}.{}", as_written(schema), as_written(name))
            }
            Source::View { schema: None, name } => write!(f, "{PREFIX}{}", as_written(name)),
        }
    }
}

impl FromStr for Source {
    type Err = Complaint;

    /// Reads `view:crm.my_items`, `view:my_items` (in the schema wvl), `view:"Offene Posten"."Liste"`. Nothing is folded to
    /// lower case: what is written is the name in the catalogue.
    fn from_str(text: &str) -> Result<Source, Complaint> {
        let usual = |message: String| Complaint {
            message,
            suggestion: Some("write source = \"view:SCHEMA.VIEW\", with \"double quotes\" around odd names".to_owned()),
        };
        let Some(names) = text.strip_prefix(PREFIX) else {
            return Err(usual(format!("\"{text}\" is no source of items")));
        };
        let parts = identifiers(names).map_err(|what| usual(format!("{names} is no name of a view: {what}")))?;
        match <[String; 2]>::try_from(parts) {
            Ok([schema, name]) => Ok(Source::View { schema: Some(schema), name }),
            Err(mut parts) if parts.len() == 1 => {
                Ok(Source::View { schema: None, name: parts.pop().unwrap_or_default() })
            }
            Err(_) => Err(usual(format!("{names} has more parts than schema and view"))),
        }
    }
}

/// What to say of a type whose items could not be read: the view may be gone or its owner lack a right, a server elsewhere
/// may not answer.
pub fn unreadable(source: &Source, error: &Error) -> String {
    // what a foreign server says of its end of a connection reads as if ours were lost: only the words themselves are sure
    let words = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    match source {
        Source::Builtin => format!("its items cannot be read: {}", error.full_message()),
        Source::View { .. } => format!("{source} cannot be read: {}", words.trim()),
    }
}

/// The parts between the dots. A part in double quotes may hold everything but NUL, a doubled quote is one.
fn identifiers(text: &str) -> Result<Vec<String>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(inner) => quoted_part(inner).ok_or("a double quote is not closed")?,
            None => {
                let end = rest.find(|letter: char| !is_plain(letter)).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        if let Some(odd) = after.chars().next().filter(|next| *next != '.') {
            return Err(format!("{odd} must stand in double quotes"));
        }
        if part.is_empty() {
            return Err("a part of it is empty".to_owned());
        }
        if part.len() > MAX_BYTES {
            return Err(format!("{part} is longer than {MAX_BYTES} bytes"));
        }
        if part.contains('\0') {
            return Err("it contains a NUL".to_owned());
        }
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => return Ok(parts),
        }
    }
}

/// The part up to its closing quote, and what follows.
fn quoted_part(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let at = rest.find('"')?;
        part.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                part.push('"');
                rest = after;
            }
            None => return Some((part, rest)),
        }
    }
}

fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '$')
}

/// An identifier in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn as_written(name: &str) -> String {
    if name.chars().all(is_plain) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(text: &str) -> Source {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_is_taken_exactly() {
        for (text, relation) in [
            ("view:crm.my_items", r#""crm"."my_items""#),
            ("view:my_items", r#""wvl"."my_items""#),
            ("view:CRM.Offene-Posten", r#""CRM"."Offene-Posten""#),
            (r#"view:"a"."b""#, r#""a"."b""#),
            (r#"view:"a.b"."c d""#, r#""a.b"."c d""#),
            (r#"view:"x""; DROP TABLE wvl.employees; --".v"#, r#""x""; DROP TABLE wvl.employees; --"."v""#),
            (r#"view:crm."{condition}""#, r#""crm"."{condition}""#),
            ("view:crm.Übersicht", r#""crm"."Übersicht""#),
        ] {
            assert_eq!(view(text).relation("my-type"), relation, "{text}");
            assert_eq!(view(&view(text).to_string()), view(text), "{text}");
        }
        assert_eq!(Source::Builtin.relation("offer-follow-up"), "wvl.escalation_offer_follow_up");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for (text, told) in [
            ("crm.my_items", "is no source of items"),
            ("table:x", "is no source of items"),
            ("view:", "a part of it is empty"),
            ("view:crm.", "a part of it is empty"),
            ("view:.v", "a part of it is empty"),
            (r#"view:"".v"#, "a part of it is empty"),
            (r#"view:crm."a" "#, "must stand in double quotes"),
            ("view:a.b.c", "more parts than schema and view"),
            ("view:crm.v; DROP TABLE x", "; must stand in double quotes"),
            ("view:crm.v WHERE true", "must stand in double quotes"),
            ("view:crm.v)", ") must stand in double quotes"),
            (r#"view:crm."v"#, "a double quote is not closed"),
            (r#"view:"crm"v"#, "v must stand in double quotes"),
            ("view:crm.'v'", "' must stand in double quotes"),
            ("view:crm.\"v\0\"", "contains a NUL"),
            ("view:crm.a123456789012345678901234567890123456789012345678901234567890123", "longer than 63 bytes"),
        ] {
            let complaint = text.parse::<Source>().unwrap_err();
            assert!(complaint.message.contains(told), "{text}: {}", complaint.message);
        }
    }
}
