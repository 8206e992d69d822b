//! Which versions of Postgres have no known holes that matter to us.

/// The first version of each major without them: CVE-2026-6460, -6472, CVE-2025-8713, CVE-2024-10976, -10978 and others.
const FIRST_SAFE: [(u32, u32); 4] = [(15, 20), (16, 16), (17, 12), (18, 7)];
/// Major versions that get no more corrections.
const ENDED: u32 = 14;

/// What is to be said of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// Corrections of holes are missing: the first version that has them.
    Unpatched(String),
    /// Nobody corrects it any more.
    Ended,
}

/// Judges `15.18`, or `19beta1`.
pub fn judge(version: &str) -> Verdict {
    let mut numbers = version.split(|letter: char| !letter.is_ascii_digit()).map(str::parse::<u32>);
    let Some(Ok(major)) = numbers.next() else { return Verdict::Fine };
    let minor = numbers.next().and_then(Result::ok).unwrap_or(0);
    if major <= ENDED {
        return Verdict::Ended;
    }
    match FIRST_SAFE.iter().find(|(safe, _)| *safe == major) {
        Some((_, first)) if minor < *first => Verdict::Unpatched(format!("{major}.{first}")),
        _ => Verdict::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patch_levels_count_within_their_major() {
        for (version, verdict) in [
            ("15.18", Verdict::Unpatched("15.20".to_owned())),
            ("15.20", Verdict::Fine),
            ("18.6", Verdict::Unpatched("18.7".to_owned())),
            ("19.0", Verdict::Fine),
            ("19beta1", Verdict::Fine),
            ("14.22", Verdict::Ended),
            ("?", Verdict::Fine),
        ] {
            assert_eq!(judge(version), verdict, "{version}");
        }
    }
}
