//! What `config validate` asks the database about channels: who wants to be reached by one that the configuration does not have.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::config::Complaint;
use crate::db;
use crate::error::Result;
use crate::outbox::channels::Channels;

/// So many people are named.
const NAMED: usize = 8;

/// The wishes of active employees that lead nowhere, one complaint a channel.
pub fn unmet(connection: &mut PgConnection, channels: &Channels) -> Result<Vec<Complaint>> {
    use crate::db::schema::employees::dsl;
    let wishes: Vec<(i64, String)> = db::read_only(connection, |connection| {
        Ok(dsl::employees
            .filter(dsl::active.and(dsl::channels.is_not_null()))
            .order(dsl::number)
            .select((dsl::number, dsl::channels.assume_not_null()))
            .load(connection)?)
    })?;
    let mut unmet: BTreeMap<String, (Option<String>, Vec<i64>)> = BTreeMap::new();
    for (number, names) in wishes {
        for complaint in names.split(',').filter_map(|name| channels.to_people(name).err()) {
            let (_, numbers) = unmet.entry(complaint.message).or_insert((complaint.suggestion, Vec::new()));
            numbers.push(number);
        }
    }
    let complaint = |(message, (suggestion, numbers)): (String, (Option<String>, Vec<i64>))| {
        let named: Vec<String> = numbers.iter().take(NAMED).map(i64::to_string).collect();
        let more = match numbers.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let who = if numbers.len() == 1 { "employee" } else { "employees" };
        let asks = if numbers.len() == 1 { "asks for it and gets mails" } else { "ask for it and get mails" };
        Complaint { message: format!("{message}: {who} {}{more} {asks} instead", named.join(", ")), suggestion }
    };
    Ok(unmet.into_iter().map(complaint).collect())
}
