//! The evening mails in German.

use chrono::{Datelike, Locale, NaiveDate};
use rust_decimal::Decimal;

use super::amount::{Unit, scaled};
use super::story::{Compared, Standing, Story};
use super::{Cause, Heap, NO_BREAK, Note, Reach, Section, Told, Words, capitalized};
use crate::report::evening::{CorrectionKind, Corrections, DateKind, Period, Pile};
use crate::report::figure::FigureKey;
use crate::report::settings::CountBy;
use crate::template::{Language, decimal};

/// Speaks German.
pub(super) struct German;

const WEEKDAYS: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];

impl Words for German {
    fn language(&self) -> Language {
        Language::German
    }

    fn money(&self, amount: Decimal, currency: &str) -> String {
        let (number, places, unit) = scaled(amount);
        let number = decimal(number, places, Language::German);
        let currency = sign(currency);
        match unit {
            Unit::One => format!("{number}{NO_BREAK}{currency}"),
            Unit::Thousand => format!("{number}{NO_BREAK}T{currency}"),
            Unit::Million => format!("{number}{NO_BREAK}Mio{NO_BREAK}{currency}"),
        }
    }

    fn exact(&self, amount: Decimal, currency: &str) -> String {
        let places = if amount.fract().is_zero() { 0 } else { 2 };
        format!("{}{NO_BREAK}{}", decimal(amount, places, Language::German), sign(currency))
    }

    fn percent(&self, percent: Decimal) -> String {
        format!("{}{NO_BREAK}%", decimal(percent, 0, Language::German))
    }

    fn number(&self, count: i64) -> String {
        number(count)
    }

    fn pieces(&self, count: i64) -> String {
        format!("{}{NO_BREAK}Stück", number(count))
    }

    fn day(&self, day: NaiveDate) -> String {
        let weekday = WEEKDAYS[day.weekday().num_days_from_monday() as usize];
        format!("{weekday}{NO_BREAK}{}", self.bare_day(day))
    }

    fn bare_day(&self, day: NaiveDate) -> String {
        day.format("%-d.%-m.").to_string()
    }

    fn figures(&self, figure: FigureKey, told: &Told<'_>) -> String {
        match figure {
            FigureKey::Offers => "Angebote".to_owned(),
            FigureKey::Orders => "Aufträge".to_owned(),
            FigureKey::DeliveryNotes => "Lieferscheine".to_owned(),
            FigureKey::Invoices => "Rechnungen".to_owned(),
            FigureKey::Margin => told.margin(),
        }
    }

    fn figure(&self, figure: FigureKey, told: &Told<'_>) -> String {
        match figure {
            FigureKey::Offers => "Angebot".to_owned(),
            FigureKey::Orders => "Auftrag".to_owned(),
            FigureKey::DeliveryNotes => "Lieferschein".to_owned(),
            FigureKey::Invoices => "Rechnung".to_owned(),
            FigureKey::Margin => told.margin(),
        }
    }

    fn columns(&self, told: &Told<'_>, compared: usize) -> [String; 4] {
        let of = if compared == 0 { String::new() } else { format!("{compared}{NO_BREAK}") };
        let [now, usual, total] = match told.period {
            Period::Day => {
                let weekday = WEEKDAYS[told.day.weekday().num_days_from_monday() as usize];
                ["Heute".to_owned(), format!("Ø{NO_BREAK}{of}{weekday}"), "Monat".to_owned()]
            }
            Period::Week => ["Woche".to_owned(), format!("Ø{NO_BREAK}{of}Wo."), "Monat".to_owned()],
            Period::Month => [month(told.day, "%B"), format!("Ø{NO_BREAK}{of}Mon."), told.day.year().to_string()],
        };
        [now, usual, total, "Ziel".to_owned()]
    }

    fn lead(&self, told: &Told<'_>) -> String {
        match told.period {
            Period::Day => self.day(told.day),
            Period::Week => format!("KW {}", told.day.iso_week().week()),
            Period::Month => month(told.day, "%B %Y"),
        }
    }

