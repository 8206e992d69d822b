//! `wvl employee`: who works here, under whom, and who stands in.

mod leave;
mod list;
mod new;
mod set;
mod show;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use diesel::PgConnection;
use wvl::calendar::german;
use wvl::error::Result;
use wvl::party::employee::Change;
use wvl::party::{LANGUAGE, site};

use super::{Context, flags, registers};

/// The verbs of `wvl employee`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl employee list --team Technik\n  wvl employee set 14 --supervisor 3 --from 1.1."
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    Leave(leave::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::EMPLOYEES))]
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
        Verb::Leave(args) => leave::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::party::import::EMPLOYEES, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::party::import::EMPLOYEES, wvl::party::employee::register().title, &args)
        }
    }
}

/// What is known of an employee.
#[derive(Debug, Args)]
struct Facts {
    /// Where mails go
    #[arg(long, value_name = "ADDRESS", value_parser = flags::address)]
    email: Option<String>,
    /// Direct line
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    phone: Option<String>,
    /// Mobile phone
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    mobile: Option<String>,
    /// How the employee wants to be reminded: mail, channels of the configuration as sms, or several as mail,sms;
    /// keine: by mail
    #[arg(long, value_name = "CHANNEL,…")]
    channels: Option<String>,
    /// Where the employee works
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Own working days, as mo-do or mo,mi,fr; keine: those of the site
    #[arg(long, value_name = "DAYS")]
    working_days: Option<String>,
    /// Date of birth, with its year
    #[arg(long, value_name = "DAY")]
    birthday: Option<String>,
    /// Whether colleagues may be told of the birthday: yes or no
    #[arg(long, value_name = "YES|NO", value_parser = flags::yes_or_no)]
    birthday_consent: Option<bool>,
    /// Language of mails: de or en
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&LANGUAGE), hide_possible_values = true)]
    language: Option<&'static str>,
    /// Role in the database, for --mine
    #[arg(long, value_name = "ROLE", value_parser = flags::line)]
    pg_role: Option<String>,
}

/// The values of [`Facts`] that have to be read first.
#[derive(Clone, Debug)]
struct ReadFacts {
    working_days: Option<Option<String>>,
    birthday: Option<Option<NaiveDate>>,
    channels: Option<Option<String>>,
}

impl Facts {
    fn read(&self, context: &mut Context) -> Result<ReadFacts> {
        let settings = context.settings()?;
        Ok(ReadFacts {
            channels: flags::clearable(self.channels.as_ref(), |text| flags::channels(text, &settings.mail.channels))?,
            working_days: flags::clearable(self.working_days.as_ref(), flags::weekdays)?,
            birthday: registers::with_moment(context, |moment| {
                flags::clearable(self.birthday.as_ref(), |text| flags::birthday(text, moment))
            })?,
        })
    }

    fn change(&self, connection: &mut PgConnection, read: ReadFacts) -> Result<Change> {
        let site = self.site.as_deref();
        Ok(Change {
            email: flags::text(self.email.as_ref()),
            phone: flags::text(self.phone.as_ref()),
            mobile: flags::text(self.mobile.as_ref()),
            site_id: site.map(|name| site::id_by_name(connection, name)).transpose()?,
            working_days: read.working_days,
            channels: read.channels,
            birthday: read.birthday,
            birthday_consent: self.birthday_consent,
            language: self.language,
            pg_role: flags::text(self.pg_role.as_ref()),
            ..Change::default()
        })
    }
}

/// Where an employee stands, from a day on.
#[derive(Debug, Args)]
struct Place {
    /// Supervisor
    #[arg(long, value_name = "NUMBER")]
    supervisor: Option<String>,
    /// Who stands in during absences
    #[arg(long, value_name = "NUMBER")]
    deputy: Option<String>,
    /// Department
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// First day on which supervisor, deputy and department hold [default: today]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    from: Option<String>,
}

impl Place {
    fn read_from(&self, context: &mut Context) -> Result<NaiveDate> {
        registers::with_moment(context, |moment| match &self.from {
            Some(text) => flags::day("--from", text, moment),
            None => Ok(moment.today()),
        })
    }

    /// What holds only later is not among the changes that are said.
    fn say_from(&self, context: &mut Context, from: NaiveDate) -> Result<()> {
        let today = registers::with_moment(context, |moment| Ok(moment.today()))?;
        if self.from.is_some() && from != today && context.printer.to_terminal() {
            context.printer.note(&format!("gilt ab {}", german::day(from)));
        }
        Ok(())
    }
}
