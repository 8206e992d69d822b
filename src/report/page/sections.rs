//! The sections of the mail below its figures: what to look at, what lies around, what comes, what was changed. Pure.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::view::{CellView, RowView, TableView};
use crate::calendar::local_day;
use crate::report::evening::{
    Correction, CorrectionKind, Corrections, Evening, Exception, Exceptions, Extended, Lying, Part, Period, Pile, Rule,
    Tomorrow,
};
use crate::report::words::{Cause, Heap, Section, Told, Words};
use crate::settings::Settings;
use crate::template::{clip, one_line};

/// A longer name is cut: the number of the document says the rest.
const NAME: usize = 60;
/// A longer reason is for the log.
const REASON: usize = 160;

/// A section of the mail.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SectionView {
    /// Its key, for whoever writes templates of his own.
    pub(super) key: &'static str,
    pub(super) title: String,
    /// A sentence above its entries, or instead of them.
    pub(super) lead: Option<String>,
    /// It could not be computed; why stands in `lead`.
    pub(super) failed: bool,
    pub(super) items: Vec<ItemView>,
    /// "und 2 weitere"
    pub(super) more: Option<String>,
}

/// An entry of one.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct ItemView {
    /// "Größter Auftrag"
    pub(super) what: String,
    /// "12,4 T€"; may be empty
    pub(super) amount: String,
    /// "AU26-0412 · Deizisau Systeme GmbH"; may be empty
    pub(super) about: String,
    pub(super) link: Option<String>,
}

/// The sections in the order of the mail. What was never mailed before has no corrections, so an empty list of them says
/// nothing; a mail about a month that is over knows no tomorrow.
pub(super) fn of(settings: &Settings, words: &dyn Words, evening: &Evening, told: &Told<'_>) -> Vec<SectionView> {
    let next = evening.tomorrow.there().map(|tomorrow| tomorrow.day);
    let mut sections = vec![
        section(words, Section::Exceptions, told, None, &evening.exceptions, |found, view| {
            exceptions(settings, words, found, told, view);
        }),
        section(words, Section::Lying, told, None, &evening.lying, |found, view| lying(words, found, told, view)),
    ];
    if evening.period != Period::Month {
        sections.push(section(words, Section::Tomorrow, told, next, &evening.tomorrow, |found, view| {
            tomorrow(words, found, view);
        }));
    }
    let is_quiet = evening.corrections.there().is_some_and(|found| found.named.is_empty());
    if !is_quiet {
        sections.push(section(words, Section::Corrections, told, None, &evening.corrections, |found, view| {
            corrections(words, found, told, view);
        }));
    }
    sections
}

fn section<T>(
    words: &dyn Words,
    section: Section,
    told: &Told<'_>,
    next: Option<chrono::NaiveDate>,
    part: &Part<T>,
    fill: impl FnOnce(&T, &mut SectionView),
) -> SectionView {
    let found = match part {
        Part::Failed { reason, .. } => return failed(words, section, told, next, reason),
        Part::There(found) => found,
    };
    let mut view = SectionView {
        key: section.key(),
        title: words.title(section, told, next),
        lead: None,
        failed: false,
        items: Vec::new(),
        more: None,
    };
    fill(found, &mut view);
    if view.items.is_empty() && view.lead.is_none() {
        view.lead = Some(words.nothing(section).to_owned());
    }
    view
}

/// A section that could not be computed.
pub(super) fn failed(
    words: &dyn Words,
    section: Section,
    told: &Told<'_>,
    next: Option<chrono::NaiveDate>,
    reason: &str,
) -> SectionView {
    SectionView {
        key: section.key(),
        title: words.title(section, told, next),
        lead: Some(words.not_computed(&clip(&one_line(reason), REASON))),
        failed: true,
        items: Vec::new(),
        more: None,
    }
}

fn exceptions(settings: &Settings, words: &dyn Words, found: &Exceptions, told: &Told<'_>, view: &mut SectionView) {
    view.items.extend(found.named.iter().map(|exception| ItemView {
        what: cause(settings, words, exception, told),
        amount: money(words, exception.amount.as_ref()),
        about: about([Some(exception.reference.as_str()), exception.partner.as_deref()]),
        link: exception.link.as_deref().filter(|link| is_web(link)).map(one_line),
    }));
    view.more = more(words, found.more);
}

