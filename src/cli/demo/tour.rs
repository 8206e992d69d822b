//! `wvl demo tour`

use std::collections::BTreeSet;

use wvl::calendar::working_day_add;
use wvl::demo::letter::{self, Sample};
use wvl::demo::place::Place;
use wvl::error::Result;
use wvl::escalation::plan::Planned;
use wvl::escalation::{self, Options, Report, Step, explain};
use wvl::output::{Cell, Table, column, visible};
use wvl::template::Templates;

use super::{Context, PlaceArgs, as_of, default_calendar, deliver, folder_flag, instant, said_instant, work_in};

/// What the table tells of, the most urgent first.
const KINDS: [fn(Step) -> bool; 5] = [
    |step| matches!(step, Step::Repeat(_)),
    |step| matches!(step, Step::Stage(3..)),
    |step| matches!(step, Step::Stage(2)),
    |step| matches!(step, Step::Stage(1)),
    |step| matches!(step, Step::Announce(_)),
];
/// Rows of each kind: the table and the mail together fit on a screen.
const ROWS_OF_A_KIND: usize = 3;
/// Columns, at a terminal and elsewhere: the tour is read, never parsed.
const WIDTH: u16 = 120;
/// Of a working day: whatever the day brings is due then, and no collection waits.
const AFTER_THE_COLLECTIONS: &str = "14:00";
/// Lines of the mail.
const LINES: usize = 40;

/// Show in half a minute what wvl does, with the demo's company.
///
/// What would be sent, the sending into a folder, one of the mails, why it was sent, and what to type next.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let place = args.place.existing()?;
    work_in(context, &place);
    let settings = context.settings()?;
    let at = instant(context)?;
    let templates = Templates::load(settings.mail.templates.as_deref())?;
    let keys = context.signing_keys()?;
    let options = Options { dry_run: context.global.dry_run, ..Options::default() };

    let report = escalation::run(context.connection()?, &settings, &templates, &keys, at.at, options)?;
    heading(context, "Was überfällig ist, und wer davon hört")?;
    context.printer.data(&format!("{}\n\n", said_instant(at, settings.zone)))?;
    match &report {
        Some(report) if !report.steps.is_empty() => tell(context, report)?,
        _ => context.printer.data("Seit dem letzten Lauf ist nichts dazugekommen. Nichts geht zweimal hinaus.\n")?,
    }
    if options.dry_run {
        return context.printer.data("\nNichts davon wurde geschrieben (--dry-run).\n");
    }
    let sent = deliver(context)?.sent;
    context.printer.data(&format!("\n{sent} Mails liegen jetzt in {}.\n", place.maildir().display()))?;

    if let Some(sample) = letter::most_telling(context.connection()?)? {
        show_mail(context, &sample)?;
        heading(context, &format!("Warum? wvl escalate explain {}", sample.item))?;
        let explanation = wvl::db::transaction(context.connection()?, |connection| {
            wvl::db::set_instant(connection, at.at, settings.zone)?;
            explain::explain(connection, &settings, &sample.item, at.at)
        })?;
        let telling = explain::Telling { width: Some(usize::from(WIDTH)), ..explain::Telling::default() };
        context.printer.data(&explanation.text(telling))?;
    }
    let today = wvl::calendar::local_day(at.at, settings.zone);
    let calendar = default_calendar(&settings)?;
    let later = working_day_add(calendar, today, 1).map(|day| format!("{day}T{AFTER_THE_COLLECTIONS}"));
    say_what_is_next(context, &place, &as_of(at, settings.zone), &later.unwrap_or_default())
}

fn heading(context: &Context, text: &str) -> Result<()> {
    let rule = "─".repeat(72_usize.saturating_sub(text.chars().count()));
    context.printer.data(&format!("\n── {} {rule}\n\n", visible(text)))
}

