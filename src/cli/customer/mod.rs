//! `wvl customer`: customers, prospects and suppliers.

mod list;
mod new;
mod set;
mod show;

use clap::{Args, Subcommand};
use wvl::error::Result;
use wvl::party::LANGUAGE;
use wvl::party::customer::Change;

use super::{Context, flags};

/// The verbs of `wvl customer`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl customer list --search müller\n  wvl customer set 10815 --follow-up +2w --note \"Angebot Firewall\""
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::CUSTOMERS))]
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
        Verb::Import(args) => super::import::run(context, &wvl::party::import::CUSTOMERS, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::party::import::CUSTOMERS, wvl::party::customer::register().title, &args)
        }
    }
}

/// Where a customer is found.
#[derive(Debug, Args)]
struct Address {
    /// Short name
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    matchcode: Option<String>,
    /// Street and house number
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    street: Option<String>,
    /// Postcode
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    postcode: Option<String>,
    /// City
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    city: Option<String>,
    /// Country, as DE
    #[arg(long, value_name = "CODE", value_parser = flags::country)]
    country: Option<String>,
    /// Web site
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    website: Option<String>,
    /// Language of mails: de or en
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&LANGUAGE), hide_possible_values = true)]
    language: Option<&'static str>,
}

/// The arguments of [`Address`], so that one of them is change enough.
const ADDRESS: [&str; 7] = ["matchcode", "street", "postcode", "city", "country", "website", "language"];

impl Address {
    fn change(&self) -> Change {
        Change {
            matchcode: flags::text(self.matchcode.as_ref()),
            street: flags::text(self.street.as_ref()),
            postcode: flags::text(self.postcode.as_ref()),
            city: flags::text(self.city.as_ref()),
            country: self.country.clone(),
            website: flags::text(self.website.as_ref()),
            language: self.language,
            ..Change::default()
        }
    }
}
