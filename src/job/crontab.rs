//! The block of wvl in somebody's crontab: written, replaced and taken out, with every byte beside it left as it is. Pure.
//!
//! A block belongs to one configuration, so that two of them can stand in one crontab. It stands at the end, where what the
//! crontab sets (MAILTO) counts for it too.

use std::ops::Range;

use super::{Call, Job, Schedule, idle};
use crate::error::{Error, Result};
use crate::settings::Settings;

const BEGIN: &str = "# BEGIN wvl";
const END: &str = "# END wvl";
/// How a block is called that belongs to no configuration.
pub const DEFAULTS: &str = "(ohne Konfiguration)";
/// Says that the line break before the block is ours too.
const OPEN_END: &str = "# (die Zeile vor diesem Block endete ohne Zeilenumbruch)";

/// A job and when it runs.
pub type Entry<'s> = (&'static Job, &'s Schedule);

/// What a block is made of.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// How a job is called.
    pub call: &'a Call,
    /// The jobs.
    pub entries: &'a [Entry<'a>],
    /// The zone in which cron of this machine reads the times.
    pub zone: &'a str,
    /// Whose jobs they are, where the crontab has a column for it (`/etc/cron.d`).
    pub user: Option<&'a str>,
}

impl Block<'_> {
    /// What the block is known by.
    pub fn name(&self) -> &str {
        self.call.config().unwrap_or(DEFAULTS)
    }

    /// The lines between the marks.
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            "# Von „wvl cron install“; was hier geändert wird, geht beim nächsten Mal verloren: Zeiten stehen in der"
                .to_owned(),
            format!("# Konfiguration unter [job.…]. Sie gelten in der Zeitzone dieser Maschine: {}.", self.zone),
        ];
        for (job, schedule) in self.entries {
            let user = self.user.map(|user| format!("{user} ")).unwrap_or_default();
            lines.push(format!("# {}", job.about));
            lines.push(format!("{schedule} {user}{}", self.call.crontab(job)));
        }
        lines
    }

    /// The whole block.
    pub fn text(&self) -> String {
        self.between(&[])
    }

    fn between(&self, first: &[&str]) -> String {
        let mut lines = vec![format!("{BEGIN} {}", self.name())];
        lines.extend(first.iter().map(|line| (*line).to_owned()));
        lines.extend(self.lines());
        lines.push(format!("{END} {}", self.name()));
        lines.join("\n") + "\n"
    }
}

/// The crontab with this block, in place of an older one of the same name or at the end.
///
/// Errors: a block is damaged; then nobody can say what belongs to it.
pub fn install(crontab: &[u8], block: &Block<'_>) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    match find(crontab, block.name())? {
        Some(found) => {
            let first: &[&str] = if has_open_end(&crontab[found.clone()]) { &[OPEN_END] } else { &[] };
            text.extend_from_slice(&crontab[..found.start]);
            text.extend_from_slice(block.between(first).as_bytes());
            text.extend_from_slice(&crontab[found.end..]);
        }
        None => {
            let is_open = crontab.last().is_some_and(|last| *last != b'\n');
            text.extend_from_slice(crontab);
            if is_open {
                text.push(b'\n');
            }
            let first: &[&str] = if is_open { &[OPEN_END] } else { &[] };
            text.extend_from_slice(block.between(first).as_bytes());
        }
    }
    Ok(text)
}

/// The crontab without the block of this name; unchanged if it has none.
///
/// Errors: as [`install`].
pub fn remove(crontab: &[u8], name: &str) -> Result<Vec<u8>> {
    let Some(found) = find(crontab, name)? else { return Ok(crontab.to_vec()) };
    let mut start = found.start;
    // what stands behind the block needs the line break now
    if has_open_end(&crontab[found.clone()]) && found.end == crontab.len() {
        start = start.saturating_sub(1);
    }
    Ok([&crontab[..start], &crontab[found.end..]].concat())
}

/// The names of all blocks.
///
/// Errors: as [`install`].
pub fn names(crontab: &[u8]) -> Result<Vec<String>> {
    Ok(blocks(crontab)?.into_iter().map(|(name, _)| name).collect())
}

fn find(crontab: &[u8], name: &str) -> Result<Option<Range<usize>>> {
    let mut found = blocks(crontab)?.into_iter().filter(|(known, _)| known == name).map(|(_, range)| range);
    let first = found.next();
    match found.next() {
        Some(second) => Err(damaged(&format!(
            "has two blocks of wvl for {name}, the second in line {}",
            line_at(crontab, second.start)
        ))
        .hint("crontab -e: delete one of them, from # BEGIN wvl to # END wvl")),
        None => Ok(first),
    }
}

