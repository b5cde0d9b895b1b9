//! What befalls PCs, the province and people: backups, copies, clocks, versions, moves, dismissals.

use crate::{
    check::Checked,
    world::{TOWNS, World},
};
use std::collections::BTreeSet;
use suanpan_sync::server::store::Device;

const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;
const MOST_DESKS: usize = 8;

impl World {
    pub fn something_befalls(&mut self, at: usize) -> Checked {
        let which = self.dice.below(20);
        if self.options.gentle && which < 12 {
            return Ok(());
        }
        match which {
            0..=2 => self.back_up_book(at),
            3..=4 => return self.restore_book(at),
            5 => return self.copy_book(at),
            6..=7 => {
                self.tell(|| "the province is backed up".into());
                self.backup = Some(self.office.clone());
            }
            8 => return self.restore_province(),
            9 => self.revoke(at),
            10..=11 => self.move_home(at),
            12..=14 => self.shift_clock(at),
            15 => {
                self.documents_min = 1 + self.dice.below(2) as u32;
                self.desks[at].documents = 1 + self.dice.below(2) as u32;
            }
            _ => {
                if self.desks[at].blocked {
                    self.enrol(at);
                }
            }
        }
        Ok(())
    }

    fn back_up_book(&mut self, at: usize) {
        self.tell(|| format!("desk {at} is backed up"));
        self.desks[at].backup = Some((self.desks[at].book.clone(), self.desks[at].keys));
    }

    /// The disk is lost, and with it what only it held.
    fn restore_book(&mut self, at: usize) -> Checked {
        let Some((book, keys)) = self.desks[at].backup.clone() else { return Ok(()) };
        self.tell(|| format!("desk {at} is restored from its backup"));
        self.hang_up(at);
        let groups = |book: &suanpan_sync::memory::MemoryDesk| {
            book.look(|kept| {
                let pending = kept.unsettled.iter().map(|(group, _)| group.head.id);
                pending.chain(kept.tray.values().map(|item| item.head.id)).collect::<BTreeSet<_>>()
            })
        };
        let kept = groups(&book);
        for group in groups(&self.desks[at].book).difference(&kept) {
            self.journal.excuse(*group);
        }
        if self.province_was_restored {
            self.excuse_what_only_this_outbox_had(at, &book);
        }
        self.books_were_doubled = true;
        let desk = &mut self.desks[at];
        (desk.book, desk.keys) = (book, keys);
        self.learn_scopes();
        self.look_at(at)
    }

    fn excuse_what_only_this_outbox_had(&mut self, at: usize, book: &suanpan_sync::memory::MemoryDesk) {
        let groups = |book: &suanpan_sync::memory::MemoryDesk| {
            book.look(|kept| kept.outbox.values().map(|parcel| parcel.group).collect::<BTreeSet<_>>())
        };
        let kept = groups(book);
        for group in groups(&self.desks[at].book).difference(&kept) {
            self.journal.excuse(*group);
        }
    }

    /// The book goes on living on two PCs.
    fn copy_book(&mut self, at: usize) -> Checked {
        if self.desks.len() >= MOST_DESKS {
            return Ok(());
        }
        let copy_at = self.desks.len();
        self.tell(|| format!("desk {at} is copied to another PC, desk {copy_at}"));
        let desk = &self.desks[at];
        let copy = desk.again();
        self.books_were_doubled = true;
        self.desks.push(copy);
        self.look_at(copy_at)
    }

    /// The province goes on from its backup; devices that were enrolled since are not known to it.
    fn restore_province(&mut self) -> Checked {
        let Some(office) = self.backup.clone() else { return Ok(()) };
        self.tell(|| "the province is restored from its backup".into());
        let at_desks: BTreeSet<_> = self
            .desks
            .iter()
            .flat_map(|desk| desk.book.look(|kept| kept.outbox.values().map(|parcel| parcel.group).collect::<Vec<_>>()))
            .collect();
        let lost: Vec<_> = self.journal.all().map(|typed| typed.head.id).filter(|id| !at_desks.contains(id)).collect();
        let pending: BTreeSet<_> = self
            .desks
            .iter()
            .flat_map(|desk| desk.book.look(|kept| kept.unsettled.iter().map(|(g, _)| g.head.id).collect::<Vec<_>>()))
            .collect();
        for group in lost {
            let still = office.ledger.groups.contains_key(&group) || pending.contains(&group);
            if !still {
                self.journal.excuse(group);
            }
        }
        self.office = office;
        self.province_was_restored = true;
        self.brought_by.clear();
        self.talks.iter_mut().for_each(|talk| talk.break_off());
        let known = self.office.store.look(|kept| kept.devices.keys().map(|id| id.0).max());
        self.next_device = known.unwrap_or(0) + 1;
        self.learn_scopes();
        Ok(())
    }

    fn revoke(&mut self, at: usize) {
        if let Some(device) = self.desks[at].book.look(|kept| kept.state.device) {
            self.tell(|| format!("device {device} is revoked"));
            self.office.revoke(device);
        }
    }

    /// The device belongs to another township from now on.
    fn move_home(&mut self, at: usize) {
        if self.desks[at].scopes.len() > 1 {
            return;
        }
        let scope = TOWNS[self.dice.below(TOWNS.len())];
        let Some(device) = self.desks[at].book.look(|kept| kept.state.device) else { return };
        let Some(known) = self.office.device(device) else { return };
        self.tell(|| format!("desk {at} (device {device}) moves to {scope}"));
        self.office.enrol(&Device { reads: vec![scope], writes: vec![scope], ..known });
        self.learn_scopes();
    }

    /// What the province lets each device read is what its people have.
    fn learn_scopes(&mut self) {
        for desk in &mut self.desks {
            let device = desk.book.look(|kept| kept.state.device).and_then(|device| self.office.device(device));
            let verify = desk.keys.map(|keys| keys.public().verify);
            if let Some(device) = device.filter(|device| Some(device.verify) == verify) {
                desk.scopes = device.reads;
            }
        }
    }

    fn shift_clock(&mut self, at: usize) {
        let off_ms = self.dice.between(-20 * YEAR_MS, 5 * YEAR_MS);
        self.tell(|| format!("the clock of desk {at} is {off_ms} ms off"));
        self.desks[at].clock_off_ms = off_ms;
    }
}
