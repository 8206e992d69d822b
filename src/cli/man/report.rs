//! wvl-report(7): what every figure of the evening mails counts, so that nobody has to guess why it differs from another's.

use clap_mangen::roff::bold;

use super::page::{Page, Writer};

const ABOUT: &str = "what the evening mails count";

const DESCRIPTION: &str = "\
wvl report gf-daily says how the day was: to the heads of the company, on the evening of every working day. wvl report
department-daily says the same of a department. This page says which rows of the database each figure counts, by which
date, and with which sign. The names in brackets are the ones that --detail takes: wvl report gf-daily --detail orders
lists the documents behind the first column, orders:usual those behind the average, orders:total those behind the
month.

All figures of a mail are read from one snapshot of the database: what somebody books meanwhile is in all of them or
in none.";

const DAYS: &str = "\
A day is a day of company.zone, also on the days when the clock is changed. A document belongs to its document date,
which is what the books and the targets count by; with report.count_by = \"booked_at\" to the local day on which it
was entered.

\"Heute\" is the day of the mail and the free days before it: on a Monday Saturday and Sunday are part of it, on the
day after Easter Good Friday is too. What is working day and what is not says the calendar named default. The mail
names the days that are counted with.

\"Ø 4 Di\" is the average of the last four same weekdays that were working days, each with the free days before it:
the sum of the four divided by four, rounded to cents. A holiday is skipped, at most half a year back. A company with
fewer such days is compared with those that there are, and the mail says so.

\"Monat\" is everything from the first of the month up to the day of the mail. On a Monday that is the first working
day of a month, today may hold a Saturday of the month before that the month does not.";

const FIGURES: [(&str, &str); 5] = [
    (
        "Angebote (offers)",
        "Offers that are not void, won and lost ones too: what was written was written. How many, and the sum of their net \
         amounts.",
    ),
    ("Aufträge (orders)", "Orders that are not void: how many, and the sum of their net amounts."),
    (
        "Lieferscheine (delivery-notes)",
        "Delivery notes that are not void. The row is there where the last sixty days had any; report.delivery_notes = \"yes\" \
         or \"no\" decides otherwise.",
    ),
    (
        "Rechnungen (invoices)",
        "Invoices that are not void, less the credit notes that are not void. The number is that of the invoices; the credit notes \
         are counted in a note. A credit note is taken off whatever the sign is that it was written with. Advance and partial \
         invoices count with their own amounts, a final invoice with what is left to bill.",
    ),
    (
        "DB (margin)",
        "The contribution margin of the same invoices and credit notes, see below. report.margin_label says what the house calls it.",
    ),
];

const FIGURES_END: &str = "\
All amounts are net, in report.currency. Amounts in other currencies are never added to them: a line below the table
names them. A document without an amount counts as one with 0, and a note says how many there are.

The per cent behind a target is the month as a part of it. \"Plan\" is the part of the month's working days that is
over, the day of the mail included: a month at 71 % of its target after 81 % of its working days is ten points behind
the plan.";

const MARGIN: &str = "\
The margin of a line is its net less its cost: quantity times price, less the discount, rounded to cents, minus
quantity times cost, rounded to cents. Lines of credit notes count with the opposite sign. A document without lines
counts with the net and the cost of its head. A final invoice bears the amount and the cost of its head less what its
advance and partial invoices bore.

A line whose cost nobody has entered says nothing about the margin: it stands outside of it and outside of the per
cent, and the mail counts and names such lines (uncosted). A line without quantity or without price, a text, counts
nowhere. The per cent is the margin as a part of the net of the lines whose cost is known; where that is not more than
nothing, there is none. Advance invoices have no cost of their own: a note says how much of today's invoices they are
(advances).

The view v_margin has the same definition, document by document: see wvl-views(7).";

