//! How far somebody has come from an empty database to the first live run.

use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db;
use crate::error::Result;

/// What is still missing, in the order in which it is to be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Missing {
    /// Nobody can be reminded.
    Employees,
    /// Most of what comes due is a customer's.
    Customers,
    /// Nothing is there that could come due.
    Items,
    /// No step was ever taken, and none recorded as said.
    Baseline,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    has_employees: bool,
    #[diesel(sql_type = Bool)]
    has_customers: bool,
    #[diesel(sql_type = Bool)]
    has_items: bool,
    #[diesel(sql_type = Bool)]
    has_begun: bool,
}

/// The first thing that is missing; none where wvl works already.
pub fn missing(connection: &mut PgConnection) -> Result<Option<Missing>> {
    let question = "SELECT EXISTS (SELECT FROM wvl.employees) AS has_employees,
        EXISTS (SELECT FROM wvl.partners) AS has_customers,
        EXISTS (SELECT FROM wvl.documents) OR EXISTS (SELECT FROM wvl.contracts) OR EXISTS (SELECT FROM wvl.tickets)
            OR EXISTS (SELECT FROM wvl.tasks) OR EXISTS (SELECT FROM wvl.purchase_orders) AS has_items,
        EXISTS (SELECT FROM wvl.escalation_steps) AS has_begun";
    let found: Found = db::read_only(connection, |connection| Ok(diesel::sql_query(question).get_result(connection)?))?;
    Ok(match found {
        Found { has_employees: false, .. } => Some(Missing::Employees),
        // a company may watch nothing but views of its own
        Found { has_begun: true, .. } => None,
        Found { has_customers: false, .. } => Some(Missing::Customers),
        Found { has_items: false, .. } => Some(Missing::Items),
        Found { .. } => Some(Missing::Baseline),
    })
}