    fn about(&self, told: &Told<'_>) -> String {
        match told.period {
            Period::Day => told.day.format_localized("%A, %-d. %B %Y", Locale::de_DE).to_string(),
            Period::Week => format!("Woche {} bis {}", told.day.iso_week().week(), month(told.day, "%A, %-d. %B %Y")),
            Period::Month => month(told.day, "%B %Y"),
        }
    }

    fn nothing_booked(&self) -> &'static str {
        "nichts gebucht"
    }

    fn of_target(&self, told: &Told<'_>, reached: Decimal) -> String {
        self.total(told, &format!("{} vom Ziel", self.percent(reached)))
    }

    fn total(&self, told: &Told<'_>, what: &str) -> String {
        format!("{} {what}", whole(told.period))
    }

    fn sentence(&self, story: &Story, told: &Told<'_>) -> String {
        match story {
            Story::Incomplete(keys) => {
                let titles = keys.iter().filter_map(|key| Section::of_key(key));
                let titles: Vec<String> =
                    titles.map(|section| format!("„{}“", self.title(section, told, None))).collect();
                let (are, they) = if titles.len() == 1 { ("fehlt", "es ließ") } else { ("fehlen", "sie ließen") };
                let titles = match titles.as_slice() {
                    [] => "Ein Abschnitt".to_owned(),
                    [one] => one.clone(),
                    [one, other] => format!("{one} und {other}"),
                    several => return format!("{} Abschnitte fehlen: sie ließen sich nicht berechnen.", several.len()),
                };
                format!("{titles} {are}: {they} sich nicht berechnen; was da ist, stimmt.")
            }
            Story::Empty(last) => {
                let when = match told.period {
                    Period::Day => "Heute wurde".to_owned(),
                    Period::Week => "In dieser Woche wurde".to_owned(),
                    Period::Month => format!("Im {} wurde", month(told.day, "%B")),
                };
                match last {
                    Some(last) => format!("{when} nichts gebucht; zuletzt am {}", self.day(*last)),
                    None => format!("{when} nichts gebucht."),
                }
            }
            Story::Usual(compared, standing) => {
                let compared = compared.map(|(figure, compared)| self.compared(figure, compared, told));
                let standing = standing.map(|(figure, standing)| self.standing(figure, standing, told));
                let said: Vec<String> = compared.into_iter().chain(standing).collect();
                format!("{}.", capitalized(&said.join("; ")))
            }
            Story::Plain(orders, invoices) => format!(
                "Aufträge über {}, Rechnungen über {}.",
                self.money(*orders, told.currency()),
                self.money(*invoices, told.currency())
            ),
        }
    }

    fn title(&self, section: Section, told: &Told<'_>, next: Option<NaiveDate>) -> String {
        match (section, next) {
            (Section::Exceptions, _) => "Bitte ansehen".to_owned(),
            (Section::Lying, _) => "Liegt herum".to_owned(),
            (Section::Corrections, _) => "Seit der letzten Mail".to_owned(),
            (Section::Extended, _) => "Alles gezählt".to_owned(),
            (Section::Tomorrow, Some(next)) if told.day.succ_opt() != Some(next) => {
                format!("Am {}", next.format_localized("%A, %-d.%-m.", Locale::de_DE))
            }
            (Section::Tomorrow, Some(next)) => format!("Morgen, {}", self.day(next)),
            (Section::Tomorrow, None) => "Morgen".to_owned(),
        }
    }

    fn nothing(&self, section: Section) -> &'static str {
        match section {
            Section::Exceptions => "Nichts, was auffällt.",
            Section::Lying => "Nichts: alles abgerechnet, nichts überfällig.",
            Section::Tomorrow => "Nichts Besonderes.",
            Section::Corrections => "Nichts nachgebucht, geändert oder storniert.",
            Section::Extended => "Nichts.",
        }
    }

    fn not_computed(&self, reason: &str) -> String {
        format!("Nicht berechnet: {reason}")
    }

    fn more(&self, more: i64) -> String {
        if more == 1 { "und 1 weiteres".to_owned() } else { format!("und {} weitere", number(more)) }
    }

    fn cause(&self, cause: &Cause<'_>, told: &Told<'_>) -> String {
        match cause {
            Cause::Mails(1) => "1 Mail nicht zugestellt oder ungeklärt".to_owned(),
            Cause::Mails(count) => format!("{} Mails nicht zugestellt oder ungeklärt", number(*count)),
            Cause::LastStage(area, due) => format!("Stufe 3: {area}, fällig seit {}", self.bare_day(*due)),
            Cause::Notice(_, 0) => "Heute letzter Tag zum Kündigen".to_owned(),
            Cause::Notice(_, 1) => "Morgen letzter Tag zum Kündigen".to_owned(),
            Cause::Notice(until, _) => format!("Letzter Tag zum Kündigen: {}", self.day(*until)),
            Cause::LowMargin(kind, percent) => {
                let only = if *percent > Decimal::ZERO { "nur " } else { "" };
                format!("{} mit {only}{} {}", self.document(kind), self.percent(*percent), told.margin())
            }
            Cause::Lost => "Angebot verloren".to_owned(),
            Cause::Ticket(since) => format!("Ticket über der Frist seit {since}"),
            Cause::Largest => "Größter Auftrag".to_owned(),
        }
    }

    fn clock(&self, time: &str) -> String {
        format!("{time}{NO_BREAK}Uhr")
    }

    fn heap(&self, heap: Heap) -> &'static str {
        match heap {
            Heap::Unbilled => "Geliefert, nicht berechnet",
            Heap::Overdue => "Offene Posten überfällig (brutto)",
            Heap::Contracts => "Verträge abzurechnen",
        }
    }

    fn pile(&self, heap: Heap, pile: &Pile, old: Option<&Pile>, told: &Told<'_>) -> String {
        let oldest = pile.oldest.map(|day| match heap {
            Heap::Unbilled => format!("ältester vom {}", self.bare_day(day)),
            Heap::Overdue | Heap::Contracts => format!("ältester seit {}", long_day(day, told.day)),
        });
        let what = match (heap, pile.count) {
            (Heap::Unbilled, 1) => "1 Lieferschein".to_owned(),
            (Heap::Unbilled, count) => format!("{} Lieferscheine", number(count)),
            (Heap::Overdue, 1) => "1 Rechnung".to_owned(),
            (Heap::Overdue, count) => format!("{} Rechnungen", number(count)),
            (Heap::Contracts, 1) => "1 Vertrag".to_owned(),
            (Heap::Contracts, count) => format!("{} Verträge", number(count)),
        };
        let days = if heap == Heap::Overdue { 60 } else { 14 };
        let old = old.filter(|old| old.count > 0).map(|old| {
            format!("über {days} Tage: {} mit {}", number(old.count), self.money(old.amount, told.currency()))
        });
        let others = pile.others.iter().map(|(currency, amount)| format!("dazu {}", self.money(*amount, currency)));
        let said: Vec<String> = [Some(what), oldest, old].into_iter().flatten().chain(others).collect();
        said.join(" · ")
    }

    fn away(&self, away: i64) -> String {
        match away {
            0 => "Alle sind da".to_owned(),
            1 => "Eine Person ist nicht da".to_owned(),
            _ => format!("{} sind nicht da", number(away)),
        }
    }

    fn date(&self, kind: DateKind, day: Option<NaiveDate>) -> String {
        let what = match kind {
            DateKind::Delivery => "Lieferung zugesagt",
            DateKind::FollowUp => "Angebot nachfassen",
            DateKind::Notice => "Letzter Tag zum Kündigen",
            DateKind::Birthday => "Geburtstag",
        };
        day.map_or_else(|| what.to_owned(), |day| format!("{what}: {}", self.day(day)))
    }

    fn correction(&self, kind: CorrectionKind) -> &'static str {
        match kind {
            CorrectionKind::Late => "Nachgebucht",
            CorrectionKind::Changed => "Geändert",
            CorrectionKind::Voided => "Storniert",
        }
    }

    fn instead_of(&self, before: &str) -> String {
        format!("statt {before}")
    }

    fn counts_on(&self, day: NaiveDate) -> String {
        format!("zählt am {}", self.day(day))
    }

    fn corrections(&self, corrections: &Corrections, told: &Told<'_>) -> String {
        let parts = [
            (corrections.late, "nachgebucht", 1),
            (corrections.changed, "geändert", 1),
            (corrections.voided, "storniert", -1),
        ];
        let said: Vec<String> = parts
            .into_iter()
            .filter(|((count, _), _, _)| *count > 0)
            .map(|((count, amount), what, sign)| {
                let amount = amount * Decimal::from(sign);
                let plus = if amount > Decimal::ZERO { "+" } else { "" };
                format!("{}{NO_BREAK}{what} ({plus}{})", number(count), self.money(amount, told.currency()))
            })
            .collect();
        said.join(", ")
    }

    fn currency(&self, currency: &str, figures: &[(String, Decimal, Decimal)], told: &Told<'_>) -> String {
        let [now, _, total, _] = self.columns(told, 0);
        // a week and a month are nouns
        let now = if told.period == Period::Day { now.to_lowercase() } else { now };
        let figures: Vec<String> = figures
            .iter()
            .map(|(figure, amount, sum)| {
                let (amount, sum) = (self.money(*amount, currency), self.money(*sum, currency));
                format!("{figure} {now} {amount}, {total} {sum}")
            })
            .collect();
        format!("Dazu in {currency}: {}.", figures.join("; "))
    }

    fn reach(&self, reach: &Reach<'_>) -> (String, Option<String>) {
        let sum = self.money(reach.sum, reach.currency);
        match reach.target {
            None => (format!("{} im {}: {sum}", reach.figure, month(reach.month, "%B")), None),
            Some((target, reached, days)) => (
                format!(
                    "{} {sum} von {} ({})",
                    reach.figure,
                    self.money(target, reach.currency),
                    self.percent(reached)
                ),
                Some(format!("nach {} der Arbeitstage", self.percent(days))),
            ),
        }
    }

    fn plan(&self) -> &'static str {
        "Plan"
    }

    fn chart(&self, reach: &Reach<'_>) -> String {
        let (sum, far) = self.reach(reach);
        let far = far.map(|far| format!(" {far}")).unwrap_or_default();
        format!("{} Tag für Tag: {sum}{far}", month(reach.month, "%B"))
    }

    fn note(&self, note: &Note<'_>, told: &Told<'_>) -> String {
        match note {
            Note::AlsoCounts(days) => {
                let said = |day: &NaiveDate| match day.month() == told.day.month() {
                    true => self.day(*day),
                    false => format!("{} (nicht im Monat)", self.day(*day)),
                };
                let days: Vec<String> = days.iter().map(said).collect();
                format!("Heute zählt mit, was seit dem letzten Arbeitstag war: {}", days.join(", "))
            }
            Note::FewCompared(compared, period) => {
                let what = match period {
                    Period::Day => "Tagen",
                    Period::Week => "Wochen",
                    Period::Month => "Monaten",
                };
                match compared {
                    1 => "Ø aus nur einem Vergleich: mehr gibt es noch nicht.".to_owned(),
                    _ => format!("Ø aus {compared} {what}: mehr gibt es noch nicht."),
                }
            }
            Note::CreditNotes(1) => "Rechnungen: 1 Gutschrift ist abgezogen.".to_owned(),
            Note::CreditNotes(count) => format!("Rechnungen: {} Gutschriften sind abgezogen.", number(*count)),
            Note::Unpriced(FigureKey::Margin, 1) => {
                format!("{}: in 1 Beleg fehlt ein Preis; die Position zählt nicht mit.", told.margin())
            }
            Note::Unpriced(FigureKey::Margin, count) => {
                format!(
                    "{}: in {} Belegen fehlt ein Preis; die Positionen zählen nicht mit.",
                    told.margin(),
                    number(*count)
                )
            }
            Note::Unpriced(figure, 1) => {
                format!("{}: 1 ohne Betrag zählt mit 0.", self.figures(*figure, told))
            }
            Note::Unpriced(figure, count) => {
                format!("{}: {} ohne Betrag zählen mit 0.", self.figures(*figure, told), number(*count))
            }
            Note::Advances(amount) => {
                let amount = self.money(*amount, told.currency());
                format!("In den Rechnungen sind {amount} Anzahlungen ohne eigenen Einstand.")
            }
            Note::Uncosted(lines, net, named) => {
                let lines = match lines {
                    1 => "1 Position".to_owned(),
                    _ => format!("{} Positionen", number(*lines)),
                };
                let net = self.money(*net, told.currency());
                format!("Nicht im {}: {lines} ohne Einstand ({net}): {}", told.margin(), named.join("; "))
            }
            Note::Margin => {
                let by = match told.settings.count_by {
                    CountBy::DocumentDate => "Belegdatum",
                    CountBy::BookedAt => "Buchungstag",
                };
                let margin = told.margin();
                format!(
                    "Netto, gezählt nach {by}. {margin} = Rechnungen ab Gutschriften, weniger Einstand ihrer Positionen."
                )
            }
            Note::Explained(true) => "Was jede Zahl zählt".to_owned(),
            Note::Explained(false) => "Was jede Zahl zählt, sagt die Handbuchseite wvl-report(7).".to_owned(),
            Note::InWorkbook => "Alles Weitere steht in der angehängten Arbeitsmappe.".to_owned(),
        }
    }

    fn count(&self, name: &str, told: &Told<'_>) -> String {
        let said = match name {
            "offers" | "orders" | "delivery_notes" | "invoices" | "margin" => {
                return name.parse().map(|figure| self.figures(figure, told)).unwrap_or_default();
            }
            "credit_notes" => "Gutschriften",
            "purchase_orders" => "Bestellungen",
            "tickets_opened" => "Tickets eröffnet",
            "tickets_closed" => "Tickets geschlossen",
            "tickets_open" => "Tickets offen",
            "tickets_overdue" => "Tickets überfällig",
            "tasks_done" => "Aufgaben erledigt",
            "tasks_open" => "Aufgaben offen",
            "tasks_overdue" => "Aufgaben überfällig",
            "contacts" => "Kontakte",
            "escalations_1" => "Eskalationen Stufe 1",
            "escalations_2" => "Eskalationen Stufe 2",
            "escalations_3" => "Eskalationen Stufe 3",
            "escalations_repeat" | "escalations_repeated" => "Eskalationen wiederholt",
            other => return capitalized(&other.replace('_', " ")),
        };
        said.to_owned()
    }

    fn count_columns(&self, told: &Told<'_>) -> [String; 4] {
        [self.columns(told, 0)[0].clone(), "Anzahl".to_owned(), "Netto".to_owned(), told.margin()]
    }

    fn group(&self, by: &str) -> &'static str {
        match by {
            "company" => "Gesellschaften",
            "department" => "Abteilungen",
            "field_rep" => "Außendienst",
            "employee" => "Mitarbeiter",
            _ => "Gruppen",
        }
    }

    fn others(&self) -> &'static str {
        "Übrige"
    }

    fn reason(&self) -> &'static str {
        "Der Abendbericht kommt an jedem Arbeitstag. Wer ihn bekommt, legt die Konfiguration fest ([report])."
    }

    fn file_stem(&self, told: &Told<'_>) -> String {
        format!("abendbericht-{}", told.day)
    }

    fn failed(&self, day: NaiveDate) -> [String; 3] {
        let day = self.day(day);
        [
            format!("{day} · Bericht fehlgeschlagen"),
            format!("Der Abendbericht vom {day} ließ sich nicht erstellen."),
            "Es gibt heute noch keine Zahlen; das heißt nicht, dass nichts war. wvl versucht es alle zehn Minuten \
             wieder: gelingt es, kommt der Bericht nach. Bitte diese Mail an die weitergeben, die wvl betreuen."
                .to_owned(),
        ]
    }

    fn sheets(&self) -> [&'static str; 3] {
        ["Zahlen", "Monat", "Ohne Einstand"]
    }

    fn document(&self, kind: &str) -> String {
        let said = match kind {
            "offer" => "Angebot",
            "order" => "Auftrag",
            "delivery_note" => "Lieferschein",
            "invoice" => "Rechnung",
            "credit_note" => "Gutschrift",
            other => other,
        };
        said.to_owned()
    }
}

