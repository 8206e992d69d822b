//! Example evenings: what the check of the templates and `mail render` render, and what the tests start from. Invented
//! companies; the figures are those that README and manual show.

use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use rust_decimal::Decimal;

use super::evening::{
    Core, Correction, CorrectionKind, Corrections, Count, Date, DateKind, Evening, Exception, Exceptions, Extended,
    Group, Lying, MonthChart, Part, Period, Pile, Row, Rule, Tomorrow, Uncosted,
};
use super::figure::{Amount, FigureKey};
use super::page::mail;
use crate::config::Source;
use crate::error::Result;
use crate::outbox::compose::Inline;
use crate::settings::Settings;
use crate::template::{Fixture, Language};

/// A context for every evening mail there is in every language, rich and poor ones.
pub fn fixtures() -> Result<Vec<Fixture>> {
    let settings = settings();
    let mut fixtures = Vec::new();
    for language in Language::ALL {
        for (about, evening) in all() {
            fixtures.push(mail::fixture(&settings, language, about, &evening)?);
        }
        fixtures.push(mail::failed_fixture(&settings, language, today(), "the database gave no answer in time")?);
    }
    Ok(fixtures)
}

/// Every kind of evening, by what is special about it; the usual one first.
pub fn all() -> Vec<(&'static str, Evening)> {
    vec![
        ("a usual day", Evening::sample()),
        ("an empty day", empty()),
        ("a section failed", incomplete()),
        ("a Monday", monday()),
        ("a week", week()),
        ("a month", month()),
        ("a department", department()),
        ("everything", extended()),
        ("no targets", without_targets()),
        ("other currencies", with_francs()),
        ("long names", hostile()),
    ]
}

/// The picture of such an example, under the name `example` that it has in its fixture.
///
/// Errors: of kind `Bug` if it cannot be drawn.
pub fn picture(about: &str) -> Result<Option<Inline>> {
    let Some((_, evening)) = all().into_iter().find(|(name, _)| *name == about) else { return Ok(None) };
    mail::picture(&evening, mail::EXAMPLE)
}

/// The settings of the invented house.
pub fn settings() -> Settings {
    let text = "[company]\nname = \"Musterhaus IT GmbH\"\n";
    Settings::inspect(&Source::from_text("wvl.toml", text), &[]).settings
}

/// Tuesday 24 November 2026.
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap_or_default()
}

fn day(of_november: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, of_november).unwrap_or_default()
}

fn euros(amount: i64) -> Decimal {
    Decimal::from(amount)
}

fn amount(count: i64, amount: i64) -> Amount {
    Amount { count, amount: euros(amount), ..Amount::default() }
}

fn margin(count: i64, margin: i64, base: i64) -> Amount {
    Amount { base: euros(base), ..amount(count, margin) }
}

fn pile(count: i64, amount: i64, oldest: NaiveDate) -> Pile {
    Pile { count, amount: euros(amount), others: Vec::new(), oldest: Some(oldest) }
}

impl Evening {
    /// A usual Tuesday: something of everything.
    pub fn sample() -> Evening {
        Evening {
            day: today(),
            period: Period::Day,
            days: vec![today()],
            scope: None,
            core: core(),
            exceptions: Part::There(Exceptions { named: exceptions(), more: 2 }),
            lying: Part::There(Lying {
                unbilled: pile(12, 18_420, day(3)),
                unbilled_old: pile(3, 4_110, day(3)),
                overdue: pile(23, 84_130, day(24) - Days::new(97)),
                overdue_old: pile(5, 12_005, day(24) - Days::new(97)),
                contracts: pile(2, 1_880, day(1)),
            }),
            tomorrow: Part::There(tomorrow()),
            corrections: Part::There(corrections()),
            extended: None,
            snapshot: "4711:4711:".to_owned(),
            origin: "7312345678901234567/16384".to_owned(),
        }
    }
}

