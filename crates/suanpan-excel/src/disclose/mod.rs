//! 部门预算公开: the nine tables of one department or one unit, from its budget and income lines.
//!
//! [`compute`] makes the figures, [`check`] says where they do not agree (勾稽), [`write`] puts them on
//! paper in the fixed layout. Which lines belong to a department, and which figure of a line counts, is
//! the caller's business; how codes fall into tables is data in [`classes`].

pub mod check;
pub mod classes;
pub mod compute;
mod forms;
mod paper;

pub use check::{Mismatch, check};
pub use classes::{Fund, Spending};
pub use compute::{Outlay, Receipt, Tables, compute};
pub use forms::write;

/// Whose tables these are. The wording 部门 and 单位 is never mixed within a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A department with all its units.
    Department,
    /// One unit by itself.
    Unit,
}

impl Scope {
    pub fn zh(self) -> &'static str {
        match self {
            Self::Department => "部门",
            Self::Unit => "单位",
        }
    }
}

/// Names of the nine tables, in their order.
pub const TABLES: [&str; 9] = [
    "财务收支预算总表",
    "收入预算总表",
    "支出预算总表",
    "财政拨款收支预算总表",
    "一般公共预算支出功能分类预算表",
    "政府性基金预算支出功能分类预算表",
    "国有资本经营预算支出功能分类预算表",
    "一般公共预算基本支出部门预算经济分类预算表",
    "“三公”经费和机关运行经费预算表",
];
