//! The filters of lists (CLI.md): in groups, so that a noun offers those that make sense for it and no others.

use std::ffi::OsString;

use clap::Args;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use diesel::PgConnection;
use wvl::calendar::dates::{self, Lean};
use wvl::calendar::{PromiseDay, english, german};
use wvl::error::{Error, Result};
use wvl::party::{customer, employee, team};
use wvl::register::Filter;
use wvl::template::Language;

use super::Context;

/// The filters of lists (CLI.md); a list offers those that make sense for it.
const FILTERS: [&str; 9] = ["mine", "employee", "team", "customer", "open", "overdue", "from", "to", "search"];

/// The error about a filter that a list does not know, with those that it knows.
pub fn naming_those_known(mut error: clap::Error, command: &clap::Command, arguments: &[OsString]) -> clap::Error {
    let asked = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) if error.kind() == ErrorKind::UnknownArgument => flag.clone(),
        _ => return error,
    };
    let is_filter = |name: &str| FILTERS.contains(&name);
    let name = asked.trim_start_matches('-');
    if !is_filter(name.split('=').next().unwrap_or(name)) {
        return error;
    }
    let (mut command, mut path) = (command, Vec::new());
    for argument in arguments {
        if let Some(found) = command.find_subcommand(argument) {
            command = found;
            path.push(found.get_name());
        }
    }
    if path.last() != Some(&"list") {
        return error;
    }
    let of_its_own = |flag: &clap::Arg| flag.get_help_heading() == Some("Filters");
    let known: Vec<String> = command
        .get_arguments()
        .filter(|flag| of_its_own(flag))
        .filter_map(clap::Arg::get_long)
        .map(|name| format!("--{name}"))
        .collect();
    let tip = format!("“wvl {}” can be filtered by {}", path.join(" "), known.join(", "));
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// Longer texts are not what somebody looks for.
const LONGEST_SEARCH: usize = 200;

/// Whose.
#[derive(Clone, Debug, Default, Args)]
pub struct People {
    /// Only mine: of the employee whose database role this is
    #[arg(long, conflicts_with = "employee", help_heading = "Filters")]
    pub mine: bool,
    /// Only those of this employee
    #[arg(long, value_name = "NUMBER", help_heading = "Filters")]
    pub employee: Option<String>,
}

/// Whose team.
#[derive(Clone, Debug, Default, Args)]
pub struct Team {
    /// Only those of this team
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub team: Option<String>,
}

/// Whose customer.
#[derive(Clone, Debug, Default, Args)]
pub struct Customer {
    /// Only those of this customer
    #[arg(long, value_name = "NUMBER", help_heading = "Filters")]
    pub customer: Option<String>,
}

/// In which state.
#[derive(Clone, Debug, Default, Args)]
pub struct State {
    /// Only what is still to be done
    #[arg(long, help_heading = "Filters")]
    pub open: bool,
    /// Only what is past its due date
    #[arg(long, help_heading = "Filters")]
    pub overdue: bool,
}

/// From when to when.
#[derive(Clone, Debug, Default, Args)]
pub struct Range {
    /// Only from this day on: 2026-11-30, 30.11., -2w …
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, help_heading = "Filters")]
    pub from: Option<String>,
    /// Only up to this day, inclusive
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, help_heading = "Filters")]
    pub to: Option<String>,
}

/// What every list takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Every {
    /// Only those in which this text stands
    #[arg(long, value_name = "TEXT", help_heading = "Filters")]
    pub search: Option<String>,
    /// Exit with 4 if nothing is found
    #[arg(long, help_heading = "Filters")]
    pub fail_empty: bool,
}

/// The groups that one list was given; those it does not offer stay at their default.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    pub people: Option<&'a People>,
    pub team: Option<&'a Team>,
    pub customer: Option<&'a Customer>,
    pub state: Option<&'a State>,
    pub range: Option<&'a Range>,
    pub every: Option<&'a Every>,
    pub kind: Option<&'static str>,
    pub status: Option<&'static str>,
    pub severity: Option<&'static str>,
}

impl Asked<'_> {
    /// What was asked, as far as no database is needed for it.
    pub fn read(&self, context: &mut Context) -> Result<Filter> {
        let mut filter = Filter {
            kind: self.kind.map(str::to_owned),
            severity: self.severity.map(str::to_owned),
            statuses: self.status.map(str::to_owned).into_iter().collect(),
            limit: context.global.limit,
            sort: context.global.sort.clone(),
            ..Filter::default()
        };
        if let Some(limit) = filter.limit.filter(|limit| *limit < 0) {
            return Err(Error::usage(format!("--limit {limit} is less than nothing")));
        }
        if let Some(range) = self.range {
            read_range(range, &mut filter, context)?;
        }
        if let Some(state) = self.state {
            (filter.open, filter.overdue) = (state.open, state.overdue);
        }
        if let Some(text) = self.every.and_then(|every| every.search.as_deref()) {
            if text.chars().count() > LONGEST_SEARCH {
                return Err(Error::usage(format!("--search takes at most {LONGEST_SEARCH} characters")));
            }
            filter.search = Some(text.to_owned());
        }
        Ok(filter)
    }

    /// Looks up the numbers and names that were asked for.
    pub fn look_up(&self, connection: &mut PgConnection, filter: &mut Filter) -> Result<()> {
        if let Some(people) = self.people {
            filter.employee = match &people.employee {
                Some(number) => Some(employee::id_by_number(connection, number)?),
                None if people.mine => Some(employee::id_of_current_user(connection)?),
                None => None,
            };
        }
        if let Some(name) = self.team.and_then(|team| team.team.as_deref()) {
            filter.team = Some(team::id_by_name(connection, name)?);
        }
        if let Some(number) = self.customer.and_then(|customer| customer.customer.as_deref()) {
            filter.partner = Some(customer::id_by_number(connection, number)?);
        }
        Ok(())
    }
}

/// Reads `--from` and `--to` and says with their weekday what they mean.
fn read_range(range: &Range, filter: &mut Filter, context: &mut Context) -> Result<()> {
    if range.from.is_none() && range.to.is_none() {
        return Ok(());
    }
    let now = context.now()?;
    let settings = context.settings()?;
    let moment = settings.moment(now);
    let mut said = Vec::new();
    let is_english = context.global.language() == Language::English;
    if let Some(text) = &range.from {
        let from = dates::parse_instant(text, &moment, Lean::Back)?;
        said.push(match is_english {
            true => format!("from {}", english::instant(from, moment.zone)),
            false => format!("ab {}", german::instant(from, moment.zone)),
        });
        filter.from = Some(from);
    }
    if let Some(text) = &range.to {
        let to = dates::parse_end(text, &moment, Lean::Back)?;
        said.push(match is_english {
            true => format!("to {}", english::promise(PromiseDay::of(to, moment.zone))),
            false => format!("bis {}", PromiseDay::of(to, moment.zone)),
        });
        filter.to = Some(to);
    }
    if filter.from.zip(filter.to).is_some_and(|(from, to)| to <= from) {
        return Err(Error::usage(format!("the range ends before it begins: {}", said.join(" "))));
    }
    if context.printer.to_terminal() {
        context.printer.note(&said.join(" "));
    }
    Ok(())
}
