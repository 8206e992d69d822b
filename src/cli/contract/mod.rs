//! `wvl contract`: contracts and duties of our own.

mod close;
mod list;
mod new;
mod set;
mod show;

use clap::{Args, Subcommand};
use diesel::PgConnection;
use rust_decimal::Decimal;
use wvl::contract::Change;
use wvl::error::Result;

use super::{Context, flags, registers};

/// The verbs of `wvl contract`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl contract list --open --to jahresende\n  wvl contract set W-100 --next-billing 1.1."
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    Close(close::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::contract::import::CONTRACTS))]
    Import(super::import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::New(args) => new::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Close(args) => close::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::contract::import::CONTRACTS, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::contract::import::CONTRACTS, wvl::contract::register().title, &args)
        }
    }
}

/// What a contract says.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Terms {
    /// The customer; keine: a duty of our own
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// First day
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    starts: Option<String>,
    /// Last day of notice
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    notice_by: Option<String>,
    /// Last day of the contract
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    ends: Option<String>,
    /// When it is billed next
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    next_billing: Option<String>,
    /// What is billed each time, net, as 119,00 or 119.00
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    amount: Option<String>,
    /// Of the amount
    #[arg(long, value_name = "CODE", value_parser = flags::currency)]
    currency: Option<String>,
    /// Who works on it
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// Field representative (ADM)
    #[arg(long, value_name = "NUMBER")]
    field_rep: Option<String>,
    /// Inside representative (IDM)
    #[arg(long, value_name = "NUMBER")]
    inside_rep: Option<String>,
    /// Department
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// The calendar by which its tickets are late, as in the configuration
    #[arg(long, value_name = "NAME", value_parser = flags::line)]
    calendar: Option<String>,
    /// Address of the contract elsewhere
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
    /// A remark
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    note: Option<String>,
}

impl Terms {
    /// The dates and amounts, for which no record has to be looked up.
    fn read(&self, context: &mut Context) -> Result<Change> {
        let amount: Option<Option<Decimal>> = flags::clearable_amount("--amount", self.amount.as_ref())?;
        registers::with_moment(context, |moment| {
            Ok(Change {
                starts_at: flags::clearable(self.starts.as_ref(), |text| flags::past_event("--starts", text, moment))?,
                notice_by: flags::clearable(self.notice_by.as_ref(), |text| {
                    flags::promise("--notice-by", text, moment)
                })?,
                ends_at: flags::clearable(self.ends.as_ref(), |text| flags::promise("--ends", text, moment))?,
                next_billing_at: flags::clearable(self.next_billing.as_ref(), |text| {
                    flags::event("--next-billing", text, moment)
                })?,
                amount,
                currency: self.currency.clone(),
                calendar: flags::text(self.calendar.as_ref()),
                link: flags::text(self.link.as_ref()),
                note: flags::text(self.note.as_ref()),
                ..Change::default()
            })
        })
    }

    /// The rest: whom it concerns.
    fn look_up(&self, connection: &mut PgConnection, read: Change) -> Result<Change> {
        let partner = self.customer.as_ref();
        Ok(Change {
            partner_id: flags::clearable(partner, |number| wvl::party::customer::id_by_number(connection, number))?,
            handler_id: flags::employee(connection, self.handler.as_ref())?,
            field_rep_id: flags::employee(connection, self.field_rep.as_ref())?,
            inside_rep_id: flags::employee(connection, self.inside_rep.as_ref())?,
            department_id: flags::department(connection, self.department.as_ref())?,
            ..read
        })
    }
}