impl German {
    fn compared(&self, figure: FigureKey, compared: Compared, told: &Told<'_>) -> String {
        let weekday = month(told.day, "%A");
        let (over, like) = match told.period {
            Period::Day => (format!("einem üblichen {weekday}"), format!("an einem üblichen {weekday}")),
            Period::Week => ("einer üblichen Woche".to_owned(), "in einer üblichen Woche".to_owned()),
            Period::Month => ("einem üblichen Monat".to_owned(), "in einem üblichen Monat".to_owned()),
        };
        let figures = self.figures(figure, told);
        match compared {
            Compared::Same => format!("{figures} wie {like}"),
            Compared::Above(percent) => format!("{figures} {} über {over}", self.percent(percent)),
            Compared::Below(percent) => format!("{figures} {} unter {over}", self.percent(percent)),
            Compared::Times(times) => {
                format!("{figures} {}-mal so hoch wie {like}", decimal(times, 1, Language::German))
            }
            Compared::Nothing(usual) => {
                let no = if figure == FigureKey::Invoices { "Keine Rechnung" } else { "Kein Auftrag" };
                let when = match told.period {
                    Period::Day => "heute",
                    Period::Week => "in dieser Woche",
                    Period::Month => "im ganzen Monat",
                };
                format!("{no} {when}, üblich sind {}", self.money(usual, told.currency()))
            }
        }
    }