/// What the rule of an exception has found, in words.
pub(super) fn cause(settings: &Settings, words: &dyn Words, exception: &Exception, told: &Told<'_>) -> String {
    let cause = match &exception.rule {
        Rule::Mails { count } => Cause::Mails(*count),
        Rule::LastStage { kind, due } => {
            let rules = settings.escalation.rules(kind);
            Cause::LastStage(rules.map_or(kind.as_str(), |rules| rules.label_in(words.language())), *due)
        }
        Rule::Notice { until } => Cause::Notice(*until, (*until - told.day).num_days()),
        Rule::LowMargin { kind, percent } => Cause::LowMargin(kind, *percent),
        Rule::Lost => Cause::Lost,
        Rule::Ticket { since } => Cause::Ticket(when(settings, words, *since, told)),
        Rule::Largest => Cause::Largest,
    };
    one_line(&words.cause(&cause, told))
}

/// The time of an instant of the same day, else its day.
fn when(settings: &Settings, words: &dyn Words, at: DateTime<Utc>, told: &Told<'_>) -> String {
    let day = local_day(at, settings.zone);
    if day == told.day {
        words.clock(&at.with_timezone(&settings.zone).format("%H:%M").to_string())
    } else {
        words.day(day)
    }
}

fn lying(words: &dyn Words, found: &Lying, told: &Told<'_>, view: &mut SectionView) {
    let heaps: [(Heap, &Pile, Option<&Pile>); 3] = [
        (Heap::Unbilled, &found.unbilled, Some(&found.unbilled_old)),
        (Heap::Overdue, &found.overdue, Some(&found.overdue_old)),
        (Heap::Contracts, &found.contracts, None),
    ];
    view.items.extend(heaps.into_iter().filter(|(_, pile, _)| pile.count > 0).map(|(heap, pile, old)| ItemView {
        what: words.heap(heap).to_owned(),
        amount: words.money(pile.amount, &told.settings.currency),
        about: words.pile(heap, pile, old, told),
        link: None,
    }));
}

fn tomorrow(words: &dyn Words, found: &Tomorrow, view: &mut SectionView) {
    if found.away > 0 {
        view.items.push(ItemView { what: words.away(found.away), ..ItemView::default() });
    }
    view.items.extend(found.dates.iter().map(|date| ItemView {
        what: words.date(date.kind, Some(date.day).filter(|day| *day != found.day)),
        amount: money(words, date.amount.as_ref()),
        about: about([Some(date.reference.as_str()), date.partner.as_deref()]),
        link: None,
    }));
    view.more = more(words, found.more);
}

fn corrections(words: &dyn Words, found: &Corrections, told: &Told<'_>, view: &mut SectionView) {
    view.lead = Some(words.corrections(found, told)).filter(|said| !said.is_empty());
    view.items.extend(found.named.iter().map(|correction| ItemView {
        what: words.correction(correction.what).to_owned(),
        amount: corrected(words, correction),
        about: about([
            Some(correction.reference.as_str()),
            correction.partner.as_deref(),
            before(words, correction).as_deref(),
            Some(words.counts_on(correction.day).as_str()),
        ]),
        link: None,
    }));
    let all = found.late.0 + found.changed.0 + found.voided.0;
    view.more = more(words, all - i64::try_from(found.named.len()).unwrap_or(i64::MAX));
}

/// What counts now; of what is void what went.
fn corrected(words: &dyn Words, correction: &Correction) -> String {
    let amount = match correction.what {
        CorrectionKind::Voided => correction.before.or(correction.after).map(|before| -before),
        CorrectionKind::Late | CorrectionKind::Changed => correction.after,
    };
    amount.map(|amount| words.exact(amount, &one_line(&correction.currency))).unwrap_or_default()
}

fn before(words: &dyn Words, correction: &Correction) -> Option<String> {
    let before = correction.before.filter(|before| correction.after != Some(*before))?;
    let is_changed = correction.what == CorrectionKind::Changed;
    is_changed.then(|| words.instead_of(&words.exact(before, &one_line(&correction.currency))))
}

