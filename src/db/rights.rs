//! Which of wvl's rights a role lacks, where the server has refused something.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};

use crate::db::connection::read_only;
use crate::error::{Error, Kind, Result};

/// What the server calls a relation, in the languages our users' servers speak; what follows is its name.
const RELATIONS: [&str; 6] = ["for table ", "for view ", "for sequence ", "für Tabelle ", "für Sicht ", "für Sequenz "];

/// The same for the schema, which is all that a role without any right is told of.
const SCHEMA: [&str; 2] = ["for schema wvl", "für Schema wvl"];

/// What somebody wants of a table beyond looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Add rows.
    Insert,
    /// Change rows, whatever column.
    Update,
    /// Take rows away.
    Delete,
}

#[derive(QueryableByName)]
struct Asker {
    /// Who asked, as SQL takes it.
    #[diesel(sql_type = Text)]
    role: String,
    /// The rights with which it would have been allowed, the smallest first; none: no group helps.
    #[diesel(sql_type = Array<Text>)]
    helping: Vec<String>,
    /// Who owns our tables.
    #[diesel(sql_type = Nullable<Text>)]
    owner: Option<String>,
}

/// Says at the start, and in the words of the office, what the role of this connection may not do: a command that would find
/// out in the middle asks first.
///
/// Errors: [`Kind::Forbidden`] with the right that is missing.
pub fn require(connection: &mut PgConnection, table: &str, verb: Verb, what: &str) -> Result<()> {
    let privilege = match verb {
        Verb::Insert => "INSERT",
        Verb::Update => "UPDATE",
        Verb::Delete => "DELETE",
    };
    let question = diesel::dsl::sql::<Bool>("has_table_privilege(")
        .bind::<Text, _>(format!("wvl.{table}"))
        .sql("::text, ")
        .bind::<Text, _>(privilege)
        .sql(")");
    if diesel::select(question).get_result(connection)? {
        return Ok(());
    }
    let asker = asker(connection, Some(&format!("wvl.{table}")), Some(privilege))?;
    Err(Error::new(Kind::Forbidden, format!("the database role {} may not {what}", asker.role)).hint(hint(&asker, "")))
}

/// The same for a dump, which reads every table and every sequence of ours.
///
/// Errors: [`Kind::Forbidden`] with the right that is missing.
pub(super) fn require_dump(connection: &mut PgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Dumper {
        #[diesel(embed)]
        asker: Asker,
        /// What he may not read.
        #[diesel(sql_type = Nullable<Text>)]
        unreadable: Option<String>,
    }
    let dumper: Dumper = read_only(connection, |connection| {
        Ok(diesel::sql_query(include_str!("rights_dump.sql")).get_result(connection)?)
    })?;
    let Some(unreadable) = dumper.unreadable else { return Ok(()) };
    let said =
        format!("the database role {} may not read wvl.{unreadable}, and a dump has everything", dumper.asker.role);
    Err(Error::new(Kind::Forbidden, said).hint(hint(&dumper.asker, "")))
}

/// The way out for the role of this connection, whom the server has told `refusal`.
///
/// The server names the table and not what was wanted of it. So: the first of looking, adding, changing, taking away that the
/// role may not do there and a group may.
pub(super) fn missing(connection: &mut PgConnection, refusal: &str) -> Result<String> {
    let relation = relation_of(refusal).map(|name| format!("wvl.{name}"));
    Ok(hint(&asker(connection, relation.as_deref(), None)?, refusal))
}

fn asker(connection: &mut PgConnection, relation: Option<&str>, privilege: Option<&str>) -> Result<Asker> {
    Ok(diesel::sql_query(include_str!("rights.sql"))
        .bind::<Nullable<Text>, _>(relation)
        .bind::<Nullable<Text>, _>(privilege)
        .get_result(connection)?)
}

/// The table or view that a refusal names.
fn relation_of(refusal: &str) -> Option<&str> {
    let rest = RELATIONS.iter().find_map(|sign| refusal.split_once(sign)).map(|(_, rest)| rest)?;
    let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
    Some(&rest[..end])
}

fn hint(asker: &Asker, refusal: &str) -> String {
    let role = &asker.role;
    if SCHEMA.iter().any(|sign| refusal.contains(sign)) {
        return format!(
            "role {role} has no right in wvl: wvl role grant {role} read (to look), work (to change) or cron (for jobs)"
        );
    }
    match (asker.helping.as_slice(), &asker.owner) {
        ([first], _) => format!("role {role} lacks the right {first}: wvl role grant {role} {first}"),
        ([first, others @ ..], _) => {
            format!("role {role} lacks the right {first} (or {}): wvl role grant {role} {first}", others.join(", "))
        }
        ([], Some(owner)) => format!("wvl is connected as role {role}; the tables belong to {owner}"),
        ([], None) => format!("wvl is connected as role {role}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_refusal_names() {
        for (refusal, relation) in [
            ("permission denied for table documents", Some("documents")),
            ("the database does not permit this: permission denied for view v_overdue\n", Some("v_overdue")),
            ("FEHLER:  keine Berechtigung für Tabelle outbox_messages", Some("outbox_messages")),
            ("permission denied for sequence tasks_id_seq", Some("tasks_id_seq")),
            ("permission denied for schema wvl", None),
            ("permission denied for function pg_read_file", None),
        ] {
            assert_eq!(relation_of(refusal), relation, "{refusal}");
        }
    }

    #[test]
    fn the_smallest_right_is_advised() {
        let asker = |helping: &[&str]| Asker {
            role: "anna".into(),
            helping: helping.iter().map(|right| (*right).to_owned()).collect(),
            owner: Some("wvl".into()),
        };
        assert_eq!(
            hint(&asker(&["work", "cron", "admin"]), "for table tasks"),
            "role anna lacks the right work (or cron, admin): wvl role grant anna work"
        );
        assert!(hint(&asker(&[]), "for schema wvl").contains("wvl role grant anna read (to look)"));
        assert_eq!(hint(&asker(&[]), "must be owner"), "wvl is connected as role anna; the tables belong to wvl");
    }
}
