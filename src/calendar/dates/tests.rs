use super::*;
use crate::calendar::german;
use crate::error::Kind;

const BERLIN: Tz = chrono_tz::Europe::Berlin;

/// Saturday 21 November 2026, 15:30 in Berlin.
fn now() -> Moment<'static> {
    Moment::new("2026-11-21T14:30:00Z".parse().unwrap(), BERLIN)
}

fn instant(text: &str) -> String {
    german::instant(parse_instant(text, &now(), Lean::Forward).unwrap(), BERLIN)
}

fn days(text: &str, lean: Lean) -> String {
    let range = parse_range(text, &now(), lean).unwrap();
    let shown = |at| german::instant(at, BERLIN)[3..].to_owned();
    format!("{}..{}", shown(range.start), shown(range.end))
}

#[test]
fn iso_and_german_dates() {
    for (text, expected) in [
        ("2026-11-30", "Mo 30.11.2026"),
        ("2026-11-30T08:15", "Mo 30.11.2026 08:15"),
        ("2026-11-30 08:15:30", "Mo 30.11.2026 08:15"),
        ("2026-11-30T08:15Z", "Mo 30.11.2026 09:15"),
        ("2026-11-30t08:15:00.5z", "Mo 30.11.2026 09:15"),
        ("2026-11-30T08:15:00-05:00", "Mo 30.11.2026 14:15"),
        ("2026-11-30T08:15+0100", "Mo 30.11.2026 08:15"),
        ("30.11.2026", "Mo 30.11.2026"),
        ("1.2.2027", "Mo 01.02.2027"),
        (" 30.11.2026 14:00 ", "Mo 30.11.2026 14:00"),
        ("30.11.", "Mo 30.11.2026"),
        ("29.2.", "Di 29.02.2028"),
        ("30.11. 14:00", "Mo 30.11.2026 14:00"),
        ("morgen 9:00", "So 22.11.2026 09:00"),
        ("fr 16:30", "Fr 27.11.2026 16:30"),
        ("+3d  8:00", "Di 24.11.2026 08:00"),
        ("Mo 30.11.2026", "Mo 30.11.2026"),
        ("Mo. 30.11. 14:00", "Mo 30.11.2026 14:00"),
        ("Mon, 2026-11-30", "Mo 30.11.2026"),
    ] {
        assert_eq!(instant(text), expected, "{text}");
    }
}

#[test]
fn words_offsets_and_weekdays() {
    for (text, expected) in [
        ("heute", "Sa 21.11.2026"),
        ("Morgen", "So 22.11.2026"),
        ("übermorgen", "Mo 23.11.2026"),
        ("ÜBERMORGEN", "Mo 23.11.2026"),
        ("gestern", "Fr 20.11.2026"),
        ("today", "Sa 21.11.2026"),
        ("yesterday", "Fr 20.11.2026"),
        ("+3d", "Di 24.11.2026"),
        ("-1d", "Fr 20.11.2026"),
        ("+2w", "Sa 05.12.2026"),
        ("+1m", "Mo 21.12.2026"),
        ("-9m", "Sa 21.02.2026"),
        ("+4h", "Sa 21.11.2026 19:30"),
        ("-16h", "Fr 20.11.2026 23:30"),
        ("mo", "Mo 23.11.2026"),
        ("sa", "Sa 21.11.2026"),
        ("fri", "Fr 27.11.2026"),
        ("kw48", "Mo 23.11.2026"),
        ("kw47", "Mo 16.11.2026"),
        ("kw5", "Mo 01.02.2027"),
        ("monatsende", "Mo 30.11.2026"),
        ("quartalsende", "Do 31.12.2026"),
        ("jahresende", "Do 31.12.2026"),
        ("2026-q4", "Do 01.10.2026"),
        ("2027-02", "Mo 01.02.2027"),
        ("2026-11-23..2026-11-25", "Mo 23.11.2026"),
    ] {
        assert_eq!(instant(text), expected, "{text}");
    }
}

#[test]
fn working_days_go_by_the_calendar() {
    let calendar = Calendar::daily(BERLIN, "08:00-17:00".parse().unwrap()).with_window(None, None, false, false);
    let day = |text| parse_day(text, &now().working(&calendar), Lean::Forward).unwrap().to_string();
    assert_eq!(day("+3at"), "2026-11-25");
    assert_eq!(day("-1at"), "2026-11-20");
    assert_eq!(parse_day("+3at", &now(), Lean::Forward).unwrap_err().kind(), Kind::Usage);
}

