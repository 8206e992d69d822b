//! What is sold and bought: products, documents with their lines, purchase orders.

pub mod document;
pub mod import;
pub mod product;
pub mod purchase_order;
