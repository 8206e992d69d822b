//! `wvl purchase-order`: what we have ordered from suppliers.

mod close;
mod list;
mod new;
mod set;
mod show;

use clap::{Args, Subcommand};
use diesel::PgConnection;
use wvl::error::Result;
use wvl::party::customer;
use wvl::sales::document::PROGRESS;
use wvl::sales::purchase_order::Change;

use super::{Context, flags, registers};

/// The verbs of `wvl purchase-order`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl purchase-order list --overdue\n  wvl purchase-order set E-4711 --expected fr")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    Close(close::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::sales::import::PURCHASE_ORDERS))]
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
        Verb::Import(args) => super::import::run(context, &wvl::sales::import::PURCHASE_ORDERS, &args),
        Verb::Export(args) => super::export::run(
            context,
            &wvl::sales::import::PURCHASE_ORDERS,
            wvl::sales::purchase_order::register().title,
            &args,
        ),
    }
}

/// What a purchase order says.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Terms {
    /// The supplier's number
    #[arg(long, value_name = "NUMBER")]
    supplier: Option<String>,
    /// When it was ordered
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    date: Option<String>,
    /// When the goods are expected; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    expected: Option<String>,
    /// How much has come: none, partial or complete
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&PROGRESS), hide_possible_values = true)]
    receipt: Option<&'static str>,
    /// Net amount, as 119,00 or 119.00
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    amount: Option<String>,
    /// Of the amount
    #[arg(long, value_name = "CODE", value_parser = flags::currency)]
    currency: Option<String>,
    /// Who works on it
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// Department
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// Address of the purchase order elsewhere
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
}

impl Terms {
    /// The dates and amounts, for which no record has to be looked up.
    fn read(&self, context: &mut Context) -> Result<Change> {
        let net_amount = flags::clearable_amount("--amount", self.amount.as_ref())?;
        registers::with_moment(context, |moment| {
            Ok(Change {
                order_date: self.date.as_deref().map(|text| flags::past_day("--date", text, moment)).transpose()?,
                expected_at: flags::clearable(self.expected.as_ref(), |text| {
                    flags::promise("--expected", text, moment)
                })?,
                receipt_status: self.receipt,
                net_amount,
                currency: self.currency.clone(),
                link: flags::text(self.link.as_ref()),
                ..Change::default()
            })
        })
    }

    /// The rest: whom it concerns.
    fn look_up(&self, connection: &mut PgConnection, read: Change) -> Result<Change> {
        let supplier = self.supplier.as_ref();
        Ok(Change {
            partner_id: flags::clearable(supplier, |number| customer::id_by_number(connection, number))?,
            handler_id: flags::employee(connection, self.handler.as_ref())?,
            department_id: flags::department(connection, self.department.as_ref())?,
            ..read
        })
    }
}