/// The counts of the extended mail.
pub(super) fn counts(words: &dyn Words, extended: &Extended, told: &Told<'_>) -> Option<TableView> {
    if extended.counts.is_empty() {
        return None;
    }
    let [_, count, net, margin] = words.count_columns(told);
    let money = |amount: Option<Decimal>| CellView {
        amount: amount.map_or_else(String::new, |amount| words.money(amount, &told.settings.currency)),
        beside: String::new(),
    };
    let rows = extended.counts.iter().map(|counted| RowView {
        name: words.count(counted.name, told),
        cells: vec![
            CellView { amount: words.number(counted.count), beside: String::new() },
            money(counted.amount),
            money(counted.margin),
        ],
    });
    let title = words.title(Section::Extended, told, None);
    Some(TableView::new(title, vec![count, net, margin], rows.collect(), None))
}

fn money(words: &dyn Words, amount: Option<&(Decimal, String)>) -> String {
    amount.map(|(amount, currency)| words.money(*amount, &one_line(currency))).unwrap_or_default()
}

fn more(words: &dyn Words, more: i64) -> Option<String> {
    (more > 0).then(|| words.more(more))
}

/// What is known of something, on one line.
fn about<'p>(parts: impl IntoIterator<Item = Option<&'p str>>) -> String {
    let parts = parts.into_iter().flatten().map(|part| clip(&one_line(part), NAME));
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Only such a link becomes one.
fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::view::told;
    use crate::report::sample;
    use crate::report::words::{of as words_of, plain};
    use crate::template::Language;

    fn items(evening: &Evening, key: &str) -> Vec<String> {
        let settings = sample::settings();
        let sections = of(&settings, words_of(Language::German), evening, &told(&settings, evening));
        let section = sections.into_iter().find(|section| section.key == key).unwrap();
        let said = section.items.iter().map(|item| plain(&format!("{} | {} | {}", item.what, item.amount, item.about)));
        said.chain(section.lead.as_deref().map(plain)).chain(section.more).collect()
    }

    #[test]
    fn exceptions_are_named() {
        assert_eq!(
            items(&Evening::sample(), "exceptions"),
            [
                "Stufe 3: Lieferscheineskalation, fällig seit 12.11. | 6,2 T€ | LS26-0871 · Neckar Werkzeugbau GmbH",
                "Morgen letzter Tag zum Kündigen | 14,4 T€ | V-2019-031 · Gemeinde Liststadt",
                "Auftrag mit nur 6 % DB | 5,0 T€ | AU26-0410 · Kanzlei Öztürk & Partner",
                "Ticket über der Frist seit 10:40 Uhr |  | 2026-0042 · Deizisau Systeme GmbH",
                "Größter Auftrag | 12,4 T€ | AU26-0412 · Deizisau Systeme GmbH",
                "und 2 weitere",
            ]
        );
    }

    #[test]
    fn what_lies_around_is_counted() {
        assert_eq!(
            items(&Evening::sample(), "lying"),
            [
                "Geliefert, nicht berechnet | 18,4 T€ | 12 Lieferscheine · ältester vom 3.11. · über 14 Tage: 3 mit 4,1 T€",
                "Offene Posten überfällig (brutto) | 84,1 T€ | 23 Rechnungen · ältester seit 19.8. · über 60 Tage: 5 mit 12,0 T€",
                "Verträge abzurechnen | 1,9 T€ | 2 Verträge · ältester seit 1.11.",
            ]
        );
        assert_eq!(items(&sample::empty(), "lying"), ["Nichts: alles abgerechnet, nichts überfällig."]);
        assert_eq!(
            items(&sample::incomplete(), "lying"),
            ["Nicht berechnet: canceling statement due to statement timeout"]
        );
    }

    #[test]
    fn corrections_say_what_was_told_before() {
        assert_eq!(
            items(&Evening::sample(), "corrections"),
            [
                "Storniert | -4.200 € | RE26-1188 · Stadtwerke Ulmtal · zählt am Do 19.11.",
                "Geändert | 5.600,50 € | AU26-0398 · Praxis Dr. Lenz · statt 4.900 € · zählt am Fr 20.11.",
                "Nachgebucht | 1.240 € | RE26-1201 · Gemeinde Liststadt · zählt am Mo 23.11.",
                "1 nachgebucht (+1,2 T€), 1 geändert (+701 €), 1 storniert (-4,2 T€)",
            ]
        );
    }
}
