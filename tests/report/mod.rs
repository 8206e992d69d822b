//! Reports: those that come with wvl, and those of the house's own.

mod faces;
