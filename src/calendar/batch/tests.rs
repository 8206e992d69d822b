use super::*;

fn ask(question: Question, line: &str) -> Result<String, String> {
    let mut out = Vec::new();
    Batch::new(chrono_tz::Europe::Berlin).answer(question, line, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

/// Only the answer, that is, what follows the line as it was given.
fn answered(question: Question, line: &str) -> String {
    let answer = ask(question, line).unwrap();
    let given = line.strip_suffix('}').unwrap();
    answer.strip_prefix(given).unwrap().trim_start_matches(',').strip_suffix('}').unwrap().to_owned()
}

#[test]
fn a_line_comes_back_as_it_was_with_its_answer() {
    let line = r#"{"id":7,"from":"2026-11-19T00:00:00+01:00","to":"2026-11-20T13:00:00Z","window":["08:00","18:00"],"saturday":false,"sunday":false,"holidays":"DE-BW","zone":"Europe/Berlin"}"#;
    assert_eq!(
        ask(Question::Elapsed, line).unwrap(),
        format!(r#"{},"seconds":57600}}"#, line.strip_suffix('}').unwrap())
    );
}

#[test]
fn the_example_of_the_stages_in_both_directions() {
    let add = r#"{"from":"2026-11-19","hours":16,"window":["08:00","18:00"]}"#;
    assert_eq!(answered(Question::Add, add), r#""at":"2026-11-20T13:00:00Z""#);
    let back = r#"{"now":"2026-11-20T13:00:00Z","hours":16,"window":["08:00","18:00"]}"#;
    assert_eq!(answered(Question::LatestStart, back), r#""at":"2026-11-19T07:00:00Z""#);
}

#[test]
fn none_in_range_is_null() {
    let never = r#"{"now":"2026-11-20T13:00:00Z","hours":1,"windows":[[],[],[],[],[],[],[]]}"#;
    assert_eq!(answered(Question::LatestStart, never), r#""at":null"#);
    let endless = r#"{"from":"2026-11-20T13:00:00Z","hours":1e300}"#;
    assert_eq!(answered(Question::Add, endless), r#""at":null"#);
}

#[test]
fn windows_closed_half_and_regional_are_accepted() {
    let seconds = |rest: &str, from: &str, to: &str| {
        answered(Question::Elapsed, &format!(r#"{{"from":"{from}","to":"{to}",{rest}}}"#))
    };
    let lunch = r#""windows":[[["13:00","17:00"],["08:00","12:00"]],[],[],[],[],[["09:00","13:00"]],[]]"#;
    // Saturday 4 h, Monday 8 h
    assert_eq!(seconds(lunch, "2026-11-21", "2026-11-23"), format!(r#""seconds":{}"#, 12 * 3600));
    // said to be off, Saturday is off
    let off = format!(r#"{lunch},"saturday":false"#);
    assert_eq!(seconds(&off, "2026-11-21", "2026-11-23"), format!(r#""seconds":{}"#, 8 * 3600));
    let closing = r#""window":["08:00","18:00"],"closed":["2026-12-22","12-31"],"half":{"2026-12-24":"12:00"}"#;
    // Mon 21. 10 h, Tue 22. closed, Wed 23. 10 h, Thu 24. 4 h
    assert_eq!(seconds(closing, "2026-12-21", "2026-12-24"), format!(r#""seconds":{}"#, 24 * 3600));
    assert_eq!(seconds(closing, "2026-12-31", "2026-12-31"), r#""seconds":0"#);
    let assumption = r#""window":["08:00","18:00"],"saturday":true,"holidays":"DE-BY","regional":["assumption"]"#;
    assert_eq!(seconds(assumption, "2026-08-15", "2026-08-15"), r#""seconds":0"#);
}

#[test]
fn both_nights_on_which_the_clock_changes() {
    let day = |date: &str| {
        answered(
            Question::Elapsed,
            &format!(r#"{{"from":"{date}","to":"{date}","window":["00:00","24:00"],"sunday":true}}"#),
        )
    };
    assert_eq!(day("2026-03-29"), format!(r#""seconds":{}"#, 23 * 3600));
    assert_eq!(day("2026-10-25"), format!(r#""seconds":{}"#, 25 * 3600));
}

#[test]
fn recurring_dates_end_with_until_or_count() {
    let counted = r#"{"start":"2027-01-31","every":"1m","count":3}"#;
    assert_eq!(answered(Question::Recur, counted), r#""dates":["2027-01-31","2027-02-28","2027-03-31"]"#);
    let until = r#"{"start":"2027-01-31","every":"2w","until":"2027-02-14"}"#;
    assert_eq!(answered(Question::Recur, until), r#""dates":["2027-01-31","2027-02-14"]"#);
    assert!(ask(Question::Recur, r#"{"start":"2027-01-31","every":"1m"}"#).unwrap_err().contains("until or count"));
}

#[test]
fn holidays_of_a_line() {
    let days = answered(Question::Holidays, r#"{"year":2026,"state":"DE-TH"}"#);
    assert!(days.contains(r#"{"date":"2026-09-20","name":"Weltkindertag"}"#), "{days}");
}

#[test]
fn an_answer_can_be_asked_again() {
    let line = r#"{"from":"2026-11-19","hours":16,"window":["08:00","18:00"]}"#;
    let once = ask(Question::Add, line).unwrap();
    let twice: serde_json::Value = serde_json::from_str(&ask(Question::Add, &once).unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&once).unwrap(), twice);
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    for (question, line, expected) in [
        (Question::Elapsed, "", "JSON object"),
        (Question::Elapsed, "[1]", "JSON object"),
        (Question::Elapsed, r#"{"from":"2026-11-19""#, "column "),
        (Question::Elapsed, r#"{"from":"2026-11-19"}"#, "to: missing"),
        (Question::Elapsed, r#"{"from":"yesterday","to":"2026-11-19"}"#, "from: \"yesterday\""),
        (Question::Add, r#"{"from":"2026-11-19","hours":-1}"#, "hours: -1 is negative"),
        (Question::Add, r#"{"from":"2026-11-19","hours":"1"}"#, "column "),
        (Question::Add, r#"{"from":"2026-11-19","hours":1,"window":["18:00","08:00"]}"#, "window: the window"),
        (Question::Add, r#"{"from":"2026-11-19","hours":1,"holidays":"BW"}"#, "holidays: \"BW\""),
        (Question::Add, r#"{"from":"2026-11-19","hours":1,"zone":"Mars"}"#, "zone: there is no time zone \"Mars\""),
        (Question::Add, r#"{"from":"2026-11-19","hours":1,"windows":[[]]}"#, "column "),
        (Question::Recur, r#"{"start":"2026-11-19","every":"0d","count":1}"#, "\"0d\" is not an interval"),
    ] {
        let message = ask(question, line).unwrap_err();
        assert!(message.contains(expected), "{line}: {message}");
    }
}
