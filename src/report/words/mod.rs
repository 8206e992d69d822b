//! What the evening mails say, by language: `story` decides what the first sentence tells, `german` and `english` find the
//! words. Pure: facts in, texts out. In these texts a no-break space keeps a number with its unit; plain text and subjects
//! have a blank there ([`plain`]).

mod amount;
mod english;
mod german;
pub(crate) mod story;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::evening::{CorrectionKind, Corrections, DateKind, Evening, Period, Pile};
use super::figure::FigureKey;
use super::settings::ReportSettings;
use crate::template::{Language, clip, one_line};
use story::{Story, target_row};

/// Longer subjects are cut by phones and list views (MAIL.md).
const SUBJECT_LENGTH: usize = 78;
/// A longer name of a department would leave no room for the figures.
const SCOPE_LENGTH: usize = 24;
/// A longer first sentence is none for a phone.
const SENTENCE_LENGTH: usize = 140;

/// Keeps a number with its unit.
const NO_BREAK: char = '\u{a0}';

/// The parts of the mail, by the keys that `Part::Failed` names them with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Exceptions,
    Lying,
    Tomorrow,
    Corrections,
    Extended,
}

impl Section {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Section::Exceptions => "exceptions",
            Section::Lying => "lying",
            Section::Tomorrow => "tomorrow",
            Section::Corrections => "corrections",
            Section::Extended => "extended",
        }
    }

    fn of_key(key: &str) -> Option<Section> {
        let all = [Section::Exceptions, Section::Lying, Section::Tomorrow, Section::Corrections, Section::Extended];
        all.into_iter().find(|section| section.key() == key)
    }
}

/// A rule of "Bitte ansehen" with what its words need.
#[derive(Clone, Debug)]
pub(crate) enum Cause<'c> {
    Mails(i64),
    /// The area of the type, and the day it was due.
    LastStage(&'c str, NaiveDate),
    /// The last day to give notice, and how many days are left.
    Notice(NaiveDate, i64),
    /// order or invoice, and its margin in per cent.
    LowMargin(&'c str, Decimal),
    Lost,
    /// Since when, on the clock of the house; a time only where it is of the same day.
    Ticket(String),
    Largest,
}

/// The heaps of "Liegt herum".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heap {
    Unbilled,
    Overdue,
    Contracts,
}

/// How far the chart has come, worded below it.
#[derive(Clone, Debug)]
pub(crate) struct Reach<'r> {
    pub(crate) month: NaiveDate,
    /// The figure's label.
    pub(crate) figure: &'r str,
    pub(crate) sum: Decimal,
    pub(crate) currency: &'r str,
    /// The target, what is reached of it, and the part of the working days that is over, both in per cent.
    pub(crate) target: Option<(Decimal, Decimal, Decimal)>,
}

/// What is said below the mail.
#[derive(Clone, Debug)]
pub(crate) enum Note<'n> {
    /// Days of the first column beside the mail's own.
    AlsoCounts(&'n [NaiveDate]),
    /// So many days stand behind the average.
    FewCompared(usize, Period),
    /// Credit notes in the first column.
    CreditNotes(i64),
    /// Documents of the first column without an amount, by figure.
    Unpriced(FigureKey, i64),
    /// Advance invoices in the first column.
    Advances(Decimal),
    /// Lines without cost: how many, their net, the first of them.
    Uncosted(i64, Decimal, &'n [String]),
    /// What the margin is, and what date counts.
    Margin,
    /// Where figures are explained: at an address of the house, or in the manual.
    Explained(bool),
    /// The mail has no room for all; they are in the workbook.
    InWorkbook,
}

/// What is the same in every text of one mail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'t> {
    pub(crate) settings: &'t ReportSettings,
    pub(crate) period: Period,
    pub(crate) day: NaiveDate,
}

impl Told<'_> {
    fn currency(&self) -> &str {
        &self.settings.currency
    }

    fn margin(&self) -> String {
        clip(&one_line(&self.settings.margin_label), 20)
    }
}