#[test]
fn a_day_used_as_an_end_is_included() {
    let end = |text| german::instant(parse_end(text, &now(), Lean::Forward).unwrap(), BERLIN);
    assert_eq!(end("2026-11-30"), "Di 01.12.2026");
    assert_eq!(end("2026-11"), "Di 01.12.2026");
    assert_eq!(end("2026-10-25"), "Mo 26.10.2026");
    assert_eq!(end("2026-11-30T14:00"), "Mo 30.11.2026 14:00");
}

#[test]
fn ranges_are_half_open_instants() {
    for (text, expected) in [
        ("2026-11", "01.11.2026..01.12.2026"),
        ("2026-q4", "01.10.2026..01.01.2027"),
        ("2026-w53", "28.12.2026..04.01.2027"),
        ("heute", "21.11.2026..22.11.2026"),
        ("monatsende", "30.11.2026..01.12.2026"),
        ("1.11.2026..heute", "01.11.2026..22.11.2026"),
        ("2026-10..2026-11", "01.10.2026..01.12.2026"),
        ("-7d..gestern", "14.11.2026..21.11.2026"),
        ("mo..fr", "23.11.2026..28.11.2026"),
        ("28.12...3.1.", "28.12.2026..04.01.2027"),
        ("-24h..+1h", "20.11.2026 15:30..21.11.2026 16:30"),
    ] {
        assert_eq!(days(text, Lean::Forward), expected, "{text}");
    }
}

#[test]
fn looking_back_takes_the_latest_not_after_today() {
    let day = |text| german::day(parse_day(text, &now(), Lean::Back).unwrap());
    assert_eq!(day("30.11."), "So 30.11.2025");
    assert_eq!(day("21.11."), "Sa 21.11.2026");
    assert_eq!(day("mo"), "Mo 16.11.2026");
    assert_eq!(day("29.2."), "Do 29.02.2024");
    assert_eq!(day("kw48"), "Mo 24.11.2025");
    assert_eq!(day("kw47"), "Mo 16.11.2026");
    assert_eq!(days("1.11...15.11.", Lean::Back), "01.11.2026..16.11.2026");
    assert_eq!(days("mo..fr", Lean::Back), "16.11.2026..21.11.2026");
}

#[test]
fn anything_else_is_a_usage_error_with_three_examples() {
    for wrong in [
        "",
        " ",
        "foo",
        "gestrn",
        "31.11.2026",
        "31.11.",
        "0.1.",
        "30.11",
        "30.11.26",
        "2026-13",
        "2026-02-30",
        "2026-q5",
        "2026-1-1",
        "0000-01-01",
        "kw54",
        "kw0",
        "kw",
        "+3",
        "+d",
        "++3d",
        "3d",
        "+3y",
        "+1000000d",
        "+999999m",
        "2026-11-30T25:00",
        "2026-11-30T08:00+99:00",
        "2026-11-30T",
        "20261130",
        "..",
        "heute..",
        "..heute",
        "heute..foo",
        "infinity",
        "11/30/2026",
        "٣.١.",
        "é.1.",
        "2026-11-30T08:00:00.5é",
        "Di 30.11.2026",
        "mo heute",
        "mo mo 30.11.2026",
        "2026-11 14:00",
        "kw48 14:00",
        "14:00",
        "heute 24:00",
    ] {
        let error = parse_instant(wrong, &now(), Lean::Forward).expect_err(wrong);
        assert_eq!(error.kind(), Kind::Usage, "{wrong}");
        assert_eq!(error.hints().join("").matches(", ").count(), 2, "{wrong}");
    }
    assert!(parse_range("2026-11-30T08:00", &now(), Lean::Forward).is_err());
    let message = parse_range("heute..gestern", &now(), Lean::Forward).unwrap_err().to_string();
    assert_eq!(message, "the range \"heute..gestern\" ends before it begins");
}

#[test]
fn the_day_is_the_zones_and_not_that_of_utc() {
    let late = Moment::new("2026-11-21T23:30:00Z".parse().unwrap(), BERLIN);
    assert_eq!(parse_day("heute", &late, Lean::Forward).unwrap().to_string(), "2026-11-22");
}