fn core() -> Core {
    let row = |figure, now, usual, total, target: Option<i64>| Row {
        figure,
        now,
        usual: Some(usual),
        total,
        target: target.map(euros),
    };
    Core {
        rows: vec![
            row(FigureKey::Offers, amount(5, 24_130), amount(4, 18_205), amount(61, 212_400), None),
            row(FigureKey::Orders, amount(3, 18_412), amount(3, 14_050), amount(48, 168_300), Some(240_000)),
            row(
                FigureKey::Invoices,
                Amount { credit_notes: 1, ..amount(7, 18_650) },
                amount(6, 16_240),
                Amount { credit_notes: 4, ..amount(96, 154_200) },
                Some(220_000),
            ),
            row(
                FigureKey::Margin,
                Amount { credit_notes: 1, ..margin(7, 4_103, 18_650) },
                margin(6, 3_890, 16_240),
                Amount { credit_notes: 4, ..margin(96, 35_466, 154_200) },
                Some(50_000),
            ),
        ],
        other_currencies: Vec::new(),
        compared: 4,
        chart: chart(),
        uncosted: Uncosted {
            lines: 3,
            net: euros(1_240),
            named: vec![
                "RE26-1204 Pos. 2 Dienstleistung Technik".to_owned(),
                "RE26-1204 Pos. 3 Anfahrt Zone 2".to_owned(),
                "RE26-1207 Pos. 1 Firewall einrichten".to_owned(),
            ],
        },
        advances: Decimal::ZERO,
        pace: Some(Decimal::new(8095, 2)),
        last_booked: None,
    }
}

/// November 2026 has 21 working days; the 24th is the 17th of them.
fn chart() -> MonthChart {
    let working = |of_november: u32| !matches!(of_november % 7, 0 | 1);
    let mut sum = Decimal::ZERO;
    let days = (1..=24).map(|of_november| {
        if working(of_november) {
            // some days are better than others
            sum += Decimal::from([1_200, 3_150, 900, 2_480, 2_700, 1_460][of_november as usize % 6]);
        }
        (day(of_november), sum, working(of_november))
    });
    let mut days: Vec<_> = days.collect();
    if let Some((_, last, _)) = days.last_mut() {
        *last = euros(35_466);
    }
    MonthChart { figure: FigureKey::Margin, days, last: day(30), working_days: 21, target: Some(euros(50_000)) }
}

fn exceptions() -> Vec<Exception> {
    let exception = |rule, reference: &str, partner: &str, amount: Option<i64>| Exception {
        rule,
        reference: reference.to_owned(),
        partner: Some(partner.to_owned()).filter(|name| !name.is_empty()),
        amount: amount.map(|amount| (euros(amount), "EUR".to_owned())),
        link: Some(format!("https://erp.musterhaus.example/beleg/{reference}")).filter(|_| !partner.is_empty()),
    };
    vec![
        exception(
            Rule::LastStage { kind: "delivery-note".to_owned(), due: day(12) },
            "LS26-0871",
            "Neckar Werkzeugbau GmbH",
            Some(6_240),
        ),
        exception(Rule::Notice { until: day(25) }, "V-2019-031", "Gemeinde Liststadt", Some(14_400)),
        exception(
            Rule::LowMargin { kind: "order".to_owned(), percent: Decimal::new(62, 1) },
            "AU26-0410",
            "Kanzlei Öztürk & Partner",
            Some(4_980),
        ),
        exception(Rule::Ticket { since: at(24, 9, 40) }, "2026-0042", "Deizisau Systeme GmbH", None),
        exception(Rule::Largest, "AU26-0412", "Deizisau Systeme GmbH", Some(12_400)),
    ]
}

fn at(of_november: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, of_november, hour, minute, 0).single().unwrap_or_default()
}

fn tomorrow() -> Tomorrow {
    let date = |kind, day, reference: &str, partner: Option<&str>, amount: Option<i64>| Date {
        kind,
        day,
        reference: reference.to_owned(),
        partner: partner.map(str::to_owned),
        amount: amount.map(|amount| (euros(amount), "EUR".to_owned())),
    };
    Tomorrow {
        day: day(25),
        away: 4,
        dates: vec![
            date(DateKind::Delivery, day(25), "AU26-0377", Some("Stadtwerke Ulmtal"), Some(31_500)),
            date(DateKind::FollowUp, day(25), "AN26-0981", Some("Neckar Werkzeugbau GmbH"), Some(48_200)),
            date(DateKind::Notice, day(30), "V-2021-007", Some("Praxis Dr. Lenz"), Some(3_600)),
            date(DateKind::Birthday, day(25), "Hannelore Öztürk", Some("Kanzlei Öztürk & Partner"), None),
        ],
        more: 0,
    }
}

