//! One row after the other: what kind of row it is, its values, and what importing it would do.

use super::cells::{CellResult, plain_value, same};
use super::sources::{Indent, Source, sources, starting_values};
use super::totals::{Amount, TotalCheck, Totals};
use super::{
    Action, CellIssue, Change, IssueCode, Item, Job, PreviewError, PreviewRow, Records, SHOWN_TEXT, Skipped, WhySkipped,
};
use crate::amount::parse_amount;
use crate::cell::{Cell, Row};
use crate::recognise::{ColumnRole, HiddenRows, lines};
use crate::text::header_key;
use crate::text_code::join_levels;
use crate::workbook::Workbook;
use std::collections::HashMap;
use suanpan_model::FieldKind;
use suanpan_model::facts::Read;
use suanpan_model::value::{Record, RecordId, Value};

pub struct Importer<'a> {
    job: &'a Job<'a>,
    records: &'a mut dyn Records,
    sources: Vec<Source<'a>>,
    id_column: Option<u32>,
    /// Columns whose text can say 合计.
    labels: Vec<u32>,
    /// What a new record holds in the fields that the sheet lacks.
    starting: Vec<Value>,
    totals: Totals,
    /// Parents told by indentation, where no column names them.
    indent: Option<Indent>,
    /// Key text → id, for the references of a tree to rows of the same file.
    in_file: HashMap<String, RecordId>,
    /// Key values of the rows so far → sheet row, to find doubled ones.
    seen: HashMap<u64, u32>,
    /// A note was met: nothing below it is data.
    ended: bool,
    hasher: std::hash::RandomState,
}

impl<'a> Importer<'a> {
    /// Err(NoKeyColumn) when rows could not be told apart.
    pub fn new(job: &'a Job<'a>, records: &'a mut dyn Records) -> Result<Self, PreviewError> {
        let sources = sources(job);
        let id_column =
            job.layout.columns.iter().find(|column| column.role == ColumnRole::Key).map(|column| column.column);
        let known = |name: &String| {
            sources.iter().any(|source| source.field.name == *name)
                || job.given.iter().any(|(place, _)| job.def.fields[*place].name == *name)
        };
        // Of a key of several fields the first says whose the row is; the others may be blank or given.
        if id_column.is_none() && !job.def.key.first().is_some_and(known) {
            let label = |name: &String| job.def.field(name).map_or(name.clone(), |field| field.label.zh.clone());
            let fields: Vec<String> = job.def.key.iter().filter(|name| !known(name)).map(label).collect();
            return Err(PreviewError::NoKeyColumn { entity: job.def.label.zh.clone(), fields: fields.join("、") });
        }
        let starting = starting_values(job, &sources);
        let indent = Indent::of(job, &sources);
        let header = |column: u32| {
            job.layout
                .columns
                .iter()
                .find(|map| map.column == column)
                .map_or_else(String::new, |map| map.header.clone())
        };
        let summed = sources.iter().filter(|source| source.field.adds_up());
        let summed: Vec<(u32, String)> = summed.map(|source| (source.columns[0], header(source.columns[0]))).collect();
        let is_money =
            |column: u32| sources.iter().any(|source| source.field.kind.is_money() && source.columns[0] == column);
        let labels =
            job.layout.columns.iter().map(|column| column.column).filter(|column| !is_money(*column)).collect();
        Ok(Self {
            job,
            records,
            sources,
            id_column,
            labels,
            indent,
            starting,
            totals: Totals::new(summed),
            in_file: HashMap::new(),
            seen: HashMap::new(),
            ended: false,
            hasher: std::hash::RandomState::new(),
        })
    }

    /// First pass: the ids of all rows by their key, when rows may refer to each other.
    pub fn learn_keys(&mut self, book: &Workbook) -> Result<(), PreviewError> {
        let [key] = self.job.def.key.as_slice() else { return Ok(()) };
        let refers_to_itself = self.sources.iter().any(
            |source| matches!(&source.field.kind, FieldKind::Reference { entity } if *entity == self.job.def.entity),
        );
        let Some(source) = self.sources.iter().position(|source| source.field.name == *key) else { return Ok(()) };
        if !refers_to_itself {
            return Ok(());
        }
        let mut rows = book.rows(self.job.layout.sheet)?;
        while let Some(row) = rows.next_row()? {
            if !self.is_data(row) {
                continue;
            }
            if let Ok(value @ Value::Text(_)) = self.value(source, row)? {
                let id = match self.records.with_key(std::slice::from_ref(&value))? {
                    Some(record) => record.id,
                    None => self.records.new_id(),
                };
                self.in_file.entry(value.as_text().unwrap_or_default().to_owned()).or_insert(id);
            }
        }
        Ok(())
    }

    fn is_data(&self, row: &Row) -> bool {
        let speaks_as_data = || self.why_skipped(row).is_none() && lines::total_in(row, &self.labels).is_none();
        self.in_range(row) && (self.id_of(row).is_some() || speaks_as_data())
    }

