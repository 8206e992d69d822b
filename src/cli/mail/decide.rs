//! One decision about recipients: asked, carried out in one transaction, and said.

use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::outbox::queue::{self, Named};
use wvl::outbox::resolve::{Decided, Decision, decide, look};
use wvl::output::Format;
use wvl::register::Filter;
use wvl::template::Language;

use crate::cli::{Context, registers};

/// So many that could not be decided about are named; the rest is counted.
const MOST_REFUSED: usize = 20;

/// A sentence about one recipient and one about several (`{}`), in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    pub german: [&'static str; 2],
    pub english: [&'static str; 2],
}

impl Counted {
    fn of(self, count: usize, language: Language) -> String {
        let [one, several] = match language {
            Language::German => self.german,
            Language::English => self.english,
        };
        if count == 1 { one.to_owned() } else { several.replace("{}", &count.to_string()) }
    }
}

/// About whom is decided.
pub enum Whom {
    /// Those that were named: all of them, or none.
    Named(Vec<Named>),
    /// Those that filters leave, whatever stands otherwise.
    Filtered(Vec<i64>),
}

impl Whom {
    fn ids(&self) -> Vec<i64> {
        match self {
            Whom::Named(named) => named.iter().flat_map(|named| named.recipients.iter().copied()).collect(),
            Whom::Filtered(ids) => ids.clone(),
        }
    }

    /// What is wrong with it where somebody was named that it cannot hold for.
    fn agreed(&self, decided: Decided) -> Result<Decided> {
        match self {
            Whom::Named(named) => decided.or_nothing(named),
            Whom::Filtered(_) => Ok(decided),
        }
    }
}

/// What is decided, and how it is asked and said.
pub struct Wanted<'w> {
    pub decision: Decision,
    /// What was given for it.
    pub reason: Option<&'w str>,
    /// The question, and why it is asked; none: nobody is asked.
    pub question: Option<(Counted, &'w str)>,
    pub done: Counted,
    /// The command that comes next.
    pub next: &'w str,
}

/// Decides about them; `-n` shows which and changes nothing. Off a terminal the number of each is printed.
///
/// Errors: of kind `Partial` where filters left some that stand otherwise; each is named.
pub fn carry_out(context: &mut Context, whom: &Whom, wanted: &Wanted<'_>) -> Result<()> {
    let when = registers::when(context)?;
    let (ids, language) = (whom.ids(), context.global.language());
    let possible = db::read_only(context.connection()?, |connection| look(connection, &ids, wanted.decision))?;
    let possible = whom.agreed(possible)?;
    if context.global.dry_run {
        let register = queue::register();
        let mut filter = Filter { ids: Some(possible.changed.clone()), ..Filter::default() };
        registers::print(context, &register, &register.listed(), &mut filter, when, |_, _| Ok(()))?;
    } else if let Some((question, danger)) = wanted.question.filter(|_| !possible.changed.is_empty()) {
        context.confirm(&question.of(possible.changed.len(), language), danger)?;
    }
    let decided = registers::write(context, when, |connection| {
        whom.agreed(decide(connection, &ids, wanted.decision, wanted.reason)?)
    })?;
    say(context, wanted, &decided)?;
    say_refused(context, &decided);
    match (decided.changed.len(), decided.refused.len()) {
        (_, 0) => Ok(()),
        (0, _) => Err(Error::new(Kind::Partial, "nothing was changed, as said above")),
        (_, 1) => Err(Error::new(Kind::Partial, "one recipient stands otherwise, named above")),
        (_, several) => Err(Error::new(Kind::Partial, format!("{several} recipients stand otherwise, named above"))),
    }
}

fn say(context: &Context, wanted: &Wanted<'_>, decided: &Decided) -> Result<()> {
    let count = decided.changed.len();
    let said = wanted.done.of(count, context.global.language());
    if count == 0 {
        return Ok(());
    }
    // at a terminal one sentence, for programs what was changed
    if context.global.dry_run || context.printer.format() == Format::Table {
        return registers::say(context, &said, wanted.next, "");
    }
    decided.changed.iter().try_for_each(|id| registers::say(context, &said, wanted.next, &id.to_string()))
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
