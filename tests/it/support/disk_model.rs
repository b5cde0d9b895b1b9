//! A disk whose power may be cut: what is settled on it, and what is still on its way. Pure; fed with events
//! (disk_log.rs), asked for the files that a cut leaves. Start at [`Disk::apply`] and [`Disk::cut`].
//!
//! The rules:
//! - A write is pending until its file is synced. Each 512-byte sector of a pending write is kept or lost by itself.
//!   A file that was growing may have its new length, with zeros where nothing arrived.
//! - Names (create, rename, remove) settle in their order. A sync of a folder settles them up to the last one in that
//!   folder; a sync of a file up to the last one about that file, as ext4, xfs and NTFS do.
//!
//! Not modelled: a drive that lies about a sync, sectors that rot afterwards, empty folders.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::disk_log::Event;

const SECTOR_BYTES: u64 = 512;

/// Path relative to the folder -> content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a cut does with all that is pending.
pub enum Fate {
    Lost,
    Kept,
    ByLot,
}

/// A small seeded generator (splitmix64): the same seed gives the same cuts everywhere.
pub struct Lot(pub u64);

impl Lot {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

#[derive(Default)]
pub struct Disk {
    nodes: Vec<Node>,
    /// The names as programs see them, and as they are on the disk with the changes still on their way.
    names: BTreeMap<String, usize>,
    settled_names: BTreeMap<String, usize>,
    pending_names: Vec<Naming>,
    /// Both only grow; with the choice made they tell two cuts apart.
    changes: u64,
    settlements: u64,
}

/// A file's content, whatever its name.
#[derive(Default)]
struct Node {
    settled: Vec<u8>,
    pending: Vec<(u64, Change)>,
}

enum Change {
    Write { offset: u64, data: Vec<u8> },
    Resize(u64),
}

#[derive(Clone)]
struct Naming {
    node: usize,
    /// The name that goes and the name that comes.
    from: Option<String>,
    to: Option<String>,
}

impl Disk {
    pub fn new(files: &Files) -> Self {
        let mut disk = Self::default();
        for (path, content) in files {
            disk.names.insert(path.clone(), disk.nodes.len());
            disk.nodes.push(Node { settled: content.clone(), pending: Vec::new() });
        }
        disk.settled_names = disk.names.clone();
        disk
    }

    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Create { path } => {
                self.nodes.push(Node::default());
                self.rename(self.nodes.len() - 1, None, Some(path));
            }
            Event::Write { path, offset, data } => {
                self.change(path, Change::Write { offset: *offset, data: data.clone() })
            }
            Event::Truncate { path, size } => self.change(path, Change::Resize(*size)),
            Event::Sync { path } => self.settle_file(path),
            Event::SyncFolder { path } => self.settle_names(|naming| naming.touches(path)),
            Event::Remove { path } => self.rename(self.node(path), Some(path), None),
            Event::Link { from, to } => self.rename(self.node(from), None, Some(to)),
            Event::Rename { from, to } => self.move_all(from, to),
            Event::Folder | Event::Mark { .. } | Event::Map { .. } => {}
        }
    }

    /// The files as programs see them now.
    pub fn now(&self) -> Files {
        let content = |node: &usize| self.nodes[*node].content(true, &mut |_| true);
        self.names.iter().map(|(path, node)| (path.clone(), content(node))).collect()
    }

    /// The files after a cut, and a number that differs when the cut differs.
    pub fn cut(&self, fate: &Fate, lot: &mut Lot) -> (Files, u64) {
        let odds_of_8 = [1, 4, 7][usize::try_from(lot.below(3)).expect("below 3")];
        let mut keep = || match fate {
            Fate::Lost => false,
            Fate::Kept => true,
            Fate::ByLot => lot.below(8) < odds_of_8,
        };
        let named = self.pending_names.iter().take_while(|_| keep()).count();
        let mut names = self.settled_names.clone();
        self.pending_names[..named].iter().for_each(|naming| naming.apply(&mut names));

        let mut choice = DefaultHasher::new();
        (self.settlements, named).hash(&mut choice);
        let mut files = Files::new();
        for (path, node) in names {
            let grown = keep();
            let content = self.nodes[node].content(grown, &mut |sector| {
                let kept = keep();
                if kept {
                    sector.hash(&mut choice);
                }
                kept
            });
            content.len().hash(&mut choice);
            files.insert(path, content);
        }
        (files, choice.finish())
    }

    fn node(&self, path: &str) -> usize {
        *self.names.get(path).unwrap_or_else(|| panic!("{path} is changed but was never seen to appear"))
    }

    fn change(&mut self, path: &str, change: Change) {
        let node = self.node(path);
        self.changes += 1;
        self.nodes[node].pending.push((self.changes, change));
    }

    fn settle_file(&mut self, path: &str) {
        let node = self.node(path);
        self.settlements += 1;
        self.nodes[node].settled = self.nodes[node].content(true, &mut |_| true);
        self.nodes[node].pending.clear();
        self.settle_names(|naming| naming.node == node);
    }

    /// Settles the pending names up to the last one that `concerned` picks.
    fn settle_names(&mut self, concerned: impl Fn(&Naming) -> bool) {
        let Some(last) = self.pending_names.iter().rposition(concerned) else { return };
        self.settlements += 1;
        self.pending_names.drain(..=last).for_each(|naming| naming.apply(&mut self.settled_names));
    }

    fn rename(&mut self, node: usize, from: Option<&str>, to: Option<&str>) {
        let naming = Naming { node, from: from.map(str::to_owned), to: to.map(str::to_owned) };
        naming.apply(&mut self.names);
        self.pending_names.push(naming);
    }

    /// Renames a file, or every file below a folder.
    fn move_all(&mut self, from: &str, to: &str) {
        assert!(!from.is_empty(), "{to} came from outside the watched folder: its content was not seen");
        let below = format!("{from}/");
        let moving: Vec<String> =
            self.names.keys().filter(|name| *name == from || name.starts_with(&below)).cloned().collect();
        for old in moving {
            let new = format!("{to}{}", &old[from.len()..]);
            self.rename(self.node(&old), Some(&old), (!to.is_empty()).then_some(&new));
        }
    }
}