    fn standing(&self, figure: FigureKey, standing: Standing, told: &Told<'_>) -> String {
        let by = match figure {
            FigureKey::Offers => "bei den Angeboten".to_owned(),
            FigureKey::Orders => "bei den Aufträgen".to_owned(),
            FigureKey::DeliveryNotes => "bei den Lieferscheinen".to_owned(),
            FigureKey::Invoices => "bei den Rechnungen".to_owned(),
            FigureKey::Margin => format!("beim {}", told.margin()),
        };
        let whole = if told.period == Period::Month { "das Jahr" } else { "der Monat" };
        match standing {
            Standing::Reached(percent) => format!("{by} ist das Ziel erreicht ({})", self.percent(percent)),
            Standing::OnPlan => format!("{by} liegt {whole} im Plan"),
            Standing::Ahead(points) => format!("{by} liegt {whole} {} vor dem Plan", of_points(points)),
            Standing::Behind(points) => format!("{by} liegt {whole} {} hinter dem Plan", of_points(points)),
        }
    }
}

fn of_points(points: Decimal) -> String {
    let number = decimal(points, 0, Language::German);
    if points == Decimal::ONE { format!("{number} Punkt") } else { format!("{number} Punkte") }
}

fn whole(period: Period) -> &'static str {
    if period == Period::Month { "Jahr" } else { "Monat" }
}