/// All blocks with their names, in order.
fn blocks(crontab: &[u8]) -> Result<Vec<(String, Range<usize>)>> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let mut at = 0;
    for line in crontab.split_inclusive(|byte| *byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        let end = at + line.len();
        if let Some(name) = marked(text, BEGIN) {
            if let Some((name, start)) = &open {
                return Err(without_end(crontab, name, *start));
            }
            open = Some((name.to_owned(), at));
        } else if let Some(name) = marked(text, END) {
            match open.take() {
                Some((begun, start)) if begun == name => blocks.push((begun, start..end)),
                Some((begun, start)) => return Err(without_end(crontab, &begun, start)),
                None => {
                    let line = line_at(crontab, at);
                    return Err(damaged(&format!("has the end of a block of wvl in line {line} and no beginning"))
                        .hint(format!("crontab -e: delete line {line}, and above it what was written by wvl")));
                }
            }
        }
        at = end;
    }
    match open {
        Some((name, start)) => Err(without_end(crontab, &name, start)),
        None => Ok(blocks),
    }
}

/// The name in a line with this mark.
fn marked<'l>(line: &'l str, mark: &str) -> Option<&'l str> {
    line.strip_prefix(mark)?.strip_prefix(' ')
}

fn has_open_end(block: &[u8]) -> bool {
    String::from_utf8_lossy(block).lines().any(|line| line.trim_end() == OPEN_END)
}

fn without_end(crontab: &[u8], name: &str, start: usize) -> Error {
    let line = line_at(crontab, start);
    damaged(&format!("has a block of wvl for {name} that begins in line {line} and has no end")).hint(format!(
        "crontab -e: write “{END} {name}” behind the last line that wvl has written, or delete its lines"
    ))
}

fn damaged(what: &str) -> Error {
    Error::data(format!("the crontab {what}; nothing was changed"))
}

fn line_at(crontab: &[u8], at: usize) -> usize {
    crontab[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// What changes, a line each with `-` or `+`; what stays is left out.
pub fn difference(before: &[u8], after: &[u8]) -> Vec<String> {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let alike = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let rest = (before.len() - alike).min(after.len() - alike);
    let behind = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(|(one, other)| one == other).count();
    let (old, new) = (&before[alike..before.len() - behind], &after[alike..after.len() - behind]);
    // most[i][j]: so many lines of old[i..] and new[j..] can stay
    let mut most = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            most[i][j] = if old[i] == new[j] { most[i + 1][j + 1] + 1 } else { most[i + 1][j].max(most[i][j + 1]) };
        }
    }
    let (mut lines, mut i, mut j) = (Vec::new(), 0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && most[i + 1][j] >= most[i][j + 1] {
            lines.push(format!("-{}", old[i]));
            i += 1;
        } else {
            lines.push(format!("+{}", new[j]));
            j += 1;
        }
    }
    lines
}

