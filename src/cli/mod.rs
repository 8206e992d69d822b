//! The command line (CLI.md): the nouns, the global flags, and the way from arguments to a command.
//!
//! Binary only. `cli/<noun>/<verb>.rs` holds a verb's `Args` (whose doc comment is its help text) and its `run`, which
//! reads as a paragraph: load, decide, write, say.

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};
use wvl::error::{Error, Result};
use wvl::output::Format;

mod confirm;
mod context;
#[cfg(test)]
mod examples;
mod export;
mod filter;
mod flags;
mod flush;
mod follow;
mod global;
pub mod import;
mod job;
mod next;
mod parts;
mod refused;
mod registers;

pub mod absence;
pub mod calendar;
pub mod check;
pub mod company;
pub mod completions;
pub mod config;
pub mod contact_person;
pub mod contract;
pub mod cron;
pub mod customer;
pub mod db;
pub mod demo;
pub mod department;
pub mod doctor;
pub mod document;
pub mod employee;
pub mod escalate;
pub mod mail;
pub mod man;
pub mod notice;
pub mod product;
pub mod purchase_order;
pub mod query;
pub mod report;
pub mod role;
pub mod runs;
pub mod site;
pub mod status;
pub mod target;
pub mod task;
pub mod team;
pub mod ticket;
pub mod today;
mod watching;

pub use context::{Context, Environment, signal_of};
pub use global::{Global, asks_for_json};
pub use refused::as_error;

/// Nichts vergessen! Finds what is overdue and reminds the right people by mail.
#[derive(Debug, Parser)]
#[command(name = "wvl", version, arg_required_else_help = true, infer_long_args = false, max_term_width = 100)]
pub struct Command {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub noun: Noun,
}

impl Command {
    /// Reads the command line. An error is a wrong one, or the help that was asked for.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
        let arguments = with_values_joined(for_psql(arguments));
        Command::try_parse_from(&arguments)
            .map_err(|error| filter::naming_those_known(error, &Command::command(), &arguments))
    }
}

/// `wvl db psql -c …`: what stands behind the verb is psql's, as if a `--` stood between them.
fn for_psql(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let verb = arguments.windows(2).position(|pair| pair[0] == "db" && pair[1] == "psql");
    let behind = verb.map(|at| at + 2).filter(|behind| {
        let is_ours = |argument: &OsString| ["--", "-h", "--help"].iter().any(|ours| argument == ours);
        arguments.get(*behind).is_some_and(|argument| !is_ours(argument))
    });
    if let Some(behind) = behind {
        arguments.insert(behind, OsString::from("--"));
    }
    arguments
}

/// Flags that may stand alone, so that clap takes what begins with a minus for the next flag.
const MAY_STAND_ALONE: [&str; 2] = ["--picked", "--renewed"];

