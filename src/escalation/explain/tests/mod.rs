//! The pure parts against a real calendar.
