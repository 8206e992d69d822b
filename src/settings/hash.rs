//! What a configuration means, as one number: runs of jobs on several hosts are compared by it.
//!
//! It covers every value that counts, defaults included, so that comments, the order of keys and what is written out
//! although it is the default change nothing. Secrets are not in it: entries show them masked. `[database]` is left out:
//! runs that are compared stand in one database, and each host has its own way to it.

use sha2::{Digest, Sha256};

use crate::config::Entry;

/// Where it says how this host reaches the database.
const OF_THE_HOST: &str = "database.";

/// SHA-256 in 64 hexadecimal digits. Of the patterns of import files the first that fits counts, so that their order does.
pub fn of(entries: &[Entry], files: &[(String, String)]) -> String {
    let mut values: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry.key.as_str(), entry.value.as_str()))
        .filter(|(key, _)| !key.starts_with(OF_THE_HOST))
        .collect();
    values.sort_unstable();
    values.extend(files.iter().map(|(pattern, meaning)| (pattern.as_str(), meaning.as_str())));
    let mut digest = Sha256::new();
    for (key, value) in values {
        // the lengths keep what is behind one text from counting to the next
        for part in [key, value] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::Source;
    use crate::settings::Settings;

    fn hash(text: &str) -> String {
        let found = Settings::inspect(&Source::from_text("wvl.toml", text), &[]);
        assert_eq!(found.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new(), "{text}");
        found.settings.hash
    }

    #[test]
    fn what_means_the_same_has_the_same_hash() {
        let plain = hash("[company]\nname = \"A\"\n[mail]\nmode = \"off\"\naddress_form = \"sie\"\n");
        assert_eq!(plain.len(), 64);
        for same in [
            "# mine\n[mail]\naddress_form = \"sie\"\nmode = 'off'\n[company]\nname = \"A\"\nzone = \"Europe/Berlin\"\n",
            "mail.mode = \"off\"\nmail.address_form = \"sie\"\ncompany.name = \"A\"\n[escalation.task]\nactive = false\n",
            "[company]\nname = \"A\"\n[mail]\nmode = \"off\"\naddress_form = \"sie\"\n[database]\nurl = \"postgres://other/db\"\n",
        ] {
            assert_eq!(hash(same), plain, "{same}");
        }
        for other in [
            "[company]\nname = \"B\"\n[mail]\nmode = \"off\"\naddress_form = \"sie\"\n",
            "[company]\nname = \"A\"\n[mail]\nmode = \"off\"\naddress_form = \"du\"\n",
            "[company]\nname = \"A\"\n[mail]\nmode = \"off\"\naddress_form = \"sie\"\n[escalation.task]\nactive = true\n",
        ] {
            assert_ne!(hash(other), plain, "{other}");
        }
    }

    #[test]
    fn the_order_counts_where_the_first_one_does() {
        let files =
            |one: &str, other: &str| hash(&format!("[import.files]\n\"{one}\" = \"task\"\n\"{other}\" = \"task\"\n"));
        assert_ne!(files("a*", "*b"), files("*b", "a*"));
    }
}
