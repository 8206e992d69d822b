//! Who there is: employees with their departments, teams and absences; customers, prospects and suppliers with the
//! people there.

pub mod absence;
pub mod absence_import;
pub mod company;
pub mod contact_person;
pub mod customer;
pub mod department;
pub mod employee;
pub mod event;
pub mod import;
pub mod leave;
mod named;
pub mod site;
pub mod team;

use crate::register::Words;

/// The languages of mails.
pub static LANGUAGE: Words = Words(&[("de", &["deutsch", "german"]), ("en", &["englisch", "english"])]);
