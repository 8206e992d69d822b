//! `wvl contact-person`: the people at customers.

mod list;
mod new;
mod set;
mod show;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use wvl::error::Result;
use wvl::party::contact_person::Change;

use super::{Context, flags, registers};

/// The verbs of `wvl contact-person`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl contact-person list --customer 10001\n  wvl contact-person import personen.csv"
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::CONTACT_PERSONS))]
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
        Verb::Import(args) => super::import::run(context, &wvl::party::import::CONTACT_PERSONS, &args),
        Verb::Export(args) => super::export::run(
            context,
            &wvl::party::import::CONTACT_PERSONS,
            wvl::party::contact_person::register().title,
            &args,
        ),
    }
}

/// What is known of a contact person.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Facts {
    /// First name
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    first_name: Option<String>,
    /// Herr, Frau …
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    salutation: Option<String>,
    /// What the person does there
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    position: Option<String>,
    /// Direct line
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    phone: Option<String>,
    /// Mobile phone
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    mobile: Option<String>,
    /// Address of mails
    #[arg(long, value_name = "ADDRESS", value_parser = flags::address)]
    email: Option<String>,
    /// Date of birth, with its year
    #[arg(long, value_name = "DAY")]
    birthday: Option<String>,
    /// Whether the person still works there: yes or no
    #[arg(long, value_name = "YES|NO", value_parser = flags::yes_or_no)]
    active: Option<bool>,
}

impl Facts {
    fn birthday(&self, context: &mut Context) -> Result<Option<Option<NaiveDate>>> {
        registers::with_moment(context, |moment| {
            flags::clearable(self.birthday.as_ref(), |text| flags::birthday(text, moment))
        })
    }

    fn change(&self, birthday: Option<Option<NaiveDate>>) -> Change {
        Change {
            salutation: flags::text(self.salutation.as_ref()),
            first_name: flags::text(self.first_name.as_ref()),
            position: flags::text(self.position.as_ref()),
            phone: flags::text(self.phone.as_ref()),
            mobile: flags::text(self.mobile.as_ref()),
            email: flags::text(self.email.as_ref()),
            birthday,
            active: self.active,
            ..Change::default()
        }
    }
}
