//! What the templates of the evening mail see: texts that are ready to be printed, in the order of the mail. Pure.

use rust_decimal::Decimal;
use serde::Serialize;

use super::sections::{self, SectionView};
use crate::report::evening::{Core, Evening, Group, MonthChart, Part, Period, Row};
use crate::report::figure::{Amount, FigureKey};
use crate::report::words::{self, Note, Reach, Section, Told, Words};
use crate::settings::Settings;
use crate::template::{clip, one_line};

/// So many rows of a table of the extended mail; the rest is in the workbook.
pub(super) const MOST_ROWS: usize = 40;
/// So many cells of such a row fit beside the name on a phone (MAIL.md).
const MOST_CELLS: usize = 4;
/// What the rest of a group is called before it is worded.
const OTHERS: &str = "others";
/// Eighths of a place.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A month has no more days.
const MOST_DAYS: usize = 31;
/// Plain text has so many columns …
const TEXT_WIDTH: usize = 72;
/// … of which a name gets at most so many.
const NAME_WIDTH: usize = 30;
/// Pixels that a phone of 375 has for a table.
const PHONE: usize = 350;
/// A longer name of a group is cut.
const GROUP_NAME: usize = 60;
/// A longer name of a line is cut.
const LINE_NAME: usize = 90;
/// A longer preheader is cut by the list of mails anyway (MAIL.md).
const PREHEADER: usize = 90;

/// The values of report-daily.
#[derive(Clone, Debug, Serialize)]
pub(super) struct View {
    pub(super) company: String,
    pub(super) subject: String,
    pub(super) preheader: String,
    pub(super) reason: String,
    /// "Dienstag, 24. November 2026 · Technik"
    pub(super) about: String,
    pub(super) sentence: String,
    pub(super) figures: TableView,
    /// Other currencies, a sentence each.
    pub(super) currencies: Vec<String>,
    pub(super) chart: Option<ChartView>,
    pub(super) sections: Vec<SectionView>,
    /// The tables of the extended mail.
    pub(super) tables: Vec<TableView>,
    pub(super) notes: Vec<NoteView>,
}

/// A table of amounts.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TableView {
    pub(super) title: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<RowView>,
    /// On a phone there is no room for a name beside its amounts: it stands above them.
    pub(super) stacked: bool,
    /// The same for plain text, drawn.
    pub(super) lines: Vec<String>,
    /// "und 12 weitere"
    pub(super) more: Option<String>,
}

/// A row of one.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RowView {
    pub(super) name: String,
    pub(super) cells: Vec<CellView>,
}

/// A cell: "18,4 T€", and below it "3 Stück" or "22 %".
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct CellView {
    pub(super) amount: String,
    pub(super) beside: String,
}

/// The picture and what stands around it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ChartView {
    /// `cid:…` in a mail, `data:…` in a page.
    pub(super) source: String,
    pub(super) alt: String,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) said: String,
    pub(super) far: Option<String>,
    /// What the line in the picture is.
    pub(super) plan: &'static str,
    /// "▁▂▃▄···", for plain text.
    pub(super) bars: String,
}

/// A footnote.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NoteView {
    pub(super) text: String,
    pub(super) link: Option<String>,
}

/// What a view is made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'s> {
    /// Where the picture is.
    pub(super) chart: &'s str,
    /// Rows of a table of the extended mail.
    pub(super) most_rows: usize,
    /// A workbook goes with it, so that what is left out is somewhere.
    pub(super) has_workbook: bool,
}

impl View {
    /// Whether a table has more rows than are shown.
    pub(super) fn has_more(&self) -> bool {
        self.tables.iter().any(|table| table.more.is_some())
    }

