//! `wvl demo tour`

use wvl::demo::letter::{self, Sample};
use wvl::demo::place::Place;
use wvl::error::Result;
use wvl::escalation::plan::Planned;
use wvl::escalation::{self, Options, Report, Step, explain};
use wvl::output::{Cell, Table, column, visible};
use wvl::template::Templates;

use super::{Context, PlaceArgs, as_of, deliver, instant, said_instant, work_in};

/// Rows of the table: what fits on a screen beside the mail.
const ROWS: usize = 12;
/// Lines of the mail.
const LINES: usize = 40;

/// Shows in half a minute what wvl does, with the demo's company.
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
    let options = Options { dry_run: context.global.dry_run };

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
    context.printer.data(&format!("\n{sent} Mails liegen in {}.\n", place.maildir().display()))?;

    if let Some(sample) = letter::most_telling(context.connection()?)? {
        show_mail(context, &sample)?;
        heading(context, &format!("Warum? wvl escalate explain {}", sample.item))?;
        let explanation = wvl::db::transaction(context.connection()?, |connection| {
            wvl::db::set_instant(connection, at.at, settings.zone)?;
            let (rules, item) = explain::find(connection, &settings, &sample.item)?;
            explain::explain(connection, &settings, rules, item, at.at)
        })?;
        context.printer.data(&explanation.text())?;
    }
    say_what_is_next(context, &place, &as_of(at, settings.zone))
}

fn heading(context: &Context, text: &str) -> Result<()> {
    context.printer.data(&format!(
        "\n── {} {}\n\n",
        visible(text),
        "─".repeat(72_usize.saturating_sub(text.chars().count()))
    ))
}

/// The steps of the run, the most urgent first.
fn tell(context: &Context, report: &Report<'_>) -> Result<()> {
    let mut steps: Vec<&Planned<'_>> = report.steps.iter().collect();
    // one of each kind and stage before the second of any: the table shows what there is
    steps.sort_by_key(|step| (std::cmp::Reverse(step.stage()), std::cmp::Reverse(step.overdue_seconds)));
    let mut seen = std::collections::BTreeSet::new();
    let (first, others): (Vec<_>, Vec<_>) =
        steps.into_iter().partition(|step| seen.insert((step.stage(), step.rules.key.as_str())));
    let shown = first.iter().chain(&others);

    let mut table = Table::new(vec![
        column("stage", "Stufe"),
        column("area", "Bereich"),
        column("reference", "Nummer"),
        column("partner", "Kunde"),
        column("hours", "Std. überfällig"),
        column("to", "An"),
    ]);
    for step in shown.take(ROWS) {
        table.push(vec![
            Cell::Text(words_of(step.step())),
            Cell::Text(step.rules.label.clone()),
            Cell::Text(step.item.reference.clone()),
            Cell::Text(shortened(step.item.partner.as_deref().unwrap_or(&step.item.title))),
            Cell::Int(step.overdue_seconds / 3600),
            Cell::Text(step.recipients.iter().map(|to| family_name(&to.name)).collect::<Vec<_>>().join(", ")),
        ]);
    }
    context.printer.data(&table.fitted(120, false))?;
    let more = report.steps.len().saturating_sub(ROWS);
    let more = if more > 0 { format!("… und {more} weitere. ") } else { String::new() };
    context.printer.data(&format!(
        "{more}Zusammen {} Eskalationen in {} Mails.\n",
        report.steps.len(),
        report.messages.len()
    ))
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
    match text.char_indices().nth(26) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn show_mail(context: &Context, sample: &Sample) -> Result<()> {
    let mail = letter::read(&sample.raw);
    heading(context, "Eine der Mails, als Text (sie hat auch eine HTML-Fassung)")?;
    let text = mail.text.trim_end();
    let mut shown: Vec<String> =
        text.lines().take(LINES).map(|line| format!("  {}", visible(line)).trim_end().to_owned()).collect();
    if text.lines().count() > LINES {
        shown.push("  …".to_owned());
    }
    context.printer.data(&format!(
        "  An:      {}\n  Betreff: {}\n\n{}\n",
        visible(&mail.to),
        visible(&mail.subject),
        shown.join("\n")
    ))
}

fn say_what_is_next(context: &Context, place: &Place, as_of: &str) -> Result<()> {
    let as_of = if as_of.is_empty() { String::new() } else { format!(" {as_of}") };
    // typed as it was called: from the source folder that is target/debug/wvl
    let program = std::env::args().next().unwrap_or_else(|| "wvl".to_owned());
    let mut lines = vec![(format!("eval \"$({program} demo env)\""), "ab hier meint wvl in dieser Shell die Demo")];
    if program.contains('/') {
        lines.push((format!("alias wvl=\"{program}\""), "solange es nicht installiert ist (make install)"));
    }
    lines.extend([
        (format!("wvl escalate list{as_of}"), "was offen ist, wo es steht, was als Nächstes geschieht"),
        (format!("wvl escalate run{as_of}"), "noch einmal: es ist alles gesagt, nichts geht zweimal hinaus"),
        (format!("mutt -f {}", place.maildir().display()), "alle Mails, auch die der letzten drei Wochen"),
        ("wvl db psql".to_owned(), "alles liegt in einem richtigen Postgres"),
        (format!("$EDITOR {}", place.config().display()), "Stunden, Fenster, Empfänger"),
    ]);
    heading(context, "Und jetzt Du")?;
    let told = lines.iter().map(|(command, why)| format!("  # {why}\n  {command}\n"));
    context.printer.data(&told.collect::<String>())
}
