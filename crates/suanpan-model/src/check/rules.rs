//! The rules themselves, one small file per entity.

use super::Finding;
use crate::{
    entity::EntityDef,
    facts::{Facts, Read},
    value::{Record, RecordId},
};

pub(super) fn check(_facts: &dyn Facts, _def: &EntityDef, _record: &Record) -> Read<Vec<Finding>> {
    Ok(Vec::new())
}

pub(super) fn affected(
    _facts: &dyn Facts,
    _def: &EntityDef,
    _before: Option<&Record>,
    _after: &Record,
) -> Read<Vec<(&'static str, RecordId)>> {
    Ok(Vec::new())
}