fn month(day: NaiveDate, format: &str) -> String {
    day.format_localized(format, Locale::de_DE).to_string()
}

/// With its year where that is another one.
fn long_day(day: NaiveDate, today: NaiveDate) -> String {
    day.format(if day.year() == today.year() { "%-d.%-m." } else { "%-d.%-m.%Y" }).to_string()
}

fn number(count: i64) -> String {
    decimal(Decimal::from(count), 0, Language::German)
}

fn sign(currency: &str) -> &str {
    if currency == "EUR" { "€" } else { currency }
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;
    use crate::report::sample;

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_as_the_office_says_them() {
        let table = [
            ("18412", "EUR", "18,4 T€"),
            ("840", "EUR", "840 €"),
            ("1240000", "EUR", "1,24 Mio €"),
            ("212400", "EUR", "212 T€"),
            ("3210", "CHF", "3,2 TCHF"),
            ("-4200", "EUR", "-4,2 T€"),
            ("-0.2", "EUR", "0 €"),
        ];
        for (value, currency, said) in table {
            assert_eq!(plain(&German.money(amount(value), currency)), said);
        }
        assert_eq!(plain(&German.exact(amount("4200"), "EUR")), "4.200 €");
        assert_eq!(plain(&German.exact(amount("5600.5"), "CHF")), "5.600,50 CHF");
    }

    #[test]
    fn sentences_are_german() {
        let settings = sample::settings().report;
        let said = |period, story: Story| {
            plain(&German.sentence(&story, &Told { settings: &settings, period, day: sample::today() }))
        };
        let orders = |compared| Some((FigureKey::Orders, compared));
        let margin = |standing| Some((FigureKey::Margin, standing));
        let of = Decimal::from;
        let table = [
            (
                Period::Day,
                Story::Usual(orders(Compared::Above(of(31))), margin(Standing::Behind(of(10)))),
                "Aufträge 31 % über einem üblichen Dienstag; beim DB liegt der Monat 10 Punkte hinter dem Plan.",
            ),
            (
                Period::Week,
                Story::Usual(orders(Compared::Same), margin(Standing::Reached(of(104)))),
                "Aufträge wie in einer üblichen Woche; beim DB ist das Ziel erreicht (104 %).",
            ),
            (
                Period::Month,
                Story::Usual(orders(Compared::Times(amount("4.1"))), margin(Standing::OnPlan)),
                "Aufträge 4,1-mal so hoch wie in einem üblichen Monat; beim DB liegt das Jahr im Plan.",
            ),
            (
                Period::Day,
                Story::Usual(orders(Compared::Nothing(of(14_000))), None),
                "Kein Auftrag heute, üblich sind 14 T€.",
            ),
            (
                Period::Day,
                Story::Usual(None, margin(Standing::Ahead(of(1)))),
                "Beim DB liegt der Monat 1 Punkt vor dem Plan.",
            ),
            (
                Period::Day,
                Story::Empty(NaiveDate::from_ymd_opt(2026, 11, 20)),
                "Heute wurde nichts gebucht; zuletzt am Fr 20.11.",
            ),
            (Period::Month, Story::Empty(None), "Im November wurde nichts gebucht."),
            (
                Period::Day,
                Story::Incomplete(vec!["lying"]),
                "„Liegt herum“ fehlt: es ließ sich nicht berechnen; was da ist, stimmt.",
            ),
            (
                Period::Day,
                Story::Incomplete(vec!["lying", "tomorrow"]),
                "„Liegt herum“ und „Morgen“ fehlen: sie ließen sich nicht berechnen; was da ist, stimmt.",
            ),
            (Period::Day, Story::Plain(of(18_412), of(840)), "Aufträge über 18,4 T€, Rechnungen über 840 €."),
        ];
        for (period, story, sentence) in table {
            assert_eq!(said(period, story), sentence);
        }
    }

    #[test]
    fn the_next_day_has_a_name() {
        let settings = sample::settings().report;
        let told = Told { settings: &settings, period: Period::Day, day: sample::today() };
        let title = |next: &str| plain(&German.title(Section::Tomorrow, &told, next.parse().ok()));
        assert_eq!(title("2026-11-25"), "Morgen, Mi 25.11.");
        assert_eq!(title("2026-11-30"), "Am Montag, 30.11.");
    }
}