#[test]
fn a_local_time_that_there_is_not_or_twice() {
    let utc = |text| parse_instant(text, &now(), Lean::Forward).unwrap().to_string();
    // the clocks jump from 02:00 to 03:00 …
    assert_eq!(utc("2027-03-28 02:30"), "2027-03-28 01:00:00 UTC");
    assert_eq!(utc("28.3.2027 02:00"), "2027-03-28 01:00:00 UTC");
    assert_eq!(utc("28.3. 03:00"), "2027-03-28 01:00:00 UTC");
    // … and back: the first of the two, unless the offset says which
    assert_eq!(utc("2026-10-25T02:30"), "2026-10-25 00:30:00 UTC");
    assert_eq!(utc("2026-10-25T02:30+02:00"), "2026-10-25 00:30:00 UTC");
    assert_eq!(utc("2026-10-25T02:30+01:00"), "2026-10-25 01:30:00 UTC");
    // a day across them has 23 or 25 hours
    let hours = |text| {
        let range = parse_range(text, &now(), Lean::Forward).unwrap();
        (range.end - range.start).num_hours()
    };
    assert_eq!((hours("2027-03-28"), hours("2026-10-25"), hours("2026-10-26")), (23, 25, 24));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_text_panics(text in "[0-9.+\\-:tzqwkhdma üé]{0,14}") {
        for lean in [Lean::Forward, Lean::Back] {
            let _ = parse_end(&text, &now(), lean);
            let _ = parse_range(&text, &now(), lean);
        }
    }
    #[test]
    fn no_words_panic(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "heute", "mo", "kw", "53", "+", "-", "999999", "d", "at", "m", "h", "..", " ", ".", "30.11.", "2026", "-q", "4",
            "14:00", "monatsende", "t", "z", "0", "9999-12-31", "0001-01-01", "ü", "\u{0}", "٣",
        ]), 0..7,
    )) {
        let text = words.concat();
        let calendar = Calendar::daily(BERLIN, "08:00-17:00".parse().unwrap());
        let edge: [DateTime<Utc>; 3] = ["2026-11-21T14:30:00Z", "0001-01-02T00:00:00Z", "9999-12-30T00:00:00Z"].map(|at| at.parse().unwrap());
        for at in edge {
            let moment = Moment::new(at, BERLIN).working(&calendar);
            for lean in [Lean::Forward, Lean::Back] {
                let _ = parse_instant(&text, &moment, lean);
                let _ = parse_day(&text, &moment, lean);
                let _ = parse_end(&text, &moment, lean);
                let _ = parse_range(&text, &moment, lean);
            }
        }
    }

    #[test]
    fn what_is_printed_is_parsed(minutes in -36_000_000_i64..200_000_000) {
        let at = DateTime::from_timestamp(minutes * 60, 0).unwrap();
        let local = at.with_timezone(&BERLIN);
        let parsed = |text: String| parse_instant(&text, &now(), Lean::Forward).unwrap();
        // as in JSON and TSV
        proptest::prop_assert_eq!(parsed(local.to_rfc3339_opts(chrono::SecondsFormat::Secs, false)), at);
        proptest::prop_assert_eq!(parsed(at.to_rfc3339()), at);
        // as in a table; of the hour that comes twice it is the first
        let first = crate::calendar::zone::from_local(local.naive_local(), BERLIN);
        proptest::prop_assert_eq!(parsed(german::instant(at, BERLIN)), first);
        proptest::prop_assert_eq!(parsed(local.format("%d.%m.%Y %H:%M").to_string()), first);
        let day = local.date_naive();
        for text in [day.to_string(), german::day(day), german::date(day)] {
            proptest::prop_assert_eq!(parse_day(&text, &now(), Lean::Back).unwrap(), day);
        }
        // a promise is printed as the day that ends
        let promise = crate::calendar::PromiseDay::of(crate::calendar::end_of_day(day, BERLIN), BERLIN);
        proptest::prop_assert_eq!(
            parse_end(&promise.to_string(), &now(), Lean::Forward).unwrap(),
            crate::calendar::end_of_day(day, BERLIN)
        );
    }
}
