//! The blocks of codes of a book in memory: one series, a small stock, each code given out once.

use crate::{
    client::store::Short,
    lease::{Block, Series},
};

/// A stock below this is filled up.
const LOW: usize = 3;
/// Codes asked for.
const STOCK: u64 = 6;

#[derive(Debug, Clone, Default)]
pub struct Codes {
    /// What the book gives codes of; None: nobody asks for any.
    pub series: Option<Series>,
    pub blocks: Vec<Block>,
    /// Serial number of the code that was given out last.
    given: u64,
}

impl Codes {
    fn left(&self) -> impl Iterator<Item = String> {
        let serials = |block: &Block| {
            let serial = |code: &str| block.series.serial(code).unwrap_or_default();
            serial(&block.first)..=serial(&block.last)
        };
        let all = self.blocks.iter().flat_map(move |block| serials(block).map(|serial| (serial, &block.series)));
        all.filter(|(serial, _)| *serial > self.given).map(|(serial, series)| series.code(serial))
    }

    /// The next code that nothing in the book has; it is used up, whatever becomes of the record that gets it.
    pub fn take(&mut self, is_in_use: impl Fn(&str) -> bool) -> Option<String> {
        let code = self.left().find(|code| !is_in_use(code))?;
        self.given = self.series.as_ref()?.serial(&code)?;
        Some(code)
    }

    /// The book became another device: what is left of its blocks is given out no more.
    pub(super) fn let_go(&mut self) {
        self.blocks.clear();
        self.given = 0;
    }

    pub(super) fn short(&self) -> Option<Short> {
        let series = self.series.clone().filter(|_| self.left().take(LOW).count() < LOW)?;
        let have = self.blocks.last().map(|block| block.last.clone()).unwrap_or_default();
        Some(Short { series, count: STOCK, have })
    }

    pub(super) fn put(&mut self, block: &Block) {
        if !self.blocks.contains(block) {
            self.blocks.push(block.clone());
        }
    }
}
