//! `wvl doctor` placeholder
