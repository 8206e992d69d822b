//! The evening at a terminal: tables with whole cents, the month as small bars.

use rust_decimal::Decimal;

use super::sheets::Sheets;
use super::view::{Shape, View};
use crate::output::{Cell, Table, column, visible};
use crate::report::figure::FigureKey;
use crate::report::words::plain;
use crate::template::wrap;

/// Places of the bar beside a target.
const BAR: i64 = 10;
/// What is wrapped, where nobody says how wide the terminal is.
const USUAL_WIDTH: u16 = 80;

/// All of it as text, for a terminal of this width (none: as wide as it gets).
pub(super) fn text(sheets: &Sheets<'_>, width: Option<u16>, has_color: bool) -> String {
    let words = sheets.words();
    let shape = Shape { chart: "", most_rows: usize::MAX, has_workbook: false };
    let view = View::new(sheets.settings, words, sheets.evening, shape);
    let columns = usize::from(width.unwrap_or(USUAL_WIDTH));
    let wrapped = |text: &str| format!("{}\n", wrap(&visible(&plain(text)), columns, 0, 0));
    let fitted = |table: &Table| table.fitted(width.unwrap_or(0), has_color);
    let heading = |title: &str| format!("\n{}\n", visible(&plain(title)));

    let mut text = format!("{}{}\n", wrapped(&view.about), wrapped(&view.sentence));
    text.push_str(&fitted(&figures(sheets)));
    view.currencies.iter().for_each(|currency| text.push_str(&wrapped(currency)));
    if let Some(chart) = &view.chart {
        let said: Vec<&str> = [Some(chart.said.as_str()), chart.far.as_deref()].into_iter().flatten().collect();
        text.push_str(&wrapped(&format!("{} {} {}", chart.first, chart.bars, chart.last)));
        text.push_str(&wrapped(&said.join(" ")));
    }
    let tables = sheets.all();
    for section in &view.sections {
        text.push_str(&heading(&section.title));
        if let Some(lead) = &section.lead {
            text.push_str(&wrapped(lead));
        }
        let table = tables.iter().find(|sheet| sheet.key == section.key).map(|sheet| &sheet.table);
        if let Some(table) = table.filter(|_| !section.items.is_empty()) {
            text.push_str(&fitted(&without_the_obvious(table, &sheets.settings.report.currency)));
        }
        if let Some(more) = &section.more {
            text.push_str(&wrapped(more));
        }
    }
    // what the sections did not name
    let extended = tables.iter().skip_while(|sheet| sheet.key != "counts");
    for sheet in extended {
        text.push_str(&heading(&sheet.title));
        text.push_str(&fitted(&sheet.table));
    }
    text.push('\n');
    view.notes.iter().for_each(|note| {
        text.push_str(&wrapped(&note.text));
        if let Some(link) = &note.link {
            text.push_str(&format!("{}\n", visible(link)));
        }
    });
    text
}

/// A terminal has no room for addresses, nor for a currency that is the same in every row.
fn without_the_obvious(table: &Table, currency: &str) -> Table {
    let is_usual = |cell: &Cell| matches!(cell, Cell::Empty) || *cell == Cell::Text(currency.to_owned());
    let columns = table.columns.iter().enumerate().filter(|(place, column)| match column.key.as_str() {
        "link" => false,
        "currency" => !table.rows.iter().filter_map(|row| row.get(*place)).all(is_usual),
        _ => true,
    });
    let keys: Vec<String> = columns.map(|(_, column)| column.key.clone()).collect();
    table.select(&keys).unwrap_or_else(|_| table.clone())
}

/// The figures as the mail has them, to the cent, with a bar for what is reached.
fn figures(sheets: &Sheets<'_>) -> Table {
    let (words, told, core) = (sheets.words(), sheets.told(), &sheets.evening.core);
    let headings = words.columns(&told, core.compared).map(|heading| plain(&heading));
    let has_target = core.rows.iter().any(|row| row.target.is_some());
    let [now, usual, total, target] = headings;
    // a heading that is its own key is nobody's to translate
    let named = |heading: &str| column(heading, heading);
    let mut columns = vec![named(" "), named(&now), named("#"), named(&usual), named(&total)];
    if has_target {
        columns.extend([named(&target), named("%")]);
    }
    let mut table = Table::new(columns);
    for row in &core.rows {
        let beside = match (row.figure, row.now.percent()) {
            (FigureKey::Margin, Some(percent)) => Cell::Text(plain(&words.percent(percent))),
            (FigureKey::Margin, None) => Cell::Empty,
            _ => Cell::Int(row.now.count),
        };
        let mut cells = vec![
            Cell::Text(words.figures(row.figure, &told)),
            Cell::Money(row.now.amount),
            beside,
            Cell::money(row.usual.as_ref().map(|usual| usual.amount)),
            Cell::Money(row.total.amount),
        ];
        if has_target {
            let reached = row.reached();
            let bar = reached.map(|reached| format!("{} {}", bar(reached), plain(&words.percent(reached))));
            cells.extend([Cell::money(row.target), Cell::text(bar)]);
        }
        table.push(cells);
    }
    table.in_language(sheets.language)
}

fn bar(percent: Decimal) -> String {
    let shown = percent.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED);
    let full = (shown * Decimal::from(BAR) / Decimal::ONE_HUNDRED).round().try_into().unwrap_or(BAR);
    (0..BAR).map(|place| if place < full { '█' } else { '░' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evening::Evening;
    use crate::report::sample;
    use crate::template::Language;

    fn shown(evening: &Evening, language: Language, width: u16) -> String {
        let settings = sample::settings();
        text(&Sheets { settings: &settings, language, evening, for_people: true }, Some(width), false)
    }

    #[test]
    fn a_terminal_shows_cents_and_bars() {
        let text = shown(&Evening::sample(), Language::German, 100);
        for said in ["18.412,00", "███████░░░ 71 %", "Bitte ansehen", "Größter Auftrag", "4.200,00"]
        {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(text.contains("1.11. ▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▅▆···· 30.11.\nDB 35,5 T€ von 50 T€ (71 %) nach 81 %"), "{text}");
    }

    #[test]
    fn nothing_of_it_is_wider_than_the_terminal() {
        for (about, evening) in sample::all() {
            for language in Language::ALL {
                for width in [80, 120] {
                    let text = shown(&evening, language, width);
                    let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
                    assert!(longest <= usize::from(width), "{about} {width}: {longest}\n{text}");
                    assert!(!text.contains('\r') && !text.contains('\u{a0}'), "{about}");
                }
            }
        }
    }
}