    pub(super) fn new(settings: &Settings, words: &dyn Words, evening: &Evening, shape: Shape<'_>) -> View {
        let told = told(settings, evening);
        let subject = words::subject(words, evening, &told);
        let sentence = words::sentence(words, evening, &told);
        let scope = evening.scope.as_deref().map(|scope| format!(" · {}", clip(&one_line(scope), GROUP_NAME)));
        let mut tables = Vec::new();
        let mut sections = sections::of(settings, words, evening, &told);
        match &evening.extended {
            Some(Part::There(extended)) => {
                tables.extend(sections::counts(words, extended, &told));
                tables.extend(extended.groups.iter().filter_map(|group| groups(words, group, &told, shape.most_rows)));
            }
            Some(Part::Failed { reason, .. }) => {
                sections.push(sections::failed(words, Section::Extended, &told, None, reason));
            }
            None => {}
        }
        let left_out = tables.iter().any(|table| table.more.is_some());
        View {
            company: one_line(&settings.company.name),
            preheader: clip(&words::plain(&sentence), PREHEADER),
            subject,
            reason: words.reason().to_owned(),
            about: format!("{}{}", words.about(&told), scope.unwrap_or_default()),
            sentence,
            figures: figures(words, &evening.core, &told),
            currencies: currencies(words, &evening.core, &told),
            chart: chart(words, &evening.core, &told, shape.chart),
            sections,
            tables,
            notes: notes(settings, words, evening, &told, left_out && shape.has_workbook),
        }
    }
}

/// What is the same in every text of a mail.
pub(super) fn told<'t>(settings: &'t Settings, evening: &Evening) -> Told<'t> {
    Told { settings: &settings.report, period: evening.period, day: evening.day }
}

/// The table of the mail. Where nobody has named a target there is no column for it.
fn figures(words: &dyn Words, core: &Core, told: &Told<'_>) -> TableView {
    let has_target = core.rows.iter().any(|row| row.target.is_some());
    let mut columns = words.columns(told, core.compared).to_vec();
    columns.truncate(if has_target { 4 } else { 3 });
    let rows = core.rows.iter().map(|row| {
        let usual = row.usual.as_ref().map(|usual| cell(words, row.figure, usual, told));
        let mut cells = vec![
            cell(words, row.figure, &row.now, told),
            usual.unwrap_or_else(CellView::unknown),
            cell(words, row.figure, &row.total, told),
        ];
        if has_target {
            cells.push(target(words, row, told));
        }
        RowView { name: words.figures(row.figure, told), cells }
    });
    TableView::new(String::new(), columns, rows.collect(), None)
}

fn cell(words: &dyn Words, figure: FigureKey, amount: &Amount, told: &Told<'_>) -> CellView {
    let beside = match figure {
        FigureKey::Margin => amount.percent().map(|percent| words.percent(percent)).unwrap_or_default(),
        _ => words.pieces(amount.count),
    };
    CellView { amount: words.money(amount.amount, &told.settings.currency), beside }
}

fn target(words: &dyn Words, row: &Row, told: &Told<'_>) -> CellView {
    let Some(target) = row.target else { return CellView::unknown() };
    let reached = row.reached().map(|reached| words.percent(reached)).unwrap_or_default();
    CellView { amount: words.money(target, &told.settings.currency), beside: reached }
}

impl CellView {
    fn unknown() -> CellView {
        CellView { amount: "–".to_owned(), beside: String::new() }
    }
}

/// The rows of other currencies that hold anything.
fn currencies(words: &dyn Words, core: &Core, told: &Told<'_>) -> Vec<String> {
    let said = core.other_currencies.iter().map(|(currency, rows)| {
        let rows = rows.iter().filter(|row| !(row.now.amount.is_zero() && row.total.amount.is_zero()));
        let figures: Vec<_> =
            rows.map(|row| (words.figures(row.figure, told), row.now.amount, row.total.amount)).collect();
        (!figures.is_empty()).then(|| words.currency(&one_line(currency), &figures, told))
    });
    said.flatten().collect()
}

fn chart(words: &dyn Words, core: &Core, told: &Told<'_>, source: &str) -> Option<ChartView> {
    let month = &core.chart;
    let (first, sum) = (month.days.first()?.0, month.days.last()?.1);
    let figure = words.figures(month.figure, told);
    let over = month.days.iter().filter(|(_, _, is_working)| *is_working).count();
    let part = |part: Decimal, whole: Decimal| part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole);
    let target = month.target.filter(|target| *target > Decimal::ZERO);
    let target = target.and_then(|target| {
        let days = part(Decimal::from(over), Decimal::from(month.working_days))?.min(Decimal::ONE_HUNDRED);
        Some((target, part(sum, target)?, days))
    });
    let reach = Reach { month: first, figure: &figure, sum, currency: &told.settings.currency, target };
    let (said, far) = words.reach(&reach);
    Some(ChartView {
        source: source.to_owned(),
        alt: words::plain(&words.chart(&reach)),
        first: words.bare_day(first),
        last: words.bare_day(month.last),
        said,
        far,
        plan: words.plan(),
        bars: bars(month),
    })
}

