//! Which recipients a verb of the queue is about: those that are named, or those that filters leave.

use clap::Args;
use diesel::PgConnection;
use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::outbox::queue;
use wvl::outbox::resolve::{Decided, Decision, decide};
use wvl::outbox::state::STATES;
use wvl::output::Cell;
use wvl::register::{Field, Filter, When, Wording};

use crate::cli::filter::{Asked, Every, People, Range};
use crate::cli::{Context, flags, registers};

/// So many that could not be decided about are named; the rest is counted.
const MOST_REFUSED: usize = 20;

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

/// What somebody is asked before many are decided about.
pub struct Question<'q> {
    /// Of how many: "3 Empfänger erneut versuchen?".
    pub asked: &'q dyn Fn(usize) -> String,
    /// Why it is asked.
    pub danger: &'q str,
    /// Whether it is also asked about those that are named.
    pub always: bool,
}

impl Chosen {
    /// Decides about them, in one transaction; `-n` shows which and rolls back. Where they are named it is all of them or none;
    /// what filters leave and stands otherwise is named. Returns how many were decided about.
    pub fn decide(
        &self,
        context: &mut Context,
        usual: &[&str],
        decision: Decision,
        reason: Option<&str>,
        question: &Question<'_>,
    ) -> Result<usize> {
        let are_named = !self.numbers.is_empty();
        match (are_named, self.all || !self.filters.is_empty()) {
            (true, true) => {
                return Err(Error::usage("recipients are named, and filters too").hint("one of both"));
            }
            (false, false) => {
                return Err(Error::usage("which recipients?")
                    .hint("name them as wvl mail queue list shows them, filter (--state failed), or say --all"));
            }
            _ => {}
        }
        let when = registers::when(context)?;
        let ids = if are_named { self.named(context)? } else { self.filtered(context, usual, when)? };
        if ids.is_empty() {
            registers::found(context, 0, self.filters.every.fail_empty, "recipient")?;
            return Ok(0);
        }
        if !context.global.dry_run && (question.always || !are_named) {
            context.confirm(&(question.asked)(ids.len()), question.danger)?;
        }
        let decided = registers::write(context, when, |connection| {
            let decided = decide(connection, &ids, decision, reason)?;
            if are_named { decided.or_nothing() } else { Ok(decided) }
        })?;
        say_refused(context, &decided);
        if decided.changed.is_empty() && !decided.refused.is_empty() {
            return Err(Error::new(Kind::Partial, "nothing was changed, as said above"));
        }
        Ok(decided.changed.len())
    }

    fn named(&self, context: &mut Context) -> Result<Vec<i64>> {
        db::read_only(context.connection()?, |connection| queue::named(connection, &self.numbers))
    }

    fn filtered(&self, context: &mut Context, usual: &[&str], when: When) -> Result<Vec<i64>> {
        let mut filter = self.filters.read(context, usual)?;
        let register = queue::register();
        if context.global.dry_run {
            let look_up = |connection: &mut PgConnection, filter: &mut Filter| self.filters.look_up(connection, filter);
            registers::print(context, &register, &register.listed(), &mut filter.clone(), when, look_up)?;
        }
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

fn say_refused(context: &Context, decided: &Decided) {
    for (id, reason) in decided.refused.iter().take(MOST_REFUSED) {
        context.printer.warn(&format!("recipient {id} {reason}"));
    }
    let rest = decided.refused.len().saturating_sub(MOST_REFUSED);
    if rest > 0 {
        context.printer.warn(&format!("… and {rest} more"));
    }
}