    /// The id that this program once wrote beside the row. Such a row is a record, even one named 合计.
    fn id_of(&self, row: &Row) -> Option<RecordId> {
        let Cell::Text(text) = row.cell(self.id_column?) else { return None };
        RecordId::parse_str(text.trim()).ok()
    }

    fn in_range(&self, row: &Row) -> bool {
        let layout = self.job.layout;
        row.index >= layout.data_from && layout.data_to.is_none_or(|last| row.index <= last) && !row.is_blank()
    }

    fn why_skipped(&self, row: &Row) -> Option<WhySkipped> {
        if row.hidden && self.job.layout.hidden_rows == HiddenRows::Leave {
            return Some(WhySkipped::Hidden);
        }
        if lines::is_note(row) {
            return Some(WhySkipped::Note);
        }
        (lines::is_numbering(row) || self.repeats_header(row)).then_some(WhySkipped::Header)
    }

    /// The header printed again at the top of a page.
    fn repeats_header(&self, row: &Row) -> bool {
        let repeats = |column: u32, text: &str| {
            let header = self.job.layout.columns.iter().find(|map| map.column == column);
            header
                .and_then(|map| map.header.rsplit('/').next())
                .is_some_and(|last| header_key(last) == header_key(text))
        };
        let all_text = row.cells.iter().all(|(_, cell)| matches!(cell, Cell::Text(_)));
        all_text
            && row.cells.len() >= 2
            && row.cells.iter().all(|(column, cell)| matches!(cell, Cell::Text(text) if repeats(*column, text)))
    }

    /// What `row` is; None for rows that are no part of the table.
    pub fn item(&mut self, row: &Row) -> Result<Option<Item>, PreviewError> {
        if !self.in_range(row) {
            return Ok(None);
        }
        let sheet_row = row.index + 1;
        if self.id_of(row).is_some() {
            return self.record(row).map(Some);
        }
        if self.ended {
            return Ok(Some(Item::Skipped(Skipped { sheet_row, why: WhySkipped::Note })));
        }
        if let Some(why) = self.why_skipped(row) {
            self.ended = why == WhySkipped::Note;
            return Ok(Some(Item::Skipped(Skipped { sheet_row, why })));
        }
        if let Some(kind) = lines::total_in(row, &self.labels) {
            let amounts = self.amounts(row);
            return Ok(self.totals.total(sheet_row, kind, amounts).map(Item::Total));
        }
        self.record(row).map(Some)
    }

    fn record(&mut self, row: &Row) -> Result<Item, PreviewError> {
        let (made, amounts) = self.data(row)?;
        self.totals.row(amounts);
        Ok(Item::Row(made))
    }

    pub fn late_totals(&mut self) -> Vec<TotalCheck> {
        self.totals.late()
    }

    /// The amounts of a total row, which is not read any further.
    fn amounts(&self, row: &Row) -> Vec<Amount> {
        let summed = self.sources.iter().filter(|source| source.field.adds_up());
        summed.map(|source| parse_amount(row.cell(source.columns[0]), source.unit)).collect()
    }

    /// What the row would do, and its amounts in the order of [`Totals`].
    fn data(&mut self, row: &Row) -> Result<(PreviewRow, Vec<Amount>), PreviewError> {
        let mut issues = Vec::new();
        let mut amounts = Vec::new();
        let mut values = self.starting.clone();
        // Places of the fields that the row brings.
        let mut read = Vec::with_capacity(self.sources.len());
        for source in 0..self.sources.len() {
            let value = self.value(source, row)?;
            let source = &self.sources[source];
            if source.field.adds_up() {
                amounts.push(value.as_ref().map(Value::as_money_or_none).map_err(|(_, message)| message.clone()));
            }
            match value {
                Ok(value) => {
                    values[source.place] = value;
                    read.push(source.place);
                }
                Err((code, message)) => issues.push(CellIssue {
                    column: source.columns.first().copied(),
                    field: source.field.name.clone(),
                    code,
                    message,
                    text: shown_text(row, &source.columns),
                }),
            }
        }
        let (existing, given) = self.existing(row, &values, &mut issues)?;
        if issues.is_empty() {
            let known = existing.as_ref().map(|record| record.id);
            self.find_repeats(row.index + 1, known, &values, &mut issues);
        }
        let id = existing.as_ref().map(|record| record.id).or(given).or_else(|| self.id_in_file(&values));
        let id = id.unwrap_or_else(|| self.records.new_id());
        if let Some(indent) = &mut self.indent {
            values[indent.place] = indent.parent(row, id).map_or(Value::Null, Value::Ref);
            read.push(indent.place);
        }
        let action = self.action(existing, &read, &mut values, issues);
        Ok((PreviewRow { sheet_row: row.index + 1, hidden: row.hidden, id, action, values }, amounts))
    }