/// Some steps of the run: of each kind a few, each of another type, so that the table shows what there is.
fn tell(context: &Context, report: &Report<'_>) -> Result<()> {
    let mut table = Table::new(vec![
        column("stage", "Stufe"),
        column("area", "Bereich"),
        column("reference", "Nummer"),
        column("partner", "Kunde"),
        column("hours", "Std."),
        column("to", "An"),
    ]);
    let mut told = BTreeSet::new();
    // a notice in advance tells something new of a type, a further stage does not
    let key = |step: &Planned<'_>| (matches!(step.step(), Step::Announce(_)), step.rules.key.clone());
    for kind in KINDS {
        let of_kind = report.steps.iter().filter(|step| kind(step.step()));
        for step in of_kind.filter(|step| told.insert(key(step))).take(ROWS_OF_A_KIND) {
            table.push(row(step));
        }
    }
    context.printer.data(&table.fitted(WIDTH, false))?;
    let more = report.steps.len().saturating_sub(table.rows.len());
    let more = if more > 0 { format!("… und {more} weitere. ") } else { String::new() };
    let (steps, mails) = (report.steps.len(), report.mails);
    context.printer.data(&format!("\n{more}Zusammen {steps} Eskalationen in {mails} Mails.\n"))
}

fn row(step: &Planned<'_>) -> Vec<Cell> {
    vec![
        Cell::Text(words_of(step.step())),
        Cell::Text(step.rules.label.clone()),
        Cell::Text(step.item.reference.clone()),
        Cell::Text(shortened(step.item.partner.as_deref().unwrap_or(&step.item.title))),
        if step.overdue_seconds > 0 { Cell::Int(step.overdue_seconds / 3600) } else { Cell::Empty },
        Cell::Text(step.recipients.iter().map(|to| family_name(&to.name)).collect::<Vec<_>>().join(", ")),
    ]
}

fn words_of(step: Step) -> String {
    match step {
        Step::Held => String::new(),
        Step::Announce(days) => format!("in {days} Tagen"),
        Step::Stage(stage) => stage.to_string(),
        Step::Repeat(times) => format!("{times}. Wdh."),
    }
}

fn family_name(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or(name)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(24) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn show_mail(context: &Context, sample: &Sample) -> Result<()> {
    let mail = letter::read(&sample.raw);
    heading(context, "Eine der Mails, als Text (sie hat auch eine HTML-Fassung)")?;
    let all: Vec<&str> = mail.text.trim_end().lines().collect();
    let mut shown: Vec<String> = all.iter().take(LINES).map(|line| format!("  {}", visible(line))).collect();
    if all.len() > LINES {
        shown.push("  …".to_owned());
    }
    let text = shown.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    let head = format!("  An:      {}\n  Betreff: {}\n", visible(&mail.to), visible(&mail.subject));
    context.printer.data(&format!("{head}\n{text}\n"))
}

fn say_what_is_next(context: &Context, place: &Place, as_of: &str, later: &str) -> Result<()> {
    let as_of = if as_of.is_empty() { String::new() } else { format!(" {as_of}") };
    let mut lines = Vec::new();
    // called by a path it is not installed
    if std::env::args().next().is_some_and(|called| called.contains('/'))
        && let Ok(program) = std::env::current_exe()
    {
        lines.push((format!("alias wvl='{}'", program.display()), "solange wvl nicht installiert ist (make install)"));
    }
    let folder = folder_flag(place);
    lines.extend([
        (format!("eval \"$(wvl demo env{folder})\""), "ab hier meint wvl in dieser Shell die Demo"),
        ("wvl today".to_owned(), "der Morgen der Geschäftsführung"),
        (format!("wvl escalate run{as_of}"), "noch einmal: es ist alles gesagt, nichts geht zweimal hinaus"),
        (format!("wvl escalate run --dry-run --as-of {later}"), "was der nächste Arbeitstag bringt"),
        (format!("wvl escalate list{as_of}"), "was offen ist, wo es steht, was als Nächstes geschieht"),
        (format!("mutt -f {}", place.maildir().display()), "alle Mails, auch die der letzten drei Wochen"),
        ("wvl db psql".to_owned(), "alles liegt in einem richtigen Postgres"),
        (format!("$EDITOR {}", place.config().display()), "Stunden, Fenster, Empfänger"),
    ]);
    heading(context, "Und jetzt Du")?;
    let told = lines.iter().map(|(command, why)| format!("  # {why}\n  {command}\n"));
    context.printer.data(&told.collect::<String>())
}
