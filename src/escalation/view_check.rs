//! What `config validate` asks the database about views of the admin's own: whether they can be read, and what they yield.

use diesel::PgConnection;

use super::rules::TypeRules;
use super::source::{self, Source};
use super::unsound;
use crate::config::Complaint;
use crate::db;
use crate::error::{Error, Kind, Result};

/// What the database says about the source of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The type's key.
    pub type_key: String,
    /// With these nothing of the type is ever found.
    pub faults: Vec<Complaint>,
    /// What is allowed and probably not meant, or may be otherwise tomorrow.
    pub doubts: Vec<Complaint>,
}

/// Looks at every type that has a source of its own, active or not. Each view is read once, to its end: whether the role
/// behind it may read its tables, and whether a server elsewhere answers, nothing else can tell.
pub fn judge(connection: &mut PgConnection, types: &[TypeRules]) -> Result<Vec<Judgement>> {
    let own: Vec<&TypeRules> = types.iter().filter(|rules| !rules.source.is_builtin()).collect();
    let sources: Vec<(&str, &Source)> = own.iter().map(|rules| (rules.key.as_str(), &rules.source)).collect();
    let mut columns = db::read_only(connection, |connection| source::columns(connection, &sources))?;
    let mut judgements = Vec::new();
    for (type_key, source) in sources {
        let columns = columns.remove(type_key).unwrap_or_default();
        let named = |complaint: &Complaint| Complaint {
            message: format!("{source}: {}", complaint.message),
            suggestion: complaint.suggestion.clone(),
        };
        let mut judgement = Judgement {
            type_key: type_key.to_owned(),
            faults: columns.faults.iter().map(named).collect(),
            doubts: columns.doubts.iter().map(named).collect(),
        };
        if judgement.faults.is_empty() {
            let rows = db::read_only(connection, |connection| {
                let mut told = unsound::unsound_rows(connection, type_key, source, &columns)?;
                told.extend(unsound::twins(connection, type_key, source, &columns)?);
                Ok(told)
            });
            match rows {
                Ok(told) => judgement.doubts.extend(told.into_iter().map(Complaint::from)),
                // nothing is wrong with the configuration: tomorrow it may answer
                Err(error) if matches!(error.kind(), Kind::Temporary | Kind::Unavailable) => {
                    judgement.doubts.push(source::unreadable(source, &error).into());
                }
                Err(error) => judgement.faults.push(source::unreadable(source, &error).into()),
            }
        }
        judgements.push(judgement);
    }
    Ok(judgements)
}

impl Judgement {
    /// The judgement where no database could be asked.
    pub fn unasked(rules: &TypeRules, error: &Error) -> Judgement {
        let message = format!("{}: not checked, {}", rules.source, error.full_message());
        Judgement { type_key: rules.key.clone(), doubts: vec![message.into()], ..Judgement::default() }
    }
}
