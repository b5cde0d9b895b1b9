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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Limits, body};
    use crate::parcel::{Clocks, GroupHead, Parcel, op_id};
    use serde_json::{Map, json};
    use suanpan_model::op::{GroupKind, Op, OpKind};
    use uuid::Uuid;

    fn rename(proposal: &mut Proposal, old: &str, new: &str) -> Result<(), String> {
        let OpKind::Create { fields, .. } = &mut proposal.op.kind else { return Err("只能换新增".into()) };
        let value = fields.remove(old).ok_or_else(|| format!("缺“{old}”"))?;
        fields.insert(new.into(), value);
        Ok(())
    }

    const STEPS: &[Upcaster] = &[
        Upcaster { entity: "project", from: 1, lift: |proposal| rename(proposal, "a", "b") },
        Upcaster { entity: "project", from: 2, lift: |proposal| rename(proposal, "b", "c") },
    ];

    fn parcel(field: &str) -> Parcel {
        let group = GroupHead {
            id: Uuid::from_u128(7),
            actor: "甲".into(),
            label: "新增".into(),
            kind: GroupKind::Do,
            clock: Clocks::default(),
        };
        let fields = Map::from_iter([(field.to_owned(), json!("一"))]);
        let kind = OpKind::Create { division: "410823101".into(), fiscal_year: 2026, fields };
        let op = Op { id: op_id(group.id, 0), entity: "project".into(), record: Uuid::from_u128(8), kind };
        Parcel { group, first_op: 0, last: true, ops: vec![Proposal { op, seen: None }] }
    }

    /// The body of `parcel(field)`, saying that it was written as `version`.
    fn written_as(version: u8, field: &str) -> Vec<u8> {
        let Parcel { group, first_op, last, ops } = parcel(field);
        let mut body = body::write(&group, first_op, last, &ops);
        let name = body.windows(7).position(|bytes| bytes == b"project").expect("the entity is named");
        body[name + 7] = version;
        body
    }

    #[test]
    fn old_ops_are_lifted_step_by_step_to_the_newest_version() {
        for (version, field) in [(1, "a"), (2, "b"), (3, "c")] {
            let opened = body::read(&written_as(version, field), &Limits::default(), STEPS);
            assert_eq!(opened, Ok(parcel("c")));
        }
    }

    #[test]
    fn an_op_of_a_newer_version_asks_for_a_newer_program() {
        let refused = body::read(&written_as(4, "c"), &Limits::default(), STEPS).expect_err("there is no version 4");
        assert_eq!(refused, CodecError::TooNew { entity: "project".into(), version: 4, known: 3 });
        assert_eq!(refused.to_string(), "“project”的操作是第 4 版，本程序只认到第 3 版，请先升级算盘");
    }

    #[test]
    fn an_op_that_cannot_be_lifted_says_why() {
        let refused = body::read(&written_as(1, "x"), &Limits::default(), STEPS).expect_err("nothing is called a");
        assert_eq!(refused.to_string(), "“project”第 1 版的操作无法换成新版：缺“a”");
    }

    #[test]
    fn the_steps_of_every_entity_are_without_a_gap() {
        for step in UPCASTERS {
            assert!(
                (1..step.from)
                    .all(|from| UPCASTERS.iter().any(|other| (other.entity, other.from) == (step.entity, from)))
            );
        }
    }
}