const TARGETS: &str = "\
The target of a figure for a month is the one that was imported for it: that of the whole house, without one those of
its companies together. Where none was imported it is that of [report.target.\"2026-11\"], without one that of
[report.target]. A year is measured only if each of its months has a target. The subject names the first of margin,
invoices and orders that has a target; report.subject_target picks another. A department has no targets. Targets of
single field reps are for these persons alone.";

const EXCEPTIONS: [(&str, &str); 7] = [
    ("Mails", "Mails that failed for good, or of which nobody knows whether they arrived. Always told."),
    (
        "Stufe 3",
        "Items that reached the last stage of their escalation today and are worth last_stage_from or more. Rehearsals and the \
         backlog of the first day do not count.",
    ),
    (
        "Letzter Tag zum Kündigen",
        "Active contracts whose last day to give notice is today or within notice_days working days.",
    ),
    (
        "Auftrag, Rechnung mit nur … DB",
        "Orders and invoices of today from margin_from on whose margin is below margin_below per cent, if the cost of all their \
         lines is known.",
    ),
    ("Angebot verloren", "Offers that were closed as lost today and were worth lost_from or more."),
    (
        "Ticket über der Frist",
        "Open tickets of the severities in tickets whose limit has passed and that wait for nobody, those first that became \
         overdue today.",
    ),
    ("Größter Auftrag", "The largest order of today, from largest_from on."),
];

const EXCEPTIONS_HEAD: &str = "\
What to look at, by name, the most urgent first, at most report.exceptions.most of them; the rest is counted. An
amount of 0 in the configuration, or an empty list, switches a rule off. No employee is ever named here.";

const LYING: [(&str, &str); 3] = [
    (
        "Geliefert, nicht berechnet (unbilled)",
        "What of open delivery notes is not invoiced, line by line, net; what is invoiced with its order does not lie around. And \
         of them those that were delivered more than fourteen days ago (unbilled-14).",
    ),
    (
        "Offene Posten überfällig (overdue)",
        "What is open of invoices whose day of payment has passed, gross, because that is what the customer owes; and of them those \
         that are more than sixty days late (overdue-60).",
    ),
    (
        "Verträge abzurechnen (contracts)",
        "Active contracts whose date of billing has passed, with the net value of a period.",
    ),
];

const TOMORROW: &str = "\
The next working day and the free days before it: how many colleagues are away (nobody's name, no reason), orders
promised for it, offers from report.big_amount on that are to be followed up, contracts whose last day to give notice
lies within a week, and birthdays of those who agreed that theirs is told.";

const CORRECTIONS: &str = "\
Days that were told of before change: documents are booked late, changed, voided. The mail names those that did since
the last mail of the same report, at most five, and counts the others (late, changed, voided). It compares with what
the last mail could see in the database, so that nothing is told twice or never, whatever date a document bears. A
change is named where it moves a figure: amount, cost, price, discount, date, currency, or that a document is void.
Late are documents of a day that was told of before. Their month has them; the days of older mails stay as they were
told.";

const EXTENDED: &str = "\
With --extended or [report.gf-daily] extended = true the mail counts what was done today: offers, orders, delivery
notes, invoices with number, net and margin; purchase orders by their order date; tickets opened, closed, open and
overdue; tasks done, open and overdue; escalations by stage, which are counted for the house alone. Then offers,
orders, invoices and margin by company and department and, where the house has agreed, by field rep and employee. The
department of a document is the one it names, else that of its handler on its day; its field rep is the one it names,
else that of the customer.

What no register holds yet (contacts, appointments, times of service) is not counted, and not called 0.";

const PERSONS: &str = "\
Figures of single persons are for these persons alone, unless the house has agreed otherwise
(report.privacy.per_person, § 87 BetrVG). No table shows a group with fewer than report.privacy.smallest_group active
members, nor a rest from which one could be computed: they stand together as \"Übrige\", or not at all. With
[report.personal] active = true everybody gets the own figures, and nobody else's.";

const PERIODS: &str = "\
On the last working day of a week a second mail tells of the week, beside the average of the four weeks before; on the
first working day of a month one tells of the month before, beside the average of three, with the year and its
targets. weekly and monthly of [report.gf-daily] switch them off.";

const EMPTY: &str = "\
A day without bookings is news and is sent as such: \"nichts gebucht\". A section that fails is named with its reason
and stops nothing. Where the figures themselves fail there is no mail that looks like one: the subject ends in
\"Bericht fehlgeschlagen\", and the report follows as soon as it can be computed.";

const AMOUNTS: &str = "\
Mails write 18,4 T€ for 18.412,00 €, 1,24 Mio € for a million, 840 € below a thousand. To the cent they stand at the
terminal, in the workbook, in JSON and in --detail.";

/// The page.
pub(super) fn page() -> Page {
    let mut page = Writer::new("wvl-report", 7, ABOUT);
    let section = |page: &mut Writer, heading: &str, text: &str| {
        page.heading(heading);
        page.prose(text);
    };
    section(&mut page, "DESCRIPTION", DESCRIPTION);
    section(&mut page, "DAYS", DAYS);
    page.heading("FIGURES");
    explain(&mut page, &FIGURES);
    page.push(".PP\n");
    page.prose(FIGURES_END);
    section(&mut page, "MARGIN", MARGIN);
    section(&mut page, "TARGETS", TARGETS);
    section(&mut page, "BITTE ANSEHEN", EXCEPTIONS_HEAD);
    explain(&mut page, &EXCEPTIONS);
    page.heading("LIEGT HERUM");
    explain(&mut page, &LYING);
    section(&mut page, "MORGEN", TOMORROW);
    section(&mut page, "SEIT DER LETZTEN MAIL", CORRECTIONS);
    section(&mut page, "EVERYTHING COUNTED", EXTENDED);
    section(&mut page, "PERSONS", PERSONS);
    section(&mut page, "WEEK AND MONTH", PERIODS);
    section(&mut page, "EMPTY AND FAILED", EMPTY);
    section(&mut page, "AMOUNTS", AMOUNTS);
    let others = [("wvl", 1), ("wvl-query", 1), ("wvl.toml", 5), ("wvl-views", 7)];
    page.see_also(&others.map(|(name, number)| (name.to_owned(), number)));
    page.finish()
}

fn explain(page: &mut Writer, items: &[(&str, &str)]) {
    for (name, meaning) in items {
        page.item([bold(*name)], meaning);
    }
}