/// The jobs that a crontab gets, and those that are left out although they have a schedule, with the reason.
pub fn entries(settings: &Settings) -> (Vec<Entry<'_>>, Vec<(&'static Job, &'static str)>) {
    let (kept, left_out): (Vec<Entry<'_>>, Vec<Entry<'_>>) =
        settings.job.scheduled().partition(|(job, _)| idle::reason(settings, job).is_none());
    (kept, left_out.into_iter().filter_map(|(job, _)| Some((job, idle::reason(settings, job)?))).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::job::catalog::{ESCALATE_RUN, MAIL_FLUSH};

    fn call() -> Call {
        Call::new(Path::new("/usr/bin/wvl"), Some(Path::new("/etc/wvl/wvl.toml"))).unwrap()
    }

    fn schedules() -> [Schedule; 2] {
        ["*/10 * * * *".parse().unwrap(), "0 6 * * 1-5".parse().unwrap()]
    }

    fn with_block<T>(call: &Call, use_it: impl FnOnce(&Block<'_>) -> T) -> T {
        let [one, other] = schedules();
        let entries: [Entry<'_>; 2] = [(&ESCALATE_RUN, &one), (&MAIL_FLUSH, &other)];
        use_it(&Block { call, entries: &entries, zone: "Europe/Berlin", user: None })
    }

    #[test]
    fn a_block_says_what_runs_when() {
        let text = with_block(&call(), |block| block.text());
        assert_eq!(
            text,
            "# BEGIN wvl /etc/wvl/wvl.toml\n\
             # Von „wvl cron install“; was hier geändert wird, geht beim nächsten Mal verloren: Zeiten stehen in der\n\
             # Konfiguration unter [job.…]. Sie gelten in der Zeitzone dieser Maschine: Europe/Berlin.\n\
             # erinnert an alles, was überfällig ist, und verschickt die Mails\n\
             */10 * * * * /usr/bin/wvl -c /etc/wvl/wvl.toml escalate run\n\
             # verschickt, was noch wartet oder zurückgestellt wurde\n\
             0 6 * * 1-5 /usr/bin/wvl -c /etc/wvl/wvl.toml mail flush\n\
             # END wvl /etc/wvl/wvl.toml\n"
        );
    }

    #[test]
    fn a_new_schedule_takes_the_place_of_the_old_one() {
        let old = b"MAILTO=a@b.de\n# BEGIN wvl /etc/wvl/wvl.toml\n1 1 * * * old\n# END wvl /etc/wvl/wvl.toml\r\n0 0 * * * backup\n";
        let new = with_block(&call(), |block| install(old, block)).unwrap();
        let text = String::from_utf8(new.clone()).unwrap();
        assert!(text.starts_with("MAILTO=a@b.de\n# BEGIN") && text.ends_with("\n0 0 * * * backup\n"));
        assert!(!text.contains("old"));
        let told = difference(old, &new);
        assert!(told.contains(&"-1 1 * * * old".to_owned()) && !told.iter().any(|line| line.contains("backup")));
        assert_eq!(difference(b"a\nb\nc\nd\n", b"a\nx\nc\ny\nd\n"), ["-b", "+x", "+y"]);
        assert_eq!(remove(&new, "/etc/wvl/wvl.toml").unwrap(), b"MAILTO=a@b.de\n0 0 * * * backup\n");
    }

    #[test]
    fn two_configurations_have_a_block_each() {
        let other = Call::new(Path::new("/usr/bin/wvl"), None).unwrap();
        let both =
            with_block(&other, |block| install(&with_block(&call(), |own| install(b"", own)).unwrap(), block)).unwrap();
        assert_eq!(names(&both).unwrap(), ["/etc/wvl/wvl.toml", DEFAULTS]);
        let one = remove(&both, DEFAULTS).unwrap();
        assert_eq!(one, with_block(&call(), |own| install(b"", own)).unwrap());
        assert_eq!(remove(&one, DEFAULTS).unwrap(), one);
    }

    #[test]
    fn a_damaged_block_is_left_alone_and_named() {
        let told = |text: &str| {
            let error = with_block(&call(), |block| install(text.as_bytes(), block)).unwrap_err();
            assert!(remove(text.as_bytes(), "/etc/wvl/wvl.toml").is_err(), "{text}");
            (error.to_string(), error.hints().concat())
        };
        let name = "/etc/wvl/wvl.toml";
        let (said, hint) = told(&format!("a\n# BEGIN wvl {name}\n* * * * * wvl\nb\n"));
        assert_eq!(
            said,
            format!(
                "the crontab has a block of wvl for {name} that begins in line 2 and has no end; nothing was changed"
            )
        );
        assert!(hint.contains(&format!("# END wvl {name}")), "{hint}");
        for (text, part) in [
            (format!("x\n# END wvl {name}\n"), "the end of a block of wvl in line 2 and no beginning"),
            (format!("# BEGIN wvl {name}\n# BEGIN wvl /other\n# END wvl /other\n"), "begins in line 1 and has no end"),
            (format!("# BEGIN wvl {name}\n# END wvl /other\n"), "begins in line 1 and has no end"),
            (format!("# BEGIN wvl {name}\n# END wvl {name}\n").repeat(2), "two blocks of wvl"),
        ] {
            assert!(told(&text).0.contains(part), "{text}");
        }
    }

    proptest! {
        /// Whatever stands in a crontab: installed once or twice it is the same, and removed it is as it was.
        #[test]
        fn everything_beside_the_block_stays(lines in prop::collection::vec("[^\n]{0,20}", 0..6), open: bool, bytes: Vec<u8>) {
            let mut text = lines.join("\n").into_bytes();
            text.extend(&bytes);
            if !open {
                text.push(b'\n');
            }
            let (once, twice) = with_block(&call(), |block| {
                let once = install(&text, block).unwrap();
                (once.clone(), install(&once, block).unwrap())
            });
            prop_assert_eq!(&once, &twice);
            prop_assert!(once.starts_with(&text));
            prop_assert_eq!(remove(&twice, "/etc/wvl/wvl.toml").unwrap(), text);
        }
    }
}
