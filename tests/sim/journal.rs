//! What people typed, kept by the world and by nobody else: the checkers hold the system against it.

use std::collections::{HashMap, HashSet};
use suanpan_sync::parcel::{Follows, GroupHead, Proposal, following_group};
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct Typed {
    pub head: GroupHead,
    pub ops: Vec<Proposal>,
    /// Desk that it was typed at, or whose program sent it again as the rest of a parted group.
    pub desk: usize,
}

#[derive(Debug, Clone, Default)]
pub struct Journal {
    groups: HashMap<Uuid, Typed>,
    order: Vec<Uuid>,
    /// Group of the cases that a dispute about a group would open → the group.
    cases: HashMap<Uuid, Uuid>,
    /// Rest of a parted group → the group.
    rests: HashMap<Uuid, Uuid>,
    /// Lost with the disk that they were on, before anything else knew of them.
    excused: HashSet<Uuid>,
}

impl Journal {
    pub fn add(&mut self, typed: Typed) {
        let id = typed.head.id;
        self.cases.insert(following_group(id, Follows::Cases, 0), id);
        self.rests.insert(following_group(id, Follows::Rest, 0), id);
        if self.groups.insert(id, typed).is_none() {
            self.order.push(id);
        }
    }

    pub fn typed(&self, group: Uuid) -> Option<&Typed> {
        self.groups.get(&group)
    }

    /// The group that `cases` opened cases about.
    pub fn disputed(&self, cases: Uuid) -> Option<&Typed> {
        self.cases.get(&cases).and_then(|group| self.groups.get(group))
    }

    /// The group of which `rest` is what nothing spoke against.
    pub fn parent(&self, rest: Uuid) -> Option<&Typed> {
        self.rests.get(&rest).and_then(|group| self.groups.get(group))
    }

    pub fn excuse(&mut self, group: Uuid) {
        self.excused.insert(group);
    }

    pub fn is_excused(&self, group: Uuid) -> bool {
        self.excused.contains(&group)
    }

    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Typed> {
        self.order.iter().map(|id| &self.groups[id])
    }

    pub fn count(&self) -> usize {
        self.order.len()
    }
}
