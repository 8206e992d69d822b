//! A parsed TOML file in which every value still knows where it stands.
//!
//! Numbers are kept as they were written: 0.25 hours are 900 seconds, not a binary fraction near them.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;

/// A place in the file, counted from 1; the column counts characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(Position),
    /// This flag of the command line.
    Flag(String),
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub value: Value,
    pub origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// Decimal digits, perhaps with a sign.
    Integer(String),
    /// As written, without underscores.
    Float(String),
    Boolean(bool),
    /// A date or time without quotes, as written.
    Datetime(String),
    Array(Vec<Node>),
    Table(Table),
}

impl Value {
    /// What it is, in words for a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number with decimals",
            Value::Boolean(_) => "true or false",
            Value::Datetime(_) => "a date or time",
            Value::Array(_) => "a list",
            Value::Table(_) => "a section",
        }
    }
}

/// A section: its keys in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(pub Vec<Member>);

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub key: String,
    /// Where the key stands (the value has a place of its own).
    pub origin: Origin,
    pub node: Node,
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Member> {
        self.0.iter().find(|member| member.key == key)
    }

    /// Puts a text at a dotted key, over whatever stood there.
    pub fn set(&mut self, path: &[&str], text: &str, origin: &Origin) {
        let Some((first, rest)) = path.split_first() else { return };
        let index = self.0.iter().position(|member| member.key == *first).unwrap_or_else(|| {
            let node = Node { value: Value::Table(Table::default()), origin: origin.clone() };
            self.0.push(Member { key: (*first).to_owned(), origin: origin.clone(), node });
            self.0.len() - 1
        });
        let Some(member) = self.0.get_mut(index) else { return };
        if rest.is_empty() {
            member.origin = origin.clone();
            member.node = Node { value: Value::Text(text.to_owned()), origin: origin.clone() };
        } else if let Value::Table(table) = &mut member.node.value {
            table.set(rest, text, origin);
        }
    }
}

/// More syntax errors than this are not shown: nobody wrote so many by hand.
const MAX_SYNTAX_PROBLEMS: usize = 10;

/// More are not even looked at.
const MAX_ERRORS_READ: usize = 200;

/// Reads TOML; an error for each place that is no TOML.
pub(super) fn parse(text: &str) -> (Table, Vec<Problem>) {
    let lines = Lines::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let place = |error: &toml::de::Error| {
        error.span().map_or(Position { line: 1, column: 1 }, |span| lines.position(span.start))
    };
    // a bomb has an error a byte: only the first ones are worth any work
    let mut problems: Vec<Problem> =
        errors.iter().take(MAX_ERRORS_READ).map(|error| Problem::in_file(place(error), "", error.message())).collect();
    problems.sort_by_key(Problem::position);
    // further ones on a line are mostly the echo of its first
    problems.dedup_by_key(|problem| problem.position().map(|at| at.line));
    problems.truncate(MAX_SYNTAX_PROBLEMS);
    for problem in &mut problems {
        let line = problem.position().and_then(|at| text.lines().nth(at.line - 1));
        if line.is_some_and(has_decimal_comma) {
            problem.suggestion = Some("decimals have a point: 0.25".to_owned());
        }
    }
    (convert_table(root.get_ref(), &lines), problems)
}

/// Whether a number with a comma stands outside of a list: `0,25`, the slip of whoever counts in German.
fn has_decimal_comma(line: &str) -> bool {
    let before_lists = line.split('[').next().unwrap_or_default().as_bytes();
    before_lists.windows(3).any(|l| l[0].is_ascii_digit() && l[1] == b',' && l[2].is_ascii_digit())
}

// Recursion is safe: the parser itself refuses more than 80 levels.
fn convert_table(table: &DeTable<'_>, lines: &Lines<'_>) -> Table {
    let mut members: Vec<(usize, Member)> = table
        .iter()
        .map(|(key, value)| {
            let start = key.span().start;
            let origin = Origin::File(lines.position(start));
            (start, Member { key: key.get_ref().to_string(), origin, node: convert(value, lines) })
        })
        .collect();
    members.sort_by_key(|(start, _)| *start);
    Table(members.into_iter().map(|(_, member)| member).collect())
}

fn convert(value: &Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Node {
    let span = value.span();
    let origin = Origin::File(lines.position(span.start));
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number.to_string()),
            // too large for us; the range check of the key says so
            Err(_) => Value::Integer(number.to_string()),
        },
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(answer) => Value::Boolean(*answer),
        DeValue::Datetime(time) => Value::Datetime(lines.text.get(span).map_or(time.to_string(), str::to_owned)),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| convert(item, lines)).collect()),
        DeValue::Table(table) => Value::Table(convert_table(table, lines)),
    };
    Node { value, origin }
}

/// Turns byte offsets into lines and columns.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Lines<'t> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { text, starts }
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let (table, problems) = parse("# ä\n[\"ü\"]\n  \"ö\" = 0x10 # x\n");
        assert!(problems.is_empty());
        let Value::Table(inner) = &table.0[0].node.value else { panic!("no table") };
        assert_eq!(inner.0[0].node.origin, Origin::File(Position { line: 3, column: 9 }));
        assert!(matches!(&inner.0[0].node.value, Value::Integer(number) if number == "16"));
    }

    #[test]
    fn a_nesting_bomb_is_a_parse_error() {
        for bomb in ["[".repeat(20_000), format!("a={}", "[".repeat(20_000)), format!("a={}", "{a=".repeat(20_000))] {
            let (_, problems) = parse(&bomb);
            assert!(!problems.is_empty());
            assert!(problems.len() <= MAX_SYNTAX_PROBLEMS);
        }
        assert!(!parse(&format!("{}=1", vec!["a"; 20_000].join("."))).1.is_empty());
        assert!(!parse(&format!("a = {}1", "+".repeat(20_000))).1.is_empty());
    }

    #[test]
    fn a_flag_lies_over_the_file() {
        let (mut table, _) = parse("[mail]\nmode = \"live\"\n");
        let flag = Origin::Flag("--x".into());
        table.set(&["mail", "mode"], "off", &flag);
        table.set(&["database", "url"], "u", &flag);
        let Value::Table(mail) = &table.get("mail").unwrap().node.value else { panic!("no table") };
        assert_eq!(mail.get("mode").unwrap().node.origin, flag);
        assert!(table.get("database").is_some());
    }
}
