//! Where each field's values come from: the columns of the layout, the indentation of a tree's names,
//! and for the fields that the sheet lacks what the person gave or the document's defaults.

use super::Job;
use super::keys::LookUps;
use crate::cell::{Cell, Row};
use crate::recognise::ColumnRole;
use suanpan_model::money::MoneyUnit;
use suanpan_model::value::{RecordId, Value};
use suanpan_model::{FieldDef, FieldKind};

/// One mapped field: where its cells are and how they are read.
pub struct Source<'a> {
    /// Place of the field in the entity.
    pub place: usize,
    pub field: &'a FieldDef,
    /// One column, or those of 类/款/项 in their order.
    pub columns: Vec<u32>,
    pub unit: MoneyUnit,
    pub look_ups: Option<LookUps<'a>>,
}

/// A tree whose names are indented: each row's parent is the nearest row above that stands further left.
pub struct Indent {
    title_column: u32,
    /// Place of the parent field in the entity.
    pub place: usize,
    /// (width of the spaces in front, id) of the rows that can still be parents.
    open: Vec<(usize, RecordId)>,
}

impl Indent {
    pub fn of(job: &Job<'_>, sources: &[Source<'_>]) -> Option<Self> {
        let parent = job.def.parent.as_deref().filter(|_| job.layout.indented)?;
        let has_column = sources.iter().any(|source| source.field.name == parent);
        let title = sources.iter().find(|source| source.field.name == job.def.title)?;
        (!has_column).then_some(Self {
            title_column: title.columns[0],
            place: job.def.index(parent)?,
            open: Vec::new(),
        })
    }

    pub fn parent(&mut self, row: &Row, id: RecordId) -> Option<RecordId> {
        let Cell::Text(name) = row.cell(self.title_column) else { return None };
        let width = |c: char| if c == '\u{3000}' { 2 } else { 1 };
        let depth = name.chars().take_while(|c| c.is_whitespace()).map(width).sum();
        while self.open.last().is_some_and(|(above, _)| *above >= depth) {
            self.open.pop();
        }
        let parent = self.open.last().map(|(_, id)| *id);
        self.open.push((depth, id));
        parent
    }
}

/// What the person gave, otherwise the document's defaults, in the fields that no column has.
pub fn starting_values(job: &Job<'_>, sources: &[Source<'_>]) -> Vec<Value> {
    let mut values = vec![Value::Null; job.def.fields.len()];
    for (place, field) in job.def.stored().filter(|(place, _)| !sources.iter().any(|source| source.place == *place)) {
        let given = job.given.iter().find(|(known, _)| *known == place).map(|(_, value)| value.clone());
        let default = || Value::from_json(field.default.as_ref()?, &field.kind).ok();
        values[place] = given.or_else(default).unwrap_or_default();
    }
    values
}

/// The mapped, stored fields of the layout with their columns.
pub fn sources<'a>(job: &'a Job<'a>) -> Vec<Source<'a>> {
    let mut sources: Vec<Source<'a>> = Vec::new();
    let mut mapped: Vec<_> = job.layout.mapped().collect();
    // Level columns in the order of their levels, wherever they stand.
    mapped.sort_by_key(|column| if let ColumnRole::Level { level, .. } = column.role { level } else { 0 });
    for column in mapped {
        let Some((place, field)) =
            column.field().and_then(|name| job.def.index(name)).map(|place| (place, &job.def.fields[place]))
        else {
            continue;
        };
        if field.derived.is_some() {
            continue;
        }
        if let Some(known) = sources.iter_mut().find(|source| source.place == place) {
            known.columns.push(column.column);
            continue;
        }
        let look_ups = match &field.kind {
            FieldKind::Code { set, .. } => Some(LookUps::codes(job.codes, set, job.year)),
            FieldKind::Reference { .. } => Some(LookUps::references()),
            _ => None,
        };
        sources.push(Source {
            place,
            field,
            columns: vec![column.column],
            unit: column.unit.unwrap_or(job.layout.unit),
            look_ups,
        });
    }
    sources
}
