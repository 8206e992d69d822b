use std::collections::BTreeMap;

use super::{Dice, Place};
use crate::calendar::CalendarSettings;
use crate::escalation::explain::folding::{Row, fold};
use crate::escalation::explain::intervals::{Interval, merged, times};
use crate::escalation::rules::Clock;
use crate::escalation::silences::SilenceKind;
use crate::escalation::tests::simulator::{BERLIN, at, office, rules};
use crate::escalation::timing::Count;

/// `18:00–Mo 08:00 0 night`: times, seconds counted in hours, reason.
fn told(pieces: &[Interval]) -> Vec<String> {
    let line = |piece: &Interval| {
        let hours = piece.seconds() as f64 / 3600.0;
        let silence = piece.silence.map_or(String::new(), |kind| format!(" {}", kind.as_str()));
        format!("{} {hours} {}{silence}", times(piece.from, piece.to, BERLIN), piece.reason.word())
    };
    merged(pieces).iter().map(line).collect()
}

/// An office with a lunch break, on Saturdays too.
fn with_lunch() -> CalendarSettings {
    let day = || vec!["08:00-12:00".to_owned(), "13:00-17:00".to_owned()];
    CalendarSettings {
        state: Some("DE-BW".to_owned()),
        closed: vec!["12-31".to_owned(), "2026-12-28..2026-12-30".to_owned()],
        half: BTreeMap::from([("12-24".to_owned(), "10:00".to_owned())]),
        mon: day(),
        tue: day(),
        wed: Vec::new(),
        thu: day(),
        fri: day(),
        sat: vec!["09:00-12:00".to_owned()],
        ..CalendarSettings::default()
    }
}

#[test]
fn every_reason_has_its_time() {
    let mut rules = rules("offer-follow-up");
    (rules.from, rules.to) = (None, None);
    let place = Place::within(&with_lunch(), rules);
    // from a Tuesday over Christmas to the Monday after New Year
    let ground = place.ground(Clock::Working, &[], &[]);
    assert_eq!(
        told(&ground.pieces(at("2026-12-22 11:00"), at("2027-01-04 09:00"), 0)),
        [
            "11:00–12:00 1 window",
            "12:00–13:00 0 break",
            "13:00–17:00 4 window",
            "17:00–24:00 0 night",
            "00:00–24:00 0 no_window",
            // Christmas Eve until ten
            "00:00–08:00 0 night",
            "08:00–10:00 2 window",
            "10:00–17:00 0 half_day",
            "17:00–24:00 0 night",
            // a Friday and a Saturday, each by its name
            "00:00–24:00 0 holiday",
            "00:00–24:00 0 holiday",
            "00:00–24:00 0 sunday",
            // company holidays and New Year's Eve
            "00:00–Do 24:00 0 closed",
            "00:00–24:00 0 holiday",
            // the type does not tick Saturdays
            "00:00–24:00 0 saturday",
            "00:00–24:00 0 sunday",
            "00:00–08:00 0 night",
            "08:00–09:00 1 window",
        ]
    );
    let mut rules = place.rules.clone();
    rules.saturday = true;
    let place = Place::within(&with_lunch(), rules);
    let ground = place.ground(Clock::Working, &[], &[]);
    assert_eq!(
        told(&ground.pieces(at("2027-01-02"), at("2027-01-03"), 0)),
        ["00:00–09:00 0 night", "09:00–12:00 3 window", "12:00–24:00 0 night"]
    );
}

/// The example of the rules: waiting from Thursday 13:00 to Monday 10:00.
#[test]
fn a_pause_is_one_piece_over_night_and_weekend() {
    let place = Place::new(rules("helpdesk-high"));
    let pauses = [(at("2026-11-19 13:00"), at("2026-11-23 10:00"))];
    let pieces = place.ground(Clock::Working, &pauses, &[]).pieces(at("2026-11-18 12:00"), at("2026-11-23 17:00"), 0);
    assert_eq!(
        told(&pieces),
        [
            "12:00–17:00 5 window",
            "17:00–Do 09:00 0 night",
            "09:00–13:00 4 window",
            "13:00–Mo 10:00 0 paused",
            "10:00–17:00 7 window",
        ]
    );
    assert_eq!(pieces.last().unwrap().sum, 16 * 3600);
}

#[test]
fn the_clock_runs_on_under_silence_and_says_so() {
    let place = Place::new(rules("offer-follow-up"));
    let silences = [
        (SilenceKind::Acknowledged, at("2026-11-19 10:00"), at("2026-11-20 10:00")),
        (SilenceKind::Muted, at("2026-11-19 16:00"), at("2026-11-19 17:00")),
    ];
    let pieces = place.ground(Clock::Working, &[], &silences).pieces(at("2026-11-19 08:00"), at("2026-11-20 12:00"), 0);
    assert_eq!(
        told(&pieces),
        [
            "08:00–10:00 2 window",
            "10:00–16:00 6 window acknowledged",
            "16:00–17:00 1 window muted",
            "17:00–18:00 1 window acknowledged",
            "18:00–Fr 08:00 0 night acknowledged",
            "08:00–10:00 2 window acknowledged",
            "10:00–12:00 2 window",
        ]
    );
    assert_eq!(pieces.last().unwrap().sum, 14 * 3600);
}

