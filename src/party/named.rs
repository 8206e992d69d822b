//! What the house consists of is asked for by its name.

use crate::error::{Error, Result};

/// The id that this name belongs to, whatever its capitals; the error names those there are. `plural` is how the noun is
/// called for several: "sites".
pub(super) fn id_of(known: &[(i64, String)], noun: &str, plural: &str, name: &str) -> Result<i64> {
    let wanted = name.trim().to_lowercase();
    let found = known.iter().find(|(_, name)| name.to_lowercase() == wanted);
    found.map(|(id, _)| *id).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(_, name)| name.as_str()).collect();
        Error::not_found(noun, name).hint(format!("{plural}: {}", names.join(", ")))
    })
}