/// A language of the evening mails.
pub(crate) trait Words: Sync {
    fn language(&self) -> Language;
    /// "18,4 T€", "840 €", "1,24 Mio €".
    fn money(&self, amount: Decimal, currency: &str) -> String;
    /// "4.200 €", with cents where there are any.
    fn exact(&self, amount: Decimal, currency: &str) -> String;
    /// "22 %"
    fn percent(&self, percent: Decimal) -> String;
    /// "4.321"
    fn number(&self, count: i64) -> String;
    /// "5 Stück"
    fn pieces(&self, count: i64) -> String;
    /// "Di 24.11."
    fn day(&self, day: NaiveDate) -> String;
    /// "24.11."
    fn bare_day(&self, day: NaiveDate) -> String;
    /// "Aufträge"; the margin as the house calls it
    fn figures(&self, figure: FigureKey, told: &Told<'_>) -> String;
    /// "Auftrag"
    fn figure(&self, figure: FigureKey, told: &Told<'_>) -> String;
    /// The four columns: now, usual, total, target.
    fn columns(&self, told: &Told<'_>, compared: usize) -> [String; 4];
    /// What a subject begins with: "Di 24.11.", "KW 48", "Oktober 2026".
    fn lead(&self, told: &Told<'_>) -> String;
    /// The same in full: "Dienstag, 24. November 2026".
    fn about(&self, told: &Told<'_>) -> String;
    /// "nichts gebucht"
    fn nothing_booked(&self) -> &'static str;
    /// "Monat 71 % vom Ziel"
    fn of_target(&self, told: &Told<'_>, reached: Decimal) -> String;
    /// "Monat Rechnung 212 T€"
    fn total(&self, told: &Told<'_>, what: &str) -> String;
    /// The first sentence.
    fn sentence(&self, story: &Story, told: &Told<'_>) -> String;
    /// "Bitte ansehen"; of the next working day its name.
    fn title(&self, section: Section, told: &Told<'_>, next: Option<NaiveDate>) -> String;
    /// What a section without entries says.
    fn nothing(&self, section: Section) -> &'static str;
    /// Why there is no section.
    fn not_computed(&self, reason: &str) -> String;
    /// "und 2 weitere"
    fn more(&self, more: i64) -> String;
    /// What a rule has found.
    fn cause(&self, cause: &Cause<'_>, told: &Told<'_>) -> String;
    /// The time of day: "10:40", with "Uhr" where that is said.
    fn clock(&self, time: &str) -> String;
    /// "Lieferscheine ohne Rechnung"
    fn heap(&self, heap: Heap) -> &'static str;
    /// "12 Stück, ältester vom 3.11. · über 14 Tage: 3, 4,1 T€"
    fn pile(&self, heap: Heap, pile: &Pile, old: Option<&Pile>, told: &Told<'_>) -> String;
    /// "4 sind nicht da"
    fn away(&self, away: i64) -> String;
    /// "Lieferung zugesagt"; of another day than the next with the day.
    fn date(&self, kind: DateKind, day: Option<NaiveDate>) -> String;
    /// "Nachgebucht"
    fn correction(&self, kind: CorrectionKind) -> &'static str;
    /// "statt 4.900 €"
    fn instead_of(&self, before: &str) -> String;
    /// "zählt am Mo 23.11."
    fn counts_on(&self, day: NaiveDate) -> String;
    /// "1 nachgebucht (+1,2 T€), 1 storniert (-4,2 T€)"
    fn corrections(&self, corrections: &Corrections, told: &Told<'_>) -> String;
    /// What is not in the table because its currency is another one.
    fn currency(&self, currency: &str, figures: &[(String, Decimal, Decimal)], told: &Told<'_>) -> String;
    /// What stands below the chart: what there is, and how far it reaches.
    fn reach(&self, reach: &Reach<'_>) -> (String, Option<String>);
    /// What the line to the target is called.
    fn plan(&self) -> &'static str;
    /// The chart for somebody who does not see it.
    fn chart(&self, reach: &Reach<'_>) -> String;
    /// A footnote.
    fn note(&self, note: &Note<'_>, told: &Told<'_>) -> String;
    /// "Tickets eröffnet", by the key of a count.
    fn count(&self, name: &str, told: &Told<'_>) -> String;
    /// Headings of the counts: what, how many, net, margin.
    fn count_columns(&self, told: &Told<'_>) -> [String; 4];
    /// "Abteilung", by the key of a group.
    fn group(&self, by: &str) -> &'static str;
    /// Groups that are too small.
    fn others(&self) -> &'static str;
    /// Why one gets the mail.
    fn reason(&self) -> &'static str;
    /// What a file of it is called, without its extension.
    fn file_stem(&self, told: &Told<'_>) -> String;
    /// Subject, first sentence and what to do, where no mail could be made.
    fn failed(&self, day: NaiveDate) -> [String; 3];
    /// Sheets of the workbook: figures, month, lines without cost.
    fn sheets(&self) -> [&'static str; 3];
    /// "Rechnung", by the kind of a document.
    fn document(&self, kind: &str) -> String;
}

/// Who speaks it.
pub(crate) fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::German => &german::German,
        Language::English => &english::English,
    }
}

/// A text without no-break spaces, for what is searched with grep.
pub(crate) fn plain(text: &str) -> String {
    text.replace(NO_BREAK, " ")
}

/// The subject carries the figures; what it has no room for goes from its end.
pub(crate) fn subject(words: &dyn Words, evening: &Evening, told: &Told<'_>) -> String {
    let core = &evening.core;
    let mut parts = vec![words.lead(told)];
    parts.extend(evening.scope.as_deref().map(|scope| clip(&one_line(scope), SCOPE_LENGTH)));
    if core.is_empty() {
        parts.push(words.nothing_booked().to_owned());
    } else {
        for figure in [FigureKey::Orders, FigureKey::Margin] {
            let Some(row) = core.row(figure) else { continue };
            let amount = words.money(row.now.amount, told.currency());
            let percent = match figure {
                FigureKey::Margin => row.now.percent().map(|percent| format!(" ({})", words.percent(percent))),
                _ => None,
            };
            parts.push(format!("{} {amount}{}", words.figure(figure, told), percent.unwrap_or_default()));
        }
    }
    let target = target_row(evening, told.settings).and_then(|row| row.reached());
    parts.extend(match (target, core.row(FigureKey::Invoices)) {
        (Some(reached), _) => Some(words.of_target(told, reached)),
        (None, Some(row)) => {
            let amount = words.money(row.total.amount, told.currency());
            Some(words.total(told, &format!("{} {amount}", words.figure(FigureKey::Invoices, told))))
        }
        (None, None) => None,
    });
    let joined = |parts: &[String]| plain(&parts.join(" · "));
    while parts.len() > 1 && joined(&parts).chars().count() > SUBJECT_LENGTH {
        parts.pop();
    }
    clip(&joined(&parts), SUBJECT_LENGTH)
}

/// The first sentence.
pub(crate) fn sentence(words: &dyn Words, evening: &Evening, told: &Told<'_>) -> String {
    let whole = story::story(evening, told.settings);
    let said = words.sentence(&whole, told);
    match whole {
        // the day is news, the month stands in the table
        Story::Usual(compared @ Some(_), Some(_)) if said.chars().count() > SENTENCE_LENGTH => {
            words.sentence(&Story::Usual(compared, None), told)
        }
        _ => said,
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn told<'t>(evening: &Evening, settings: &'t ReportSettings) -> Told<'t> {
        Told { settings, period: evening.period, day: evening.day }
    }

    #[test]
    fn subjects_carry_the_figures() {
        let settings = sample::settings().report;
        let said = |language, evening: &Evening| subject(of(language), evening, &told(evening, &settings));
        let german = |evening| said(Language::German, &evening);
        assert_eq!(german(Evening::sample()), "Di 24.11. · Auftrag 18,4 T€ · DB 4,1 T€ (22 %) · Monat 71 % vom Ziel");
        assert_eq!(german(sample::empty()), "Di 24.11. · nichts gebucht · Monat 71 % vom Ziel");
        assert_eq!(
            german(sample::without_targets()),
            "Di 24.11. · Auftrag 18,4 T€ · DB 4,1 T€ (22 %) · Monat Rechnung 154 T€"
        );
        assert_eq!(german(sample::month()), "Oktober 2026 · Auftrag 168 T€ · DB 35,5 T€ (23 %) · Jahr 59 % vom Ziel");
        assert_eq!(
            said(Language::English, &Evening::sample()),
            "Tue 24 Nov · Order €18.4k · DB €4.1k (22%) · Month at 71% of target"
        );
    }

    #[test]
    fn a_subject_gives_way_from_its_end() {
        let settings = sample::settings().report;
        for (about, evening) in sample::all() {
            for language in Language::ALL {
                let subject = subject(of(language), &evening, &told(&evening, &settings));
                assert!(subject.chars().count() <= SUBJECT_LENGTH, "{about}: {subject}");
                assert!(!subject.contains(NO_BREAK), "{about}: {subject}");
            }
        }
    }

    #[test]
    fn a_sentence_is_one() {
        let settings = sample::settings().report;
        for (about, evening) in sample::all() {
            for language in Language::ALL {
                let sentence = sentence(of(language), &evening, &told(&evening, &settings));
                let length = sentence.chars().count();
                assert!((10..=SENTENCE_LENGTH).contains(&length), "{about}: {sentence}");
                assert!(sentence.ends_with('.'), "{about}: {sentence}");
            }
        }
    }
}
