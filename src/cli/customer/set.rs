//! `wvl customer set`

use wvl::error::Result;
use wvl::party::customer;

use super::Address;
use crate::cli::{Context, flags, registers};

/// Change a customer
///
/// Where a value may be empty, keine empties it.
///
/// Examples:
///   wvl customer set 10815 --follow-up +2w --note "Angebot Firewall"
///   wvl customer set 10815 --kind customer --follow-up keine
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Changes", |group| group.args(super::ADDRESS)))]
pub struct Args {
    /// The customers' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    address: Address,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// When to come back to it
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    follow_up: Option<String>,
    /// About what
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    note: Option<String>,
    /// Field representative (ADM)
    #[arg(long, value_name = "NUMBER")]
    field_rep: Option<String>,
    /// Inside representative (IDM)
    #[arg(long, value_name = "NUMBER")]
    inside_rep: Option<String>,
    /// customer, prospect or supplier
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&customer::KIND), hide_possible_values = true)]
    kind: Option<&'static str>,
    /// Its name
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    name: Option<String>,
    /// Phone
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    phone: Option<String>,
    /// Address of mails
    #[arg(long, value_name = "ADDRESS", value_parser = flags::address)]
    email: Option<String>,
    /// Whether there is still business with it: yes or no
    #[arg(long, value_name = "YES|NO", value_parser = flags::yes_or_no)]
    active: Option<bool>,
}

/// Changes the customers.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let follow_up_at = registers::with_moment(context, |moment| {
        flags::clearable(given.follow_up.as_ref(), |text| flags::event("--follow-up", text, moment))
    })?;
    registers::edit(context, &customer::register(), &args.numbers, None, |connection, stored| {
        let change = customer::Change {
            kind: given.kind,
            name: given.name.clone(),
            phone: flags::text(given.phone.as_ref()),
            email: flags::text(given.email.as_ref()),
            field_rep_id: flags::employee(connection, given.field_rep.as_ref())?,
            inside_rep_id: flags::employee(connection, given.inside_rep.as_ref())?,
            follow_up_at,
            follow_up_note: flags::text(given.note.as_ref()),
            active: given.active,
            ..args.address.change()
        };
        customer::update(connection, stored.id, &change)
    })
}