#[test]
fn the_nights_of_the_clock_are_an_hour_longer_and_shorter() {
    let always = || vec!["00:00-24:00".to_owned()];
    let settings = CalendarSettings { sat: always(), sun: always(), mon: always(), ..CalendarSettings::default() };
    let mut rules = rules("helpdesk-high");
    (rules.from, rules.to, rules.saturday, rules.sunday) = (None, None, true, true);
    let place = Place::within(&settings, rules.clone());
    let ground = place.ground(Clock::Working, &[], &[]);
    let autumn = ground.pieces(at("2026-10-24"), at("2026-10-27"), 0);
    assert_eq!(told(&autumn), ["00:00–24:00 24 window", "00:00–24:00 25 window", "00:00–24:00 24 window"]);
    let spring = ground.pieces(at("2026-03-28"), at("2026-03-31"), 0);
    assert_eq!(told(&spring), ["00:00–24:00 24 window", "00:00–24:00 23 window", "00:00–24:00 24 window"]);

    // a window from half past two to four: in autumn half past two comes twice, in spring it is three already
    let settings = CalendarSettings { sun: vec!["02:30-04:00".to_owned()], ..CalendarSettings::default() };
    let place = Place::within(&settings, rules);
    let ground = place.ground(Clock::Working, &[], &[]);
    for (from, to) in [("2026-10-25", "2026-10-26"), ("2026-03-29", "2026-03-30")] {
        let pieces = ground.pieces(at(from), at(to), 0);
        let count = Count::new(Clock::Working, &place.timeline, &[]);
        assert_eq!(pieces.last().unwrap().sum, count.seconds(at(from), at(to)), "{:?}", told(&pieces));
    }
}

/// Whatever the pauses and silences: no gap, no overlap, and to the second what the engine counts.
#[test]
fn the_pieces_count_what_the_engine_counts() {
    let mut dice = Dice(7);
    for key in ["offer-follow-up", "helpdesk-high", "birthday"] {
        for settings in [office(), with_lunch()] {
            let place = Place::within(&settings, rules(key));
            for _ in 0..40 {
                let from = at("2026-01-01") + dice.within_days(400);
                let to = from + dice.within_days(60);
                let earlier = from - dice.within_days(20);
                let pauses = dice.pauses(earlier);
                let since = from + dice.within_days(10);
                let silences = [(SilenceKind::Muted, since, since + dice.within_days(10))];
                for clock in [Clock::Working, Clock::Wall] {
                    let pieces = place.ground(clock, &pauses, &silences).pieces(from, to, 0);
                    let count = Count::new(clock, &place.timeline, &pauses).seconds(from, to);
                    assert_eq!(pieces.last().map_or(0, |last| last.sum), count, "{from} {to} {pauses:?}");
                    let mut at = from;
                    for piece in &pieces {
                        assert_eq!(piece.from, at);
                        assert!(piece.to > piece.from);
                        at = piece.to;
                    }
                    assert!(pieces.is_empty() || at == to);
                    check_folds(&pieces, count);
                }
            }
        }
    }
}

/// Folded or not, the rows hold the same time and the same sum, and there are never many.
fn check_folds(pieces: &[Interval], count: i64) {
    for all in [false, true] {
        let rows = fold(pieces, BERLIN, all);
        let seconds = |row: &Row| match row {
            Row::Interval(interval) => (interval.seconds(), interval.sum),
            Row::Fold(fold) => (fold.seconds, fold.sum),
        };
        let mut sum = 0;
        for row in &rows {
            let (of_row, sum_of_row) = seconds(row);
            sum += of_row;
            assert_eq!(sum_of_row, sum, "{rows:?}");
        }
        assert_eq!(sum, count);
        assert!(all || rows.len() <= 40, "{}", rows.len());
    }
}

#[test]
fn years_are_told_on_a_screen() {
    let place = Place::new(rules("offer-follow-up"));
    for days in [1, 3, 8, 20, 40, 100, 300, 700, 2400] {
        let (from, to) = (at("2026-11-20") - chrono::TimeDelta::days(days), at("2026-11-20 16:00"));
        let pieces = place.ground(Clock::Working, &[], &[]).pieces(from, to, 0);
        let rows = fold(&pieces, BERLIN, false);
        assert!(rows.len() <= 48, "{days} days: {} rows", rows.len());
        // what happened last is told piece by piece
        assert!(matches!(rows.last(), Some(Row::Interval(_))));
        check_folds(&pieces, Count::new(Clock::Working, &place.timeline, &[]).seconds(from, to));
    }
    // a holiday that takes time away is named, one on a Sunday is not
    let pieces = place.ground(Clock::Working, &[], &[]).pieces(at("2026-05-01"), at("2026-11-20"), 0);
    let rows = fold(&pieces, BERLIN, false);
    let holidays: Vec<&str> = rows
        .iter()
        .flat_map(|row| match row {
            Row::Fold(fold) => fold.holidays.clone(),
            Row::Interval(_) => Vec::new(),
        })
        .collect();
    assert_eq!(holidays, ["Erster Mai", "Christi Himmelfahrt", "Pfingstmontag", "Fronleichnam"]);
}
