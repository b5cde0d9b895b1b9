//! Versions of the ops of each entity. A parcel says which version of an entity's ops it was written with; when it is
//! opened, its ops are lifted step by step to the version of this program. The ops of an entity get a new version
//! when old ones would otherwise be misread: add the step to [`UPCASTERS`] and keep it for two years.

use super::CodecError;
use crate::parcel::Proposal;

/// Lifts an op of `entity` from version `from` to `from + 1`. Err says in Chinese what could not be carried over.
pub struct Upcaster {
    pub entity: &'static str,
    pub from: u32,
    pub lift: fn(&mut Proposal) -> Result<(), String>,
}

/// The steps of this program, for each entity from version 1 on without a gap.
pub const UPCASTERS: &[Upcaster] = &[];

/// Version that this program writes the ops of `entity` with.
pub fn current(entity: &str) -> u32 {
    newest(entity, UPCASTERS)
}

/// Refuses versions that `upcasters` do not lead away from and that are not the newest.
pub fn check(entity: &str, version: u32, upcasters: &[Upcaster]) -> Result<(), CodecError> {
    let known = newest(entity, upcasters);
    if version > known || version == 0 {
        return Err(CodecError::TooNew { entity: entity.into(), version, known });
    }
    Ok(())
}

/// Lifts an op that was written as `version` to the newest.
pub fn lift(proposal: &mut Proposal, version: u32, upcasters: &[Upcaster]) -> Result<(), CodecError> {
    for from in version..newest(&proposal.op.entity, upcasters) {
        let step = upcasters.iter().find(|step| step.from == from && *step.entity == *proposal.op.entity);
        let Some(step) = step else { continue };
        let lifted = (step.lift)(proposal);
        lifted.map_err(|reason| CodecError::NotLifted { entity: step.entity.into(), from, reason })?;
    }
    Ok(())
}

fn newest(entity: &str, upcasters: &[Upcaster]) -> u32 {
    let steps = upcasters.iter().filter(|step| step.entity == entity);
    steps.map(|step| step.from + 1).max().unwrap_or(1)
}
