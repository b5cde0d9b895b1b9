//! The calm after the turmoil: links that work, everybody exchanges, and then everything typed must have come to one end.

use crate::{
    check::{Checked, broken, fates::Fates},
    link::{Ended, Fate, PERFECT},
    province::Crash,
    world::{COUNTY, TOWNS, World},
};
use std::collections::HashMap;

impl World {
    /// All faults are over: everything must come together, in a bounded number of exchanges.
    pub fn calm_down(&mut self) -> Checked {
        const ROUNDS: usize = 12;
        self.tell(|| "calm".into());
        self.talks.clear();
        while !self.sticks.is_empty() && self.dice.chance(70) {
            self.carry_stick()?;
        }
        self.documents_min = 1;
        let trickle = Fate { frames: 2, flipped: None };
        let link = if self.dice.chance(15) { trickle } else { PERFECT };
        for round in 0..ROUNDS {
            let before = self.heads();
            for at in 0..self.desks.len() {
                self.desks[at].documents = 2;
                self.agree(at, link, if round == 0 { 16 } else { 1 })?;
            }
            if self.heads() == before && self.desks.iter().all(|desk| desk.book.look(|kept| kept.unsettled.is_empty()))
            {
                return self.last_look();
            }
        }
        let waiting: Vec<usize> = self.desks.iter().map(|desk| desk.book.look(|kept| kept.unsettled.len())).collect();
        Err(broken(16, format!("after {ROUNDS} rounds of perfect links {waiting:?} groups still wait")))
    }

    pub fn heads(&self) -> Vec<u64> {
        [COUNTY, TOWNS[0], TOWNS[1], TOWNS[2]].iter().map(|scope| self.office.ledger.head(*scope)).collect()
    }

    /// Exchanges until both sides hold the same.
    fn agree(&mut self, at: usize, link: Fate, _: usize) -> Checked {
        const EXCHANGES: usize = 600;
        for _ in 0..EXCHANGES {
            self.now_ms += 1_000;
            if self.desks[at].blocked {
                self.enrol(at);
            }
            if !self.begin_talk(at, link, link)? {
                return Err(broken(16, format!("desk {at} cannot begin an exchange")));
            }
            let ended = loop {
                if let Some(ended) = self.advance_talk(self.talks.len() - 1, Crash::None)? {
                    break ended;
                }
            };
            self.talks.clear();
            self.tell(|| format!("desk {at}: {ended:?}"));
            let all_sent = self.desks[at].book.look(|kept| {
                kept.state.settled == kept.state.outbox && kept.unsettled.iter().all(|(_, packed)| *packed)
            });
            let agreed = matches!(&ended, Ended::Done(progress) if progress.remaining == 0) && all_sent;
            self.after_talk(at, ended)?;
            if agreed {
                return Ok(());
            }
        }
        Err(broken(16, format!("desk {at} does not agree within {EXCHANGES} exchanges")))
    }

    fn last_look(&mut self) -> Checked {
        for at in 0..self.desks.len() {
            self.look_at(at)?;
            for scope in self.desks[at].scopes.clone() {
                let seq = self.desks[at].book.look(|kept| kept.cursors.get(&scope).map_or(0, |place| place.seq));
                if seq != self.office.ledger.head(scope) {
                    return Err(broken(16, format!("desk {at} stands at {seq} of {scope}")));
                }
            }
        }
        self.nothing_is_sent_twice_but_a_frame_per_break()?;
        let desks = self.desks.iter().map(|desk| &desk.book);
        Fates::new(&self.journal, &self.office.ledger, &self.office.store, desks)?.everything_typed_has_one_fate()
    }

    /// 17: what arrived twice is at most one frame per break.
    fn nothing_is_sent_twice_but_a_frame_per_break(&self) -> Checked {
        let mut again: HashMap<usize, usize> = HashMap::new();
        for (desk, bytes) in &self.sent_again {
            *again.entry(*desk).or_default() += bytes;
        }
        for (at, bytes) in again {
            let desk = &self.desks[at];
            let frame = desk.book.look(|kept| kept.outbox.values().map(|parcel| parcel.packed.len()).max());
            let allowed = desk.breaks * frame.unwrap_or(0).max(desk.frame_bytes);
            if bytes > allowed {
                return Err(broken(17, format!("desk {at} sent {bytes} bytes again in {} breaks", desk.breaks)));
            }
        }
        Ok(())
    }
}
