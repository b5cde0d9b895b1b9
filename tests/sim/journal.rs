//! What people typed, kept by the world and by nobody else: the checkers hold the system against it.

use std::collections::{HashMap, HashSet};
use suanpan_model::Op;
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
    /// Lost with the disk that they were on, before anything else knew of them.
    excused: HashSet<Uuid>,
}

impl Journal {
    pub fn add(&mut self, typed: Typed) {
        let id = typed.head.id;
        self.cases.insert(following_group(id, Follows::Cases, 0), id);
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

    /// What is left of `group` when its ops at `places`, in their order, go again.
    pub fn rest_id(group: Uuid, places: impl Iterator<Item = usize>) -> Uuid {
        let places: Vec<u8> = places.flat_map(|place| (place as u32).to_le_bytes()).collect();
        let mut step = [0; 8];
        step.copy_from_slice(&blake3::hash(&places).as_bytes()[..8]);
        following_group(group, Follows::Rest, u64::from_le_bytes(step))
    }

    /// A program sends `ops` under an id that nobody typed: they must be some of a typed group's, in their order.
    pub fn add_rest(&mut self, rest: Typed) -> Result<(), String> {
        let id = rest.head.id;
        let is_of = |typed: &&Typed| {
            let mut after = 0;
            let places = rest.ops.iter().map(|proposal| {
                let same = |op: &Op| op.record == proposal.op.record && op.kind == proposal.op.kind;
                let at = after + typed.ops[after..].iter().position(|typed| same(&typed.op))?;
                after = at + 1;
                Some(at)
            });
            let places: Option<Vec<usize>> = places.collect();
            places.is_some_and(|places| Self::rest_id(typed.head.id, places.into_iter()) == id)
        };
        if !self.all().any(|typed| is_of(&typed)) {
            return Err(format!("group {id}, which nobody typed"));
        }
        self.add(rest);
        Ok(())
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
