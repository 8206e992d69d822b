//! Which recipients a verb of the queue is about: those that are named, or those that filters leave.

use clap::Args;
use diesel::PgConnection;
use wvl::db;
use wvl::error::{Error, Result};
use wvl::outbox::queue;
use wvl::outbox::state::STATES;
use wvl::output::Cell;
use wvl::register::{Field, Filter, Wording};

use crate::cli::filter::{Asked, Every, People, Range};
use crate::cli::mail::decide::Whom;
use crate::cli::{Context, flags, registers};

/// The filters of the queue.
#[derive(Debug, Args)]
pub struct Filters {
    /// Only in these states: queued, sending, retry, sent, failed, unknown, held, discarded
    #[arg(long, value_name = "STATE,…", value_delimiter = ',', value_parser = flags::Word(&STATES), hide_possible_values = true, help_heading = "Filters")]
    state: Vec<&'static str>,
    /// Only mails of this kind: escalation, escalation-bundle, test …
    #[arg(long, value_name = "KIND", help_heading = "Filters")]
    kind: Option<String>,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    pub every: Every,
}

impl Filters {
    /// The filter, without what only the database knows; `usual` are the states that count if nobody names any.
    pub fn read(&self, context: &mut Context, usual: &[&str]) -> Result<Filter> {
        let filter = self.asked().read(context)?;
        let states = if self.state.is_empty() { usual } else { &self.state };
        Ok(Filter {
            statuses: states.iter().map(|state| (*state).to_owned()).collect(),
            kind: self.kind.clone(),
            ..filter
        })
    }

    /// Looks up the employee that was asked for.
    pub fn look_up(&self, connection: &mut PgConnection, filter: &mut Filter) -> Result<()> {
        self.asked().look_up(connection, filter)
    }

    /// Whether states were named.
    pub fn names_states(&self) -> bool {
        !self.state.is_empty()
    }

    fn asked(&self) -> Asked<'_> {
        Asked { people: Some(&self.people), range: Some(&self.range), every: Some(&self.every), ..Asked::default() }
    }

    fn is_empty(&self) -> bool {
        let Filters { state, kind, people, range, every } = self;
        let named = people.mine || people.employee.is_some() || range.from.is_some() || range.to.is_some();
        state.is_empty() && kind.is_none() && every.search.is_none() && !named
    }
}

/// Recipients by their numbers, or by filters.
#[derive(Debug, Args)]
pub struct Chosen {
    /// Numbers of recipients, as wvl mail queue list shows them; or a message by its key or its Message-ID
    #[arg(value_name = "NUMBER")]
    numbers: Vec<String>,
    /// All of them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filters: Filters,
}

impl Chosen {
    /// Whom that is; none where filters leave nobody, which is said. `usual` are the states that filters look at if none is named.
    pub fn whom(&self, context: &mut Context, usual: &[&str]) -> Result<Option<Whom>> {
        match (self.numbers.is_empty(), self.all || !self.filters.is_empty()) {
            (false, true) => Err(Error::usage("recipients are named, and filters too").hint("one of both")),
            (true, false) => Err(Error::usage("which recipients?")
                .hint("name them as wvl mail queue list shows them, filter (--state failed), or say --all")),
            (false, false) => {
                let named = db::read_only(context.connection()?, |connection| queue::named(connection, &self.numbers))?;
                Ok(Some(Whom::Named(named)))
            }
            (true, true) => {
                let ids = self.filtered(context, usual)?;
                let count = u64::try_from(ids.len()).unwrap_or(u64::MAX);
                registers::found(context, count, self.filters.every.fail_empty, "recipient")?;
                Ok((!ids.is_empty()).then_some(Whom::Filtered(ids)))
            }
        }
    }

    fn filtered(&self, context: &mut Context, usual: &[&str]) -> Result<Vec<i64>> {
        let when = registers::when(context)?;
        let mut filter = self.filters.read(context, usual)?;
        let register = queue::register();
        let number: Vec<&Field> = register.fields.iter().filter(|field| field.key == "number").collect();
        let table = db::read_only(context.connection()?, |connection| {
            db::set_instant(connection, when.now, when.zone)?;
            self.filters.look_up(connection, &mut filter)?;
            register.list(connection, &number, &filter, when, Wording::Stored)
        })?;
        let ids = table.rows.iter().filter_map(|row| match row.first() {
            Some(Cell::Int(id)) => Some(*id),
            _ => None,
        });
        Ok(ids.collect())
    }
}
