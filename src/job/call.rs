//! How a job is called from a crontab or a unit: the program and its configuration by their whole paths, quoted for whoever
//! reads the line. Pure.

use std::path::Path;

use super::Job;
use crate::error::{Error, Result};

/// The program and its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    program: String,
    config: Option<String>,
}

impl Call {
    /// Refuses what no line of a crontab can say.
    pub fn new(program: &Path, config: Option<&Path>) -> Result<Call> {
        Ok(Call { program: plain(program)?, config: config.map(plain).transpose()? })
    }

    /// The configuration.
    pub fn config(&self) -> Option<&str> {
        self.config.as_deref()
    }

    /// Program and arguments, for this command of wvl.
    pub fn argv(&self, command: &str) -> Vec<String> {
        let mut argv = vec![self.program.clone()];
        if let Some(config) = &self.config {
            argv.extend(["-c".to_owned(), config.clone()]);
        }
        argv.extend(command.split(' ').map(str::to_owned));
        argv
    }

    /// For a shell.
    pub fn shell(&self, command: &str) -> String {
        self.argv(command).iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// For a line of a crontab: cron makes a line break of `%` before the shell sees it.
    pub fn crontab(&self, job: &Job) -> String {
        self.shell(job.command).replace('%', "\\%")
    }

    /// For `ExecStart=`: neither specifiers nor variables are meant.
    pub fn systemd(&self, command: &str) -> String {
        let word = |word: &String| {
            let word = word.replace('%', "%%").replace('$', "$$");
            match word.contains(|letter: char| letter.is_whitespace() || "\"'\\;".contains(letter)) {
                true => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")),
                false => word,
            }
        };
        self.argv(command).iter().map(word).collect::<Vec<_>>().join(" ")
    }
}

fn plain(path: &Path) -> Result<String> {
    match path.to_str() {
        Some(text) if !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => Err(Error::config(format!("{} cannot stand in a crontab", path.display()))
            .hint("a path without line breaks and in UTF-8 can")),
    }
}

/// A word for the shell, in a crontab or in a command that is printed to be pasted.
pub fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+=:@,%".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::catalog::ESCALATE_RUN;

    #[test]
    fn every_reader_gets_its_own_quotes() {
        let call = Call::new(Path::new("/opt/my wvl/wvl"), Some(Path::new("/etc/100%/it's $x.toml"))).unwrap();
        assert_eq!(call.shell("cron print"), r"'/opt/my wvl/wvl' -c '/etc/100%/it'\''s $x.toml' cron print");
        assert_eq!(call.crontab(&ESCALATE_RUN), r"'/opt/my wvl/wvl' -c '/etc/100\%/it'\''s $x.toml' escalate run");
        assert_eq!(call.systemd("escalate run"), r#""/opt/my wvl/wvl" -c "/etc/100%%/it's $$x.toml" escalate run"#);
        let usual = Call::new(Path::new("/usr/bin/wvl"), Some(Path::new("/etc/wvl/wvl.toml"))).unwrap();
        assert_eq!(usual.crontab(&ESCALATE_RUN), "/usr/bin/wvl -c /etc/wvl/wvl.toml escalate run");
        assert_eq!(usual.systemd("db start"), usual.shell("db start"));
        assert!(Call::new(Path::new("/tmp/a\nb"), None).is_err());
    }
}
