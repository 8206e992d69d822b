//! The configuration that `config generate` writes: every key with a word of explanation, every type with its values.

use std::fmt::Write;

use crate::escalation::types::{Profile, TYPES, TypeInfo, USUAL_REPEAT};

/// The name of the signing-keys file in the generated configuration, beside it.
pub const SIGNING_KEYS: &str = "signing-keys";

/// A commented configuration. All types are inactive; with [`Profile::Seed`] they have exactly the seed's values.
pub fn sample(profile: Profile) -> String {
    let mut text = include_str!("sample.toml").to_owned();
    for info in TYPES.iter().filter(|info| info.in_seed) {
        write_type(&mut text, info, profile);
    }
    text.push_str("\n# Additions of wvl: the types below are not in the office's usual table.\n");
    for info in TYPES.iter().filter(|info| !info.in_seed) {
        write_type(&mut text, info, profile);
    }
    text
}

/// The sample for whoever has not made the signing keys yet: the line that names them is a comment.
pub fn without_signing_keys(sample: &str) -> String {
    sample.replace("\nsigning_keys_file = ", "\n# signing_keys_file = ")
}

fn write_type(text: &mut String, info: &TypeInfo, profile: Profile) {
    let rules = info.rules_of(profile);
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    line(format!("\n# {}", info.about));
    line(format!("[escalation.{}]", info.key));
    line(format!("active = {}", rules.active));
    line(format!("label = {}", quoted(&rules.label)));
    if let (Some(from), Some(to)) = (rules.from, rules.to) {
        line(format!("from = \"{from}\""));
        line(format!("to = \"{to}\""));
    }
    line(format!("saturday = {}", rules.saturday));
    line(format!("sunday = {}", rules.sunday));
    line(format!("clock = \"{}\"", rules.clock.as_str()));
    line(format!("basis = \"{}\"", rules.basis.as_str()));
    if info.is_offset_usual() || rules.offset_days != 0 {
        line(format!("offset_days = {}", rules.offset_days));
    }
    if !rules.announce_days.is_empty() {
        let days: Vec<String> = rules.announce_days.iter().map(ToString::to_string).collect();
        line(format!("announce_days = [{}]", days.join(", ")));
    }
    if let Some(days) = rules.max_age_days {
        line(format!("max_age_days = {days}"));
    }
    if rules.repeat != USUAL_REPEAT {
        line(format!("repeat_hours = {}", rules.repeat));
    }
    if rules.at_once {
        line(format!("at_once = {}", rules.at_once));
    }
    for stage in &rules.stages {
        let hours = match (stage.hours, info.hours_of(profile, stage.number)) {
            // as the seed writes them: 16.00, and 0.00 for off
            (_, written) if !written.is_empty() => format!("hours = {written}"),
            (Some(hours), _) => format!("hours = {hours}"),
            (None, _) => String::new(),
        };
        let to = if stage.to.is_empty() { String::new() } else { format!("to = {}", quoted(&stage.to.to_string())) };
        let parts: Vec<String> = [hours, to].into_iter().filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            line(format!("stage{} = {{ {} }}", stage.number, parts.join(", ")));
        }
    }
}

