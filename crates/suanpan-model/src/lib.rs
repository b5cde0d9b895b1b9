//! The law of the budget, with no input or output: what a record is, what a change is, what may be
//! done and what is wrong with what was done. No clock, randomness, SQL, files or network live here;
//! time and ids are passed in, so the township's desk and the province's server run the same code.
//!
//! Start with [`entity`] (entities are documents), then [`op`] (every change is an op), [`decide`]
//! (may it be done?) and [`check`] (what is wrong with it?).

pub mod amend;
pub mod balance;
pub mod check;
pub mod code;
pub mod decide;
pub mod derive;
pub mod entity;
pub mod facts;
pub mod memory;
pub mod merge;
pub mod money;
pub mod op;
pub mod schema;
pub mod text;
pub mod value;
pub mod views;

pub use entity::{EntityDef, FieldDef, FieldKind};
pub use money::Money;
pub use op::{Change, Op, OpKind};

pub use value::{Record, RecordId, Value};
