//! Who there is: employees with their departments, teams and absences; customers, prospects and suppliers with the
//! people there.

pub mod absence;
pub mod contact_person;
pub mod customer;
pub mod department;
pub mod employee;
pub mod import;
pub mod team;
