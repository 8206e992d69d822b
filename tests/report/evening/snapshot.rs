//! All numbers of one mail come from one snapshot.

use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection;
use wvl::db;
use wvl::report::evening::{Evening, Question};
use wvl::report::figure::FigureKey;

use super::{asked, cell, house, question, settings};
use crate::env::TestDatabase;

/// One of everything that a mail counts on the day, in one transaction.
const ONE_OF_EACH: &str = "
    INSERT INTO wvl.documents (kind, number, document_date, net_amount, cost_amount, open_amount, payment_due_at, closed_at, status)
    SELECT k.kind, 'X-' || nextval('wvl.documents_id_seq'), '2026-11-23', k.net, 0, k.open, k.due::timestamptz, k.closed::timestamptz, k.status
    FROM (VALUES
        ('offer', 6000, NULL, NULL, '2026-11-23 09:00+01', 'lost'), ('order', 6000, NULL, NULL, NULL, 'open'),
        ('invoice', 6000, 1, '2026-11-20 00:00+01', NULL, 'open'), ('delivery_note', 6000, NULL, NULL, NULL, 'open')
    ) AS k (kind, net, open, due, closed, status);
    INSERT INTO wvl.tickets (number, title, severity, opened_at, due_at)
    SELECT 'X-' || nextval('wvl.tickets_id_seq'), 'Drucker', 'high', '2026-11-23 08:00+01', '2026-11-23 09:00+01'";

/// How often each section has seen the writer's transaction.
fn seen(evening: &Evening) -> Vec<(&'static str, i64)> {
    let core = |figure| evening.core.row(figure).unwrap().now.count;
    let (lying, exceptions) = (evening.lying.there().unwrap(), evening.exceptions.there().unwrap());
    let extended = evening.extended.as_ref().and_then(|part| part.there()).unwrap();
    let count = |name| extended.counts.iter().find(|count| count.name == name).unwrap().count;
    let (_, chart, _) = evening.core.chart.days.last().copied().unwrap();
    let found = exceptions.more + i64::try_from(exceptions.named.len()).unwrap();
    vec![
        ("offers", core(FigureKey::Offers)),
        ("orders", core(FigureKey::Orders)),
        ("invoices", core(FigureKey::Invoices)),
        ("margin", core(FigureKey::Margin)),
        ("chart", (chart / rust_decimal::Decimal::from(6000)).try_into().unwrap()),
        ("unbilled", lying.unbilled.count),
        ("overdue", lying.overdue.count),
        // a lost offer and a ticket each, and the largest order once
        ("exceptions", (found - found % 2) / 2),
        ("offers of all", count("offers")),
        ("tickets", count("tickets_opened")),
        ("tickets overdue", count("tickets_overdue")),
    ]
}

fn with_everything<'q>(settings: &'q wvl::settings::Settings) -> Question<'q> {
    Question { extended: true, ..question(settings, "2026-11-23") }
}

#[test]
fn what_is_booked_while_the_mail_is_made_is_in_none_of_its_numbers() {
    let (database, mut connection) = house();
    let settings = settings("");
    let question = with_everything(&settings);
    let before = asked(&mut connection, &question);
    let during = db::read_only(&mut connection, |connection| {
        // from here on this is what is seen
        db::set_instant(connection, question.now, settings.zone)?;
        database.execute(ONE_OF_EACH);
        database.execute("UPDATE documents SET status = 'void' WHERE number IN ('AB-1', 'RE-1', 'LS-1')");
        wvl::report::evening_within(connection, &question)
    })
    .unwrap();
    assert_eq!(Evening { snapshot: before.snapshot.clone(), ..during }, before);
    let after = asked(&mut connection, &question);
    let orders = |evening: &Evening| cell(&evening.core.row(FigureKey::Orders).unwrap().now);
    assert_eq!((orders(&before).as_str(), orders(&after).as_str()), ("2 0 19000 0", "2 0 6600 0"));
}

#[test]
fn a_writer_who_never_stops_is_seen_by_all_sections_alike() {
    let database = TestDatabase::new();
    let settings = settings("[report]\ndelivery_notes = \"yes\"\n[report.exceptions]\nmargin_below = 0\n");
    let question = with_everything(&settings);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut connection = database.connect();
            let mut written = 0;
            while !stop.load(Ordering::Relaxed) {
                connection.batch_execute(&format!("BEGIN; {ONE_OF_EACH}; COMMIT")).unwrap();
                written += 1;
            }
            written
        });
        let mut connection = database.connect();
        let mut last = 0;
        for _ in 0..25 {
            let seen = seen(&asked(&mut connection, &question));
            let offers = seen[0].1;
            assert!(seen.iter().all(|(_, count)| *count == offers), "{seen:?}");
            assert!(offers >= last);
            last = offers;
        }
        stop.store(true, Ordering::Relaxed);
        assert!(last > 0 && writer.join().unwrap() >= last, "the writer has written nothing");
    });
}
