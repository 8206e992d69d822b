//! The faces of an evening: the mail, a page for the browser, tables at a terminal, a workbook. All of them show one
//! [`super::evening::Evening`]; none asks the database.

mod html;
pub mod mail;
mod print;
mod sections;
mod sheets;
mod terminal;
mod view;

pub use html::{data_uri, page};
pub use mail::{Face, failed_mail, mail};
pub use print::print;
pub use sheets::Sheets;
