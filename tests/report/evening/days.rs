//! The last and the first second of a day, also on the days that have 23 or 25 hours.

use wvl::report::figure::FigureKey;

use super::{asked, now, question, settings};
use crate::env::TestDatabase;

#[test]
fn a_second_decides_on_the_day_also_when_the_clocks_change() {
    let database = TestDatabase::new();
    let booked = [
        ("2026-03-28 23:59:59+01", 1),
        ("2026-03-29 00:00:00+01", 10),
        ("2026-03-29 23:59:59+02", 100),
        ("2026-03-30 00:00:00+02", 1000),
        ("2026-10-24 23:59:59+02", 1),
        ("2026-10-25 00:00:00+02", 10),
        ("2026-10-25 23:59:59+01", 100),
        ("2026-10-26 00:00:00+01", 1000),
    ];
    for (number, (at, net)) in booked.iter().enumerate() {
        database.execute(&format!(
            "INSERT INTO documents (kind, number, document_date, booked_at, net_amount)
             VALUES ('order', '{number}', '2020-01-01', '{at}', {net})"
        ));
    }
    // with Saturdays and Sundays worked, each day is its own
    let week =
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| format!("{day} = [\"08:00-17:00\"]\n")).concat();
    let by_booking = "[report]\ncount_by = \"booked_at\"\n";
    let text = format!("[company]\nzone = \"Europe/Berlin\"\n{by_booking}[calendar.default]\n{week}");
    let every_day = wvl::settings::Settings::load(&wvl::config::Source::from_text("wvl.toml", &text), &[]).unwrap().0;
    let mut connection = database.connect();
    for (on, orders) in [
        ("2026-03-28", "1 0 1 0"),
        ("2026-03-29", "2 0 110 0"),
        ("2026-03-30", "1 0 1000 0"),
        ("2026-10-24", "1 0 1 0"),
        ("2026-10-25", "2 0 110 0"),
        ("2026-10-26", "1 0 1000 0"),
    ] {
        assert_eq!(now(&asked(&mut connection, &question(&every_day, on)), FigureKey::Orders), orders, "{on}");
    }
    // a Monday holds its weekend
    let usual = settings(by_booking);
    assert_eq!(now(&asked(&mut connection, &question(&usual, "2026-03-30")), FigureKey::Orders), "4 0 1111 0");
    assert_eq!(now(&asked(&mut connection, &question(&usual, "2026-10-26")), FigureKey::Orders), "4 0 1111 0");
}