fn corrections() -> Corrections {
    let correction = |what, kind: &str, reference: &str, partner: &str, on, before, after| Correction {
        what,
        kind: kind.to_owned(),
        reference: reference.to_owned(),
        partner: Some(partner.to_owned()),
        day: on,
        before,
        after,
        currency: "EUR".to_owned(),
    };
    Corrections {
        named: vec![
            correction(
                CorrectionKind::Voided,
                "invoice",
                "RE26-1188",
                "Stadtwerke Ulmtal",
                day(19),
                Some(euros(4_200)),
                None,
            ),
            correction(
                CorrectionKind::Changed,
                "order",
                "AU26-0398",
                "Praxis Dr. Lenz",
                day(20),
                Some(euros(4_900)),
                Some(Decimal::new(560_050, 2)),
            ),
            correction(
                CorrectionKind::Late,
                "invoice",
                "RE26-1201",
                "Gemeinde Liststadt",
                day(23),
                None,
                Some(euros(1_240)),
            ),
        ],
        late: (1, euros(1_240)),
        changed: (1, Decimal::new(70_050, 2)),
        voided: (1, euros(4_200)),
    }
}

/// Nothing was booked, nothing lies around, nothing comes.
pub fn empty() -> Evening {
    let mut evening = Evening::sample();
    for row in &mut evening.core.rows {
        row.now = Amount::default();
    }
    evening.core.uncosted = Uncosted::default();
    evening.core.last_booked = Some(day(20));
    evening.exceptions = Part::There(Exceptions::default());
    evening.lying = Part::There(Lying::default());
    evening.tomorrow = Part::There(Tomorrow { day: day(25), away: 0, dates: Vec::new(), more: 0 });
    evening.corrections = Part::There(Corrections::default());
    evening
}

/// Two sections could not be computed.
pub fn incomplete() -> Evening {
    let mut evening = Evening::sample();
    let reason = "canceling statement due to statement timeout".to_owned();
    evening.lying = Part::Failed { name: "lying", reason: reason.clone() };
    evening.corrections = Part::Failed { name: "corrections", reason };
    evening
}

/// A Monday counts the weekend before it; the company is young, and the month has just begun.
pub fn monday() -> Evening {
    let mut evening = Evening::sample();
    let october = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap_or_default();
    evening.day = day(2);
    evening.days = vec![october(31), day(1), day(2)];
    evening.core.compared = 2;
    evening.core.advances = euros(6_000);
    evening.core.pace = Some(Decimal::new(476, 2));
    evening.core.chart.days.truncate(2);
    if let Some((_, sum, _)) = evening.core.chart.days.last_mut() {
        *sum = euros(4_103);
    }
    for row in &mut evening.core.rows {
        row.total = row.now.clone();
    }
    if let Part::There(tomorrow) = &mut evening.tomorrow {
        tomorrow.day = day(3);
        tomorrow.away = 1;
        tomorrow.more = 3;
    }
    evening
}

/// The week's mail, on its Friday.
pub fn week() -> Evening {
    let mut evening = Evening::sample();
    evening.day = day(27);
    evening.period = Period::Week;
    evening.days = (23..=27).map(day).collect();
    for row in &mut evening.core.rows {
        for cell in [Some(&mut row.now), row.usual.as_mut()].into_iter().flatten() {
            *cell = std::iter::repeat_n(cell.clone(), 5).sum();
        }
    }
    if let Part::There(tomorrow) = &mut evening.tomorrow {
        tomorrow.day = day(30);
    }
    evening
}

/// The month's mail: the month beside the three before, and the year.
pub fn month() -> Evening {
    let mut evening = Evening::sample();
    let october = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap_or_default();
    evening.day = october(31);
    evening.period = Period::Month;
    evening.days = (1..=31).map(october).collect();
    evening.core.compared = 3;
    evening.core.pace = Some(Decimal::new(8333, 2));
    for row in &mut evening.core.rows {
        row.now = row.total.clone();
        row.usual = Some(row.total.clone());
        row.total = std::iter::repeat_n(row.total.clone(), 10).sum();
        row.target = row.target.map(|target| target * euros(12));
    }
    evening.core.chart.days = (1..=31)
        .map(|of_month| (october(of_month), euros(1_400) * Decimal::from(of_month), !matches!(of_month % 7, 3 | 4)))
        .collect();
    evening.core.chart.last = october(31);
    evening.core.chart.working_days = 22;
    evening
}

/// One department, without targets: those are the house's.
pub fn department() -> Evening {
    let mut evening = without_targets();
    evening.scope = Some("Technik & Service".to_owned());
    evening
}