/// `--picked -1d` as `--picked=-1d`: a minus and a digit begin a value, not a flag.
fn with_values_joined(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_value = argument
            .to_str()
            .and_then(|text| text.strip_prefix('-'))
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
        match joined.last_mut() {
            Some(flag) if is_value && MAY_STAND_ALONE.iter().any(|alone| flag == alone) => {
                flag.push("=");
                flag.push(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

/// The nouns; each also answers to its other number.
#[derive(Debug, Subcommand)]
pub enum Noun {
    Today(today::Args),
    Status(status::Args),
    #[command(visible_alias = "checks")]
    Check(check::Args),
    Doctor(doctor::Args),
    /// Remind of what is overdue, and answer who hears of what and why
    #[command(subcommand, visible_alias = "escalations")]
    Escalate(escalate::Verb),
    /// Send what is queued, see what did not arrive, and decide about it
    #[command(subcommand, visible_alias = "mails")]
    Mail(mail::Verb),
    /// Customers, prospects and suppliers
    #[command(subcommand, visible_alias = "customers")]
    Customer(customer::Verb),
    /// The people at customers
    #[command(subcommand, visible_alias = "contact-persons")]
    ContactPerson(contact_person::Verb),
    /// Offers, orders, delivery notes, invoices, credit notes
    #[command(subcommand, visible_alias = "documents")]
    Document(document::Verb),
    /// Purchase orders
    #[command(subcommand, visible_alias = "purchase-orders")]
    PurchaseOrder(purchase_order::Verb),
    /// Contracts and our own duties
    #[command(subcommand, visible_alias = "contracts")]
    Contract(contract::Verb),
    /// Tickets
    #[command(subcommand, visible_alias = "tickets")]
    Ticket(ticket::Verb),
    /// Tasks
    #[command(subcommand, visible_alias = "tasks")]
    Task(task::Verb),
    /// Notices on customers and of the system
    #[command(subcommand, visible_alias = "notices")]
    Notice(notice::Verb),
    /// Employees, their supervisors and deputies
    #[command(subcommand, visible_alias = "employees")]
    Employee(employee::Verb),
    /// Who is away when
    #[command(subcommand, visible_alias = "absences")]
    Absence(absence::Verb),
    /// Departments
    #[command(subcommand, visible_alias = "departments")]
    Department(department::Verb),
    /// Teams
    #[command(subcommand, visible_alias = "teams")]
    Team(team::Verb),
    /// Sites and the calendars of their people
    #[command(subcommand, visible_alias = "sites")]
    Site(site::Verb),
    /// Companies of the group
    #[command(subcommand, visible_alias = "companies")]
    Company(company::Verb),
    /// Products
    #[command(subcommand, visible_alias = "products")]
    Product(product::Verb),
    /// What a month is meant to bring
    #[command(subcommand, visible_alias = "targets")]
    Target(target::Verb),
    /// Import the files of a folder, for cron
    #[command(subcommand, visible_alias = "imports")]
    Import(import::Verb),
    /// Working time, holidays and recurring dates, for scripts
    #[command(subcommand, visible_alias = "calendars")]
    Calendar(calendar::Verb),
    /// Reports: those that come with wvl and those of the house
    #[command(subcommand, visible_alias = "reports")]
    Report(report::Verb),
    /// Ask the database in SQL, read-only
    #[command(visible_alias = "queries")]
    Query(query::Args),
    /// Write, check and show the configuration
    #[command(subcommand)]
    Config(config::Verb),
    /// Who may do what in the database
    #[command(subcommand, visible_alias = "roles")]
    Role(role::Verb),
    /// The database: private cluster, migrations, address
    #[command(subcommand)]
    Db(db::Verb),
    Completions(completions::Args),
    /// The jobs in your crontab, or as timers of systemd
    #[command(subcommand)]
    Cron(cron::Verb),
    Man(man::Args),
    /// The diary of the jobs
    #[command(subcommand, visible_alias = "run")]
    Runs(runs::Verb),
    /// A company to look at, with a database of its own
    #[command(subcommand)]
    Demo(demo::Verb),
}

/// Runs the command.
pub fn run(context: &mut Context, noun: Noun) -> Result<()> {
    // before anything is done; the configuration has a form of its own
    if !matches!(noun, Noun::Config(config::Verb::Generate(_))) {
        let is_mail = matches!(&noun, Noun::Mail(verb) if verb.prints_mail());
        context.global.check(is_mail)?;
        context.printer.check()?;
        // of a mail the HTML part may go to a file of that name
        let is_page = is_mail || matches!(&noun, Noun::Report(verb) if verb.prints_page());
        if context.printer.format() == Format::Html && !is_page {
            return Err(Error::usage("only reports are pages").hint("wvl report gf-daily -O html -o FILE"));
        }
    }
    match noun {
        Noun::Today(args) => today::run(context, &args),
        Noun::Status(args) => status::run(context, &args),
        Noun::Check(args) => check::run(context, &args),
        Noun::Doctor(args) => doctor::run(context, &args),
        Noun::Escalate(verb) => escalate::run(context, verb),
        Noun::Mail(verb) => mail::run(context, verb),
        Noun::Customer(verb) => customer::run(context, verb),
        Noun::ContactPerson(verb) => contact_person::run(context, verb),
        Noun::Document(verb) => document::run(context, verb),
        Noun::PurchaseOrder(verb) => purchase_order::run(context, verb),
        Noun::Contract(verb) => contract::run(context, verb),
        Noun::Ticket(verb) => ticket::run(context, verb),
        Noun::Task(verb) => task::run(context, verb),
        Noun::Notice(verb) => notice::run(context, verb),
        Noun::Employee(verb) => employee::run(context, verb),
        Noun::Absence(verb) => absence::run(context, verb),
        Noun::Department(verb) => department::run(context, verb),
        Noun::Team(verb) => team::run(context, verb),
        Noun::Site(verb) => site::run(context, verb),
        Noun::Company(verb) => company::run(context, verb),
        Noun::Product(verb) => product::run(context, verb),
        Noun::Target(verb) => target::run(context, verb),
        Noun::Import(verb) => import::run_verb(context, verb),
        Noun::Calendar(verb) => calendar::run(context, verb),
        Noun::Report(verb) => report::run(context, verb),
        Noun::Query(args) => query::run(context, &args),
        Noun::Config(verb) => config::run(context, verb),
        Noun::Role(verb) => role::run(context, verb),
        Noun::Db(verb) => db::run(context, verb),
        Noun::Completions(args) => completions::run(context, &args),
        Noun::Cron(verb) => cron::run(context, verb),
        Noun::Man(args) => man::run(context, &args),
        Noun::Runs(verb) => runs::run(context, verb),
        Noun::Demo(verb) => demo::run(context, verb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_psql_is_psqls() {
        let read = |line: &str| {
            let read = for_psql(line.split(' ').map(OsString::from));
            read.iter().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(read("wvl -c x.toml db psql -c SELECT"), "wvl -c x.toml db psql -- -c SELECT");
        assert_eq!(read("wvl db psql -- -c SELECT"), "wvl db psql -- -c SELECT");
        for line in ["wvl db psql", "wvl db psql --help", "wvl db url -c x", "wvl customer new db psqlx y"] {
            assert_eq!(read(line), line);
        }
    }

    #[test]
    fn a_minus_and_a_digit_belong_to_the_flag_before_them() {
        let joined = |line: &str| {
            let joined = with_values_joined(line.split(' ').map(OsString::from));
            joined.iter().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(joined("set R1 --picked -1d"), "set R1 --picked=-1d");
        assert_eq!(joined("set R1 --renewed --line 1 -n"), "set R1 --renewed --line 1 -n");
        assert_eq!(joined("set R1 --picked -n"), "set R1 --picked -n");
        assert_eq!(joined("list --from -2w"), "list --from -2w");
    }
}