/// A TOML string; our own labels hold nothing that needs more than this.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    // writing to a String cannot fail
    let _ = write!(quoted, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use crate::settings::Settings;

    fn told(text: &str) -> Vec<String> {
        let found = Settings::inspect(&Source::from_text("wvl.toml", text), &[]);
        found.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_sample_is_right_and_means_the_defaults() {
        for profile in [Profile::Seed, Profile::Recommended] {
            let text = without_signing_keys(&sample(profile));
            assert_eq!(told(&text), Vec::<String>::new());
            let (settings, warnings) = Settings::load(&Source::from_text("wvl.toml", &text), &[]).unwrap();
            for info in TYPES {
                assert_eq!(settings.escalation.rules(info.key), Some(&info.rules_of(profile)));
            }
            assert_eq!(warnings.len(), 1, "only the state is asked for: {warnings:?}");
            assert!(text.lines().all(|line| line.chars().count() <= 120));
        }
    }

    #[test]
    fn what_is_commented_out_is_right_too() {
        let text = without_signing_keys(&sample(Profile::Seed));
        let active: String = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(setting) if setting.split_once(" = ").is_some_and(|(key, _)| is_key(key)) => {
                    format!("{setting}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        // what names files that are not there, or says the same twice, is no mistake of the sample
        let unexpected: Vec<String> = told(&active)
            .into_iter()
            .filter(|line| {
                !["there is no f", "not both", "cannot read", "cannot look at", "a holiday in parts"]
                    .iter()
                    .any(|known| line.contains(known))
            })
            .collect();
        assert_eq!(unexpected, Vec::<String>::new());
        let missing: Vec<String> = known_keys()
            .into_iter()
            .filter(|(section, key)| {
                !active.contains(&format!("\n{key} = ")) || !active.contains(&format!("[{section}]"))
            })
            .map(|(section, key)| format!("{section}.{key}"))
            .collect();
        assert_eq!(missing, Vec::<String>::new(), "the sample lacks a key");
    }

    #[test]
    fn the_example_of_an_own_type_is_right() {
        let text = sample(Profile::Seed);
        let example = text.lines().skip_while(|line| *line != "#   [escalation.rental-cars]");
        let example: Vec<&str> = example.map_while(|line| line.strip_prefix("#   ")).collect();
        let (settings, _) = Settings::load(&Source::from_text("wvl.toml", &example.join("\n")), &[]).unwrap();
        let rules = settings.escalation.rules("rental-cars").unwrap();
        assert_eq!(rules.source.to_string(), "view:fleet.rental_cars");
        assert!(rules.active && rules.is_promise && rules.stages_with_hours().count() == 2);
    }

    #[test]
    fn the_examples_of_channels_are_right() {
        let text = sample(Profile::Seed);
        let example = text.lines().skip_while(|line| *line != "#   [channel.sms]");
        let example = example.take_while(|line| *line != "[import]").filter_map(|line| line.strip_prefix("#   "));
        let found = Settings::inspect(&Source::from_text("wvl.toml", &example.collect::<Vec<_>>().join("\n")), &[]);
        let problems: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
        // what names files that are not there is no mistake of the sample
        assert!(problems.iter().all(|problem| problem.contains("cannot read the password file")), "{problems:?}");
        assert_eq!(found.settings.mail.channels.names().collect::<Vec<_>>(), ["sms", "chat"]);
    }

    #[test]
    fn the_examples_of_profiles_are_right() {
        let text = sample(Profile::Seed);
        let example = text.lines().skip_while(|line| *line != "#   [import.files]");
        let example = example.take_while(|line| *line != "[escalation]").filter_map(|line| line.strip_prefix("#   "));
        let example: Vec<&str> = example.filter(|line| line.starts_with(['[', '"']) || line.contains(" = ")).collect();
        let example: Vec<&str> =
            example.into_iter().filter(|line| !line.starts_with("ignore_others = false")).collect();
        let (settings, _) = Settings::load(&Source::from_text("wvl.toml", &example.join("\n")), &[]).unwrap();
        let names: Vec<&str> = settings.import.profiles.iter().map(|profile| profile.name.as_str()).collect();
        assert_eq!(names, ["c-entron-offers", "datev-open-items"]);
        assert!(settings.import.profiles.iter().all(|profile| profile.complete && profile.fixed[0].0 == "kind"));
    }

    #[test]
    fn the_recommended_profile_leaves_no_type_silent() {
        let text = without_signing_keys(&sample(Profile::Recommended)).replace("active = false", "active = true");
        let (settings, warnings) = Settings::load(&Source::from_text("wvl.toml", &text), &[]).unwrap();
        for rules in &settings.escalation.types {
            let announced = match rules.key.as_str() {
                "contract-expiry" | "invoice-licence-expiry" => vec![90, 30, 7],
                "birthday" => vec![7],
                _ => Vec::new(),
            };
            assert!(rules.active && !rules.is_silent(), "{}", rules.key);
            assert_eq!(rules.announce_days, announced, "{}", rules.key);
            let stages = rules.stages_with_hours().count();
            assert_eq!(stages, if rules.key == "birthday" { 1 } else { 3 }, "{}", rules.key);
        }
        assert!(warnings.iter().all(|warning| !warning.message.contains("hours")), "{warnings:?}");
        // where the seed has hours they stay
        let seed = Settings::load(&Source::defaults(), &[]).unwrap().0;
        for (seed, rules) in seed.escalation.types.iter().zip(&settings.escalation.types) {
            if seed.stages_with_hours().next().is_some() {
                assert_eq!(seed.stages, rules.stages, "{}", rules.key);
            }
        }
    }

    #[test]
    fn every_key_of_a_type_is_explained() {
        let text = sample(Profile::Seed);
        let found = Settings::inspect(&Source::defaults(), &[]);
        for entry in found.entries {
            if let Some(key) = entry.key.strip_prefix("escalation.task.") {
                let key = key.split('.').next().unwrap();
                assert!(
                    text.lines().any(|line| line.starts_with("#   ") && line.contains(key)),
                    "{key} is not explained"
                );
            }
        }
    }

    fn is_key(key: &str) -> bool {
        !key.is_empty() && key.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
    }

    /// Every key outside of the types, with its section.
    fn known_keys() -> Vec<(String, String)> {
        let found = Settings::inspect(&Source::defaults(), &[]);
        let keys = found.entries.into_iter().filter_map(|entry| {
            let (section, key) = entry.key.rsplit_once('.')?;
            Some((section.to_owned(), key.to_owned()))
        });
        keys.filter(|(section, _)| !section.starts_with("escalation.")).collect()
    }
}