/// All counts, and who did what.
pub fn extended() -> Evening {
    let mut evening = Evening::sample();
    let count = |name, count, amount: Option<i64>, margin: Option<i64>| Count {
        name,
        count,
        amount: amount.map(euros),
        margin: margin.map(euros),
    };
    let figures = |share: i64| {
        vec![
            (FigureKey::Offers, amount(2, 9_100 / share)),
            (FigureKey::Orders, amount(1, 7_200 / share)),
            (FigureKey::DeliveryNotes, amount(1, 2_100 / share)),
            (FigureKey::Invoices, amount(3, 8_400 / share)),
            (FigureKey::Margin, margin(3, 1_850 / share, 8_400 / share)),
        ]
    };
    let group = |by, names: &[&str], folded| Group {
        by,
        // a row has only what there was
        rows: names
            .iter()
            .zip(1..)
            .map(|(name, share)| {
                ((*name).to_owned(), figures(share).into_iter().skip(usize::from(share == 2)).collect())
            })
            .collect(),
        folded,
    };
    evening.extended = Some(Part::There(Extended {
        counts: vec![
            count("offers", 5, Some(24_130), Some(6_010)),
            count("orders", 3, Some(18_412), Some(4_480)),
            count("delivery_notes", 4, Some(9_870), Some(2_130)),
            count("invoices", 7, Some(18_650), Some(4_103)),
            count("purchase_orders", 6, Some(11_320), None),
            count("tickets_opened", 14, None, None),
            count("tickets_closed", 11, None, None),
            count("tickets_open", 63, None, None),
            count("tickets_overdue", 4, None, None),
            count("tasks_done", 9, None, None),
            count("tasks_open", 38, None, None),
            count("tasks_overdue", 7, None, None),
            count("escalations_1", 12, None, None),
            count("escalations_2", 4, None, None),
            count("escalations_3", 1, None, None),
        ],
        groups: vec![
            group("company", &["Musterhaus IT GmbH", "Musterhaus Cloud GmbH"], false),
            group("department", &["Vertrieb", "Technik & Service", "others"], true),
            // too small to be told apart: there is only the sum
            group("company", &[], true),
            group(
                "field_rep",
                &["Andrea Berg", "Jens Kühn", "Petra Vogt", "Özgür Şahin", "Maria Lehmann-Huber"],
                false,
            ),
        ],
    }));
    evening
}

/// Nobody has named a target.
pub fn without_targets() -> Evening {
    let mut evening = Evening::sample();
    for row in &mut evening.core.rows {
        row.target = None;
    }
    evening.core.chart.target = None;
    evening
}

/// Business in Switzerland, and delivery notes with a row of their own.
pub fn with_francs() -> Evening {
    let mut evening = Evening::sample();
    let row = |figure, now: Amount, total: Amount| Row { figure, now, usual: None, total, target: None };
    evening.core.rows.insert(
        2,
        Row {
            usual: Some(amount(3, 8_800)),
            ..row(FigureKey::DeliveryNotes, Amount { unpriced: 1, ..amount(4, 9_870) }, amount(58, 121_000))
        },
    );
    evening.core.other_currencies = vec![(
        "CHF".to_owned(),
        vec![
            row(FigureKey::Offers, Amount::default(), Amount::default()),
            row(FigureKey::Orders, amount(1, 3_210), amount(4, 11_800)),
            row(FigureKey::Invoices, Amount::default(), amount(2, 6_400)),
            row(FigureKey::Margin, Amount::default(), margin(2, 1_300, 6_400)),
        ],
    )];
    if let Part::There(lying) = &mut evening.lying {
        lying.overdue.others = vec![("CHF".to_owned(), euros(2_150))];
    }
    evening
}

/// Names that are as long as a name can be, and one that would be a program.
pub fn hostile() -> Evening {
    let mut evening = Evening::sample();
    let long = "Gesellschaft für angewandte Netzwerktechnik und Datenverarbeitung ".repeat(3);
    let script = "<script>alert(\"x\")</script>\r\nBcc: alle@musterhaus.example";
    if let Part::There(exceptions) = &mut evening.exceptions {
        for (exception, name) in exceptions.named.iter_mut().zip([long.as_str(), script]) {
            exception.partner = Some(name.to_owned());
        }
        if let Some(first) = exceptions.named.first_mut() {
            first.link = Some("javascript:alert(1)".to_owned());
        }
    }
    if let Part::There(corrections) = &mut evening.corrections {
        for correction in &mut corrections.named {
            correction.partner = Some(long.clone());
        }
    }
    evening.core.uncosted.named = vec![format!("RE26-1204 Pos. 2 {long}"), format!("RE26-1204 Pos. 3 {script}")];
    for row in &mut evening.core.rows {
        for cell in [Some(&mut row.now), row.usual.as_mut(), Some(&mut row.total)].into_iter().flatten() {
            *cell = std::iter::repeat_n(cell.clone(), 4_321).sum();
        }
        row.target = row.target.map(|target| target * euros(4_321));
    }
    evening.scope = Some("Abteilung für besonders lange Bezeichnungen & <b>Fettes</b>".to_owned());
    evening
}