/// A place for each working day, as high as the month was by then, and a dot for each that is to come. The whole height is the
/// target.
pub(super) fn bars(month: &MonthChart) -> String {
    let sums = month.days.iter().filter(|(_, _, is_working)| *is_working).map(|(_, sum, _)| *sum);
    let highest = sums.clone().chain(month.target).fold(Decimal::ONE, Decimal::max);
    let over = sums.clone().count();
    let drawn = sums.map(|sum| {
        let eighths = (sum.max(Decimal::ZERO) / highest * Decimal::from(LEVELS.len())).ceil();
        let level = usize::try_from(eighths).unwrap_or(LEVELS.len()).clamp(1, LEVELS.len());
        LEVELS[level - 1]
    });
    let to_come = usize::try_from(month.working_days).unwrap_or(0).saturating_sub(over).min(MOST_DAYS);
    drawn.chain(std::iter::repeat_n('·', to_come)).collect()
}

/// A table of the extended mail: who has done what, as many figures as fit on a phone.
fn groups(words: &dyn Words, group: &Group, told: &Told<'_>, most: usize) -> Option<TableView> {
    let mut figures = figures_of(group);
    if figures.is_empty() {
        return None;
    }
    if figures.len() > MOST_CELLS {
        figures.retain(|figure| *figure != FigureKey::DeliveryNotes);
    }
    figures.truncate(MOST_CELLS);
    let rows = group.rows.iter().enumerate().take(most).map(|(place, (name, amounts))| {
        let cells = figures.iter().map(|figure| {
            let amount = amounts.iter().find(|(of, _)| of == figure).map(|(_, amount)| amount);
            amount.map_or_else(CellView::unknown, |amount| cell(words, *figure, amount, told))
        });
        RowView { name: group_name(words, group, place, name), cells: cells.collect() }
    });
    let columns = figures.iter().map(|figure| words.figures(*figure, told)).collect();
    let more = group.rows.len().saturating_sub(most);
    let more = (more > 0).then(|| words.more(i64::try_from(more).unwrap_or(i64::MAX)));
    Some(TableView::new(words.group(group.by).to_owned(), columns, rows.collect(), more))
}

/// The figures that any row has, in the order of the mail: a row has only those in which there was something.
pub(super) fn figures_of(group: &Group) -> Vec<FigureKey> {
    let has = |figure: &FigureKey| group.rows.iter().any(|(_, amounts)| amounts.iter().any(|(of, _)| of == figure));
    FigureKey::ALL.into_iter().filter(has).collect()
}

/// The last row may be the rest: what is too small to be shown, or nobody's.
pub(super) fn group_name(words: &dyn Words, group: &Group, place: usize, name: &str) -> String {
    let is_rest = name == OTHERS && place + 1 == group.rows.len();
    if is_rest { words.others().to_owned() } else { clip(&one_line(name), GROUP_NAME) }
}

impl TableView {
    pub(super) fn new(title: String, columns: Vec<String>, rows: Vec<RowView>, more: Option<String>) -> TableView {
        let (lines, stacked) = (drawn(&columns, &rows), is_wide(&columns, &rows));
        TableView { title, columns, rows, stacked, lines, more }
    }
}

/// Whether names and amounts are wider than a phone, at 14 pixels a letter of text and 12 below it (Arial).
fn is_wide(columns: &[String], rows: &[RowView]) -> bool {
    let letter = |letter: char| match letter {
        ' ' | '\u{a0}' | ',' | '.' | 'i' | 'l' => 4,
        'M' | 'm' | 'W' | 'Ø' => 12,
        _ => 8,
    };
    let wide = |text: &str| text.chars().map(letter).sum::<usize>();
    let names = rows.iter().flat_map(|row| row.name.split(' ')).map(wide).max().unwrap_or(0);
    let amounts = columns.iter().enumerate().map(|(place, heading)| {
        let cells = rows.iter().filter_map(|row| row.cells.get(place));
        let widest = cells.map(|cell| wide(&cell.amount).max(wide(&cell.beside) * 6 / 7)).max().unwrap_or(0);
        // what stands before it
        widest.max(wide(heading) * 6 / 7) + 6
    });
    names + amounts.sum::<usize>() > PHONE
}

