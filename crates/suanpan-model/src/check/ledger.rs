//! The account of one 指标: its amount, its vouchers, what went to lower 指标 and what is applied for.
//! The same sums as the derived fields of the document (a test compares the two), in three reads.

use super::frame::{Ask, Yuan};
use crate::facts::Read;

/// All in 分.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ledger {
    /// amount + 追加 + 调入 − 调减 − 收回 − 调出.
    pub current: i128,
    pub frozen: i128,
    pub allocated: i128,
    pub applied: i128,
    pub released: i128,
}

/// Values of code set `voucher_kind`; the derived fields of the 指标 name the same ones.
pub(super) mod kind {
    pub const RELEASE: &str = "01";
    pub const INCREASE: &str = "02";
    pub const REDUCE: &str = "03";
    pub const TRANSFER: &str = "04";
    pub const FREEZE: &str = "05";
    pub const UNFREEZE: &str = "06";
    pub const RECOVER: &str = "07";
}

impl Ledger {
    /// Of the 指标 that is asked about.
    pub fn of(ask: &Ask) -> Read<Self> {
        let own = ask.views.allotment.read(ask.record);
        let mut ledger =
            Self { current: Yuan::of(own.amount).0, applied: Yuan::of(own.pay_app_amt).0, ..Self::default() };
        for record in ask.children("allotment_voucher", "to_allotment")?.iter() {
            let voucher = ask.views.voucher.read(record);
            let fen = Yuan::of(voucher.amount).0;
            match voucher.kind {
                Some(kind::INCREASE | kind::TRANSFER) => ledger.current += fen,
                Some(kind::UNFREEZE) => ledger.frozen -= fen,
                Some(kind::RELEASE) => ledger.released += fen,
                _ => {}
            }
        }
        for record in ask.children("allotment_voucher", "from_allotment")?.iter() {
            let voucher = ask.views.voucher.read(record);
            let fen = Yuan::of(voucher.amount).0;
            match voucher.kind {
                Some(kind::REDUCE | kind::RECOVER | kind::TRANSFER) => ledger.current -= fen,
                Some(kind::FREEZE) => ledger.frozen += fen,
                _ => {}
            }
        }
        for child in ask.children("allotment", "origin")?.iter() {
            ledger.allocated += Yuan::of(ask.views.allotment.read(child).amount).0;
        }
        Ok(ledger)
    }

    /// What can still be given to lower 指标, those given already included.
    pub fn allocatable(self) -> i128 {
        self.current - self.frozen - self.applied
    }

    pub fn available(self) -> i128 {
        self.allocatable() - self.allocated
    }
}
