//! What the province itself writes: code sets that it publishes. It goes into the log of a scope like anything else,
//! and reaches every desk that reads the scope.

use super::{
    overlay::Overlay,
    store::{LogEntry, Province, StoreFault, Stored, Write},
};
use crate::{
    codec,
    parcel::{GroupHead, Proposal, digest},
    scope::{PROVINCE, Scope, scope_link},
};
use std::{collections::BTreeMap, sync::Arc};
use suanpan_model::{
    Op,
    merge::{Judged, Rights, judge},
    value::RecordId,
};

/// Writes the ops into the log of `scope` as one group; what is so already is left out. How many took effect.
pub fn publish(store: &dyn Province, scope: Scope, head: &GroupHead, ops: Vec<Op>) -> Stored<usize> {
    let before = *store.lock(&[scope])?.first().ok_or_else(|| StoreFault::Broken("no head".into()))?;
    let wanted: Vec<_> = ops.iter().map(|op| (op.entity.clone(), op.record)).collect();
    store.preload(&wanted)?;
    let overlay = Overlay::new(store);
    let mut writes: BTreeMap<RecordId, Write> = BTreeMap::new();
    let mut effects = Vec::new();
    for op in ops {
        match judge(&overlay, head.kind, &op, None, Rights { maintains_references: true })? {
            Judged::AlreadySo => {}
            Judged::Applies { decided, effect } => {
                let after = Arc::new(decided.after);
                overlay.put(&op.entity, after.clone());
                let (def, actor, at_ms) = (decided.def, head.actor.clone(), head.clock.at_ms);
                let before = writes.remove(&op.record).map_or(decided.before, |earlier| earlier.before);
                writes.insert(op.record, Write { def, before, after, actor, at_ms });
                effects.push(Proposal { op: effect, seen: None });
            }
            Judged::Refused(refusal) => return Err(StoreFault::Broken(refusal.message)),
            Judged::Disputed(_) => return Err(StoreFault::Broken(format!("{} was changed meanwhile", op.record))),
        }
    }
    if effects.is_empty() {
        return Ok(0);
    }
    let mut place = before;
    let pieces = codec::cut(head, &effects, codec::MOST_FRAME_BYTES).into_iter();
    let entries: Vec<LogEntry> = pieces
        .map(|packed| {
            place = scope_link(&place, scope, PROVINCE, 0, &digest(&packed));
            LogEntry { scope, place, device: PROVINCE, parcel: 0, verbatim: false, packed }
        })
        .collect();
    store.append(&entries)?;
    store.put(&writes.into_values().collect::<Vec<_>>())?;
    Ok(effects.len())
}
