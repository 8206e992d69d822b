//! `wvl calendar … --jsonl` as another program uses it: many lines, hostile lines, one line at a time.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::env::environment::{Run, bare_command};

const ASKED: &str = r#""from":"2026-11-19T00:00:00+01:00","hours":16,"window":["08:00","18:00"],"holidays":"DE-BW"}"#;

fn answered(verb: &str, input: &[u8]) -> Run {
    let mut command = bare_command(&["calendar", verb, "--jsonl"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // a run that ends at a wrong line leaves the rest unread
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap().into()
    })
}

fn lines(count: usize) -> Vec<String> {
    (0..count).map(|id| format!("{{\"id\":{id},{ASKED}")).collect()
}

#[test]
fn many_lines_come_back_in_their_order() {
    let lines = lines(30_000);
    let run = answered("add", lines.join("\n").as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let answers: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(answers.len(), lines.len());
    for (line, answer) in lines.iter().zip(answers) {
        assert_eq!(answer, format!("{},\"at\":\"2026-11-20T13:00:00Z\"}}", line.strip_suffix('}').unwrap()));
    }
}

#[test]
fn a_hostile_line_is_named_after_the_answers_to_those_before_it() {
    let huge = format!("{{\"note\":\"{}\",{ASKED}", "x".repeat(3_000_000));
    let deep = format!("{{\"note\":{}{},{ASKED}", "[".repeat(100_000), "]".repeat(99_999));
    for (hostile, told) in [
        (b"{\"from\":\"\xff\"}".as_slice(), "not valid UTF-8"),
        (b"{", "EOF while parsing"),
        (b"null", "must be a JSON object"),
        (b"{\"from\":1}", "invalid type: integer `1`, expected a string"),
        (b"{\"from\":\"2026-11-19\",\"from\":\"2026-11-19\"}", "duplicate field `from`"),
        (deep.as_bytes(), "column "),
    ] {
        let mut input = lines(9_998).join("\n").into_bytes();
        input.extend_from_slice(b"\n");
        input.extend_from_slice(huge.as_bytes());
        input.extend_from_slice(b"\n");
        input.extend_from_slice(hostile);
        input.extend_from_slice(format!("\n{}\n", lines(5_000).join("\n")).as_bytes());
        let run = answered("add", &input);
        assert_eq!((run.code, run.stdout.lines().count()), (65, 9_999), "{told}");
        assert!(run.stderr.contains("line 10000: ") && run.stderr.contains(told), "{told}: {}", run.stderr);
    }
}

#[test]
fn an_asker_who_waits_for_each_answer_gets_it() {
    let mut command = bare_command(&["calendar", "add", "--jsonl"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for line in lines(3) {
        // the beginning of the next line may have been sent too
        stdin.write_all(format!("{line}\n  ").as_bytes()).unwrap();
        stdin.flush().unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.contains("\"at\":"), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