impl Node {
    /// The content when of each pending change only the parts are kept that `keep` picks; it is asked once for every
    /// (change, sector). `grown`: the file has its new length even where nothing arrived.
    fn content(&self, grown: bool, keep: &mut dyn FnMut((u64, u64)) -> bool) -> Vec<u8> {
        let mut content = self.settled.clone();
        for (id, change) in &self.pending {
            match change {
                Change::Write { offset, data } => {
                    for (sector, part) in sectors(*offset, data) {
                        if keep((*id, sector)) {
                            overwrite(&mut content, offset + part.start as u64, &data[part]);
                        }
                    }
                    let end = position(*offset) + data.len();
                    if grown && content.len() < end {
                        content.resize(end, 0);
                    }
                }
                Change::Resize(size) if keep((*id, 0)) => content.resize(position(*size), 0),
                Change::Resize(_) => {}
            }
        }
        content
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        if let Some(from) = &self.from {
            names.remove(from);
        }
        if let Some(to) = &self.to {
            names.insert(to.clone(), self.node);
        }
    }

    /// Is one of the names directly in `folder`?
    fn touches(&self, folder: &str) -> bool {
        let parent = |path: &String| path.rsplit_once('/').map_or("", |(parent, _)| parent) == folder;
        self.from.as_ref().is_some_and(parent) || self.to.as_ref().is_some_and(parent)
    }
}

/// The sectors that a write touches, each with its part of the data.
fn sectors(offset: u64, data: &[u8]) -> impl Iterator<Item = (u64, std::ops::Range<usize>)> {
    let end = offset + data.len() as u64;
    (offset / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES)).map(move |sector| {
        let from = (sector * SECTOR_BYTES).max(offset) - offset;
        let to = ((sector + 1) * SECTOR_BYTES).min(end) - offset;
        (sector, position(from)..position(to))
    })
}

fn overwrite(content: &mut Vec<u8>, offset: u64, part: &[u8]) {
    let (from, to) = (position(offset), position(offset) + part.len());
    if content.len() < to {
        content.resize(to, 0);
    }
    content[from..to].copy_from_slice(part);
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).expect("recorded files fit into memory")
}