    fn action(
        &self,
        existing: Option<Record>,
        read: &[usize],
        values: &mut Vec<Value>,
        issues: Vec<CellIssue>,
    ) -> Action {
        if !issues.is_empty() {
            return Action::Error(issues);
        }
        let Some(mut record) = existing else { return Action::New };
        let mut changes = Vec::new();
        for &field in read {
            let (old, new) = (&record.values[field], &values[field]);
            if !same(&self.job.def.fields[field].kind, old, new) {
                changes.push(Change { field, old: old.clone(), new: new.clone() });
            }
        }
        for change in &changes {
            record.values[change.field] = change.new.clone();
        }
        *values = record.values;
        if changes.is_empty() { Action::Same } else { Action::Changed(changes) }
    }

    /// The value of source number `source` in `row`.
    fn value(&mut self, source: usize, row: &Row) -> Read<CellResult> {
        let source = &mut self.sources[source];
        let cell = row.cell(source.columns[0]);
        let Some(look_ups) = &mut source.look_ups else {
            return Ok(plain_value(cell, source.field, source.unit));
        };
        if let FieldKind::Reference { entity } = &source.field.kind {
            let in_file = (*entity == self.job.def.entity).then_some(&self.in_file);
            return look_ups.reference(cell, entity, in_file, self.records);
        }
        if source.columns.len() == 1 {
            return Ok(look_ups.code(cell));
        }
        let cells: Vec<&Cell> = source.columns.iter().map(|column| row.cell(*column)).collect();
        Ok(match join_levels(&cells, look_ups.level_lengths()) {
            Ok(None) => Ok(Value::Null),
            Ok(Some(code)) => look_ups.joined(&code),
            Err(message) => Err((IssueCode::Unreadable, message)),
        })
    }

    /// The record that the row means, by the id column or by its key; and the id that the row names.
    fn existing(
        &mut self,
        row: &Row,
        values: &[Value],
        issues: &mut Vec<CellIssue>,
    ) -> Result<(Option<Record>, Option<RecordId>), PreviewError> {
        if let Some(id) = self.id_of(row)
            && let Some(record) = self.records.with_id(id)?
        {
            return Ok((Some(record), Some(id)));
        }
        let mut key = Vec::with_capacity(self.job.def.key.len());
        for name in &self.job.def.key {
            let place = self.job.def.index(name).expect("key fields are fields: the model tests its documents");
            key.push(values[place].clone());
        }
        let unread = issues.iter().any(|issue| self.job.def.key.contains(&issue.field));
        if unread {
            return Ok((None, None));
        }
        // A record that may do without its only key (a project not yet given a code) is a new one.
        let may_lack = |name: &String| self.job.def.field(name).is_some_and(|field| !field.required);
        if key.len() == 1 && key[0].is_null() && may_lack(&self.job.def.key[0]) {
            return Ok((None, None));
        }
        // Of a key of several fields some may be blank (a line without a project), the first never.
        if key[0].is_null() {
            let name = &self.job.def.key[0];
            let label = self.job.def.field(name).map_or(name.as_str(), |field| field.label.zh.as_str());
            let column = self.sources.iter().find(|source| source.field.name == *name).map(|source| source.columns[0]);
            issues.push(CellIssue {
                column,
                field: name.clone(),
                code: IssueCode::NoKey,
                message: format!("缺少{label}，无法辨认是哪条记录"),
                text: String::new(),
            });
            return Ok((None, None));
        }
        Ok((self.records.with_key(&key)?, None))
    }

    fn id_in_file(&self, values: &[Value]) -> Option<RecordId> {
        let [key] = self.job.def.key.as_slice() else { return None };
        self.in_file.get(values[self.job.def.index(key)?].as_text()?).copied()
    }

    /// Rows that mean the same record: `known` of the book, or a new one with the same key.
    fn find_repeats(&mut self, sheet_row: u32, known: Option<RecordId>, values: &[Value], issues: &mut Vec<CellIssue>) {
        use std::hash::BuildHasher;
        let known = known.map(Value::Ref);
        let places = self.job.def.key.iter().filter_map(|name| self.job.def.index(name));
        let key: Vec<&Value> =
            known.as_ref().map_or_else(|| places.map(|place| &values[place]).collect(), |known| vec![known]);
        if key.iter().all(|part| part.is_null()) {
            return;
        }
        // 64 bits under a random seed: 100,000 rows meet by chance once in 3 × 10⁹ imports, and then a
        // person sees a row named twice and nothing is lost.
        if let Some(first) = self.seen.get(&self.hasher.hash_one(&key)) {
            let column = self
                .sources
                .iter()
                .find(|source| self.job.def.key.contains(&source.field.name))
                .map(|source| source.columns[0]);
            issues.push(CellIssue {
                column,
                field: self.job.def.key[0].clone(),
                code: IssueCode::Repeated,
                message: format!("与第 {first} 行是同一条记录，请合并或删去一行"),
                text: String::new(),
            });
        } else {
            self.seen.insert(self.hasher.hash_one(&key), sheet_row);
        }
    }
}

/// What stands in the cells of one source, joined where several columns make one code.
fn shown_text(row: &Row, columns: &[u32]) -> String {
    let shown = columns.iter().map(|column| row.cell(*column).shown()).filter(|text| !text.is_empty());
    let mut text = shown.collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = text.char_indices().nth(SHOWN_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}