/// The table for 72 columns: what stands beside an amount stands below it, as on a phone.
fn drawn(columns: &[String], rows: &[RowView]) -> Vec<String> {
    let length = |text: &str| text.chars().count();
    let cells = rows.iter().flat_map(|row| row.cells.iter());
    let widest = cells.flat_map(|cell| [length(&cell.amount), length(&cell.beside)]);
    let widest = widest.chain(columns.iter().map(|column| length(column))).max().unwrap_or(0);
    let room = (widest + 2).clamp(10, 14);
    let longest = rows.iter().map(|row| length(&row.name) + 1).max().unwrap_or(0);
    let name_width = TEXT_WIDTH.saturating_sub(room * columns.len()).min(NAME_WIDTH).min(longest);
    let line = |name: &str, cells: &mut dyn Iterator<Item = &str>| {
        let cells: String = cells.map(|cell| format!("{cell:>room$}")).collect();
        format!("{name:<name_width$}{cells}").trim_end().to_owned()
    };
    let mut lines = vec![line("", &mut columns.iter().map(String::as_str))];
    for row in rows {
        // a name that is too long has a line of its own
        let name = if length(&row.name) > name_width {
            lines.push(clip(&row.name, TEXT_WIDTH));
            ""
        } else {
            row.name.as_str()
        };
        lines.push(line(name, &mut row.cells.iter().map(|cell| cell.amount.as_str())));
        if row.cells.iter().any(|cell| !cell.beside.is_empty()) {
            lines.push(line("", &mut row.cells.iter().map(|cell| cell.beside.as_str())));
        }
    }
    lines
}

fn notes(
    settings: &Settings,
    words: &dyn Words,
    evening: &Evening,
    told: &Told<'_>,
    in_workbook: bool,
) -> Vec<NoteView> {
    let core = &evening.core;
    let mut notes = Vec::new();
    let mut add = |note: Note<'_>, link: Option<&str>| {
        notes.push(NoteView { text: words.note(&note, told), link: link.map(str::to_owned) });
    };
    if in_workbook {
        add(Note::InWorkbook, None);
    }
    let others: Vec<_> = evening.days.iter().copied().filter(|day| *day != evening.day).collect();
    if evening.period == Period::Day && !others.is_empty() {
        add(Note::AlsoCounts(&others), None);
    }
    let usual = if evening.period == Period::Month { 3 } else { 4 };
    if (1..usual).contains(&core.compared) {
        add(Note::FewCompared(core.compared, evening.period), None);
    }
    let credit_notes = core.row(FigureKey::Invoices).map_or(0, |row| row.now.credit_notes);
    if credit_notes > 0 {
        add(Note::CreditNotes(credit_notes), None);
    }
    for row in core.rows.iter().filter(|row| row.now.unpriced > 0) {
        add(Note::Unpriced(row.figure, row.now.unpriced), None);
    }
    if !core.advances.is_zero() {
        add(Note::Advances(core.advances), None);
    }
    let uncosted = &core.uncosted;
    if uncosted.lines > 0 {
        let named: Vec<String> = uncosted.named.iter().map(|line| clip(&one_line(line), LINE_NAME)).collect();
        add(Note::Uncosted(uncosted.lines, uncosted.net, &named), None);
    }
    add(Note::Margin, None);
    let help = settings.report.margin_help.as_deref();
    add(Note::Explained(help.is_some()), help);
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_up_to_the_target() {
        let mut chart = Evening::sample().core.chart;
        chart.days.truncate(3);
        for (day, (sum, is_working)) in chart.days.iter_mut().zip([(20, true), (20, false), (50, true)]) {
            (day.1, day.2) = (Decimal::from(sum), is_working);
        }
        assert_eq!(bars(&MonthChart { target: Some(Decimal::from(100)), working_days: 5, ..chart.clone() }), "▂▄···");
        assert_eq!(bars(&MonthChart { target: None, working_days: 2, ..chart }), "▄█");
    }

    #[test]
    fn a_table_of_plain_text_has_72_columns() {
        let cell = || CellView { amount: "12.346 Mio €".to_owned(), beside: "414.816 Stück".to_owned() };
        let row = RowView {
            name: "Gesellschaft für Netzwerktechnik".to_owned(),
            cells: vec![cell(), cell(), cell(), cell()],
        };
        let lines = drawn(&["Heute", "Ø 4 Di", "Monat", "Ziel"].map(str::to_owned), &[row]);
        assert!(lines.iter().all(|line| line.chars().count() <= TEXT_WIDTH), "{lines:#?}");
        assert_eq!(lines.len(), 4);
    }
}
