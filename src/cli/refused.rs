//! A refused command line as one of our errors, for programs: what clap tells people in paragraphs.

use wvl::error::Error;

/// The same as clap tells: what is wrong, and its first tip. `told` is its text without colours.
pub fn as_error(told: &str) -> Error {
    let mut paragraphs = told.split("\n\n").map(str::trim);
    let wrong = paragraphs.next().unwrap_or_default();
    let lines: Vec<&str> = wrong.lines().map(str::trim).collect();
    let message = lines.join(" ");
    let error = Error::usage(message.strip_prefix("error: ").unwrap_or(&message));
    match paragraphs.find_map(|paragraph| paragraph.strip_prefix("tip: ")) {
        Some(tip) => error.hint(tip.lines().next().unwrap_or_default()),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_and_what_was_meant() {
        let told = "error: unexpected argument '--colums' found\n\n  tip: a similar argument exists: '--columns'\n\n\
                    Usage: wvl customer list\n\nFor more information, try '--help'.\n";
        let error = as_error(told);
        assert_eq!(error.to_string(), "unexpected argument '--colums' found");
        assert_eq!(error.hints(), ["a similar argument exists: '--columns'"]);
        let told =
            "error: the following required arguments were not provided:\n  <SQL|FILE>\n\nUsage: wvl query <SQL|FILE>\n";
        let error = as_error(told);
        assert_eq!(error.to_string(), "the following required arguments were not provided: <SQL|FILE>");
        assert_eq!(error.hints(), [""; 0]);
    }
}
