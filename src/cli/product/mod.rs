//! `wvl product`: what is sold and bought.

mod list;
mod new;
mod set;
mod show;

use clap::{Args, Subcommand};
use wvl::error::Result;
use wvl::sales::product::Change;

use super::{Context, flags};

/// The verbs of `wvl product`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl product list --search switch\n  wvl product show SW-24")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::sales::import::PRODUCTS))]
    Import(super::import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::sales::import::PRODUCTS, &args),
        Verb::New(args) => new::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::sales::import::PRODUCTS, wvl::sales::product::register().title, &args)
        }
    }
}

/// What is known of a product.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Facts {
    /// Product group: Hardware, Software, Dienstleistung …
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    group: Option<String>,
    /// Unit of quantity
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    unit: Option<String>,
    /// Net price of a unit, as 119,00 or 119.00
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    price: Option<String>,
    /// What we pay for a unit
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    cost: Option<String>,
    /// Whether it is still sold: yes or no
    #[arg(long, value_name = "YES|NO", value_parser = flags::yes_or_no)]
    active: Option<bool>,
}

impl Facts {
    fn change(&self) -> Result<Change> {
        Ok(Change {
            name: None,
            product_group: flags::text(self.group.as_ref()),
            unit: self.unit.clone(),
            price: flags::clearable_amount("--price", self.price.as_ref())?,
            cost: flags::clearable_amount("--cost", self.cost.as_ref())?,
            active: self.active,
        })
    }
}
