//! Workbooks out: a list as it stands, a whole entity, or an empty template to fill in. A sheet that shows steps of the
//! workflow which the province has not confirmed says so under its table.

use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    jobs::{JobStarted, Progress},
    references::Writer,
    rows::entity_def,
};
use serde::{Deserialize, Serialize};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};
use suanpan_excel::write::{self as excel, Form, Labels, Purpose, Source, WriteError};
use suanpan_model::{EntityDef, FieldKind, Record, entity::SyncClass, money::MoneyUnit};
use suanpan_store::{Book, Stored, query::ListQuery};
use ts_rs::TS;

/// Records offered in the drop-down of a reference; longer lists help nobody.
const MOST_CHOICES: usize = 3_000;

/// Forms that state their total in words as well: entity and money field.
const IN_WORDS: [(&str, &str); 2] = [("allotment", "amount"), ("allotment_voucher", "amount")];

#[derive(Debug, Clone, Deserialize, TS)]
pub struct Export {
    /// Which records in which order. Only the entity and the year matter for a template.
    pub query: suanpan_store::query::ListQuery,
    /// Names of the columns from left to right; empty = all (of a template: all that can be filled in).
    #[serde(default)]
    pub columns: Vec<String>,
    /// yuan or wan.
    #[serde(default)]
    pub unit: MoneyUnit,
    /// 舍位平衡: amounts with two decimals of the unit that still add up.
    #[serde(default)]
    pub balanced: bool,
    #[serde(default)]
    pub template: bool,
    /// Over the table; empty = made of division, year and entity.
    #[serde(default)]
    pub title: String,
    /// Where to write it. An existing file is replaced once the new one is complete.
    pub path: String,
}

/// The result of an export.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Exported {
    pub path: String,
    pub rows: usize,
    /// Exact Σ of every money column, in 分.
    #[ts(type = "Record<string, number>")]
    pub totals: BTreeMap<String, i64>,
}

/// Job whose result is an [`Exported`].
pub fn export(desk: &Arc<Desk>, request: Export) -> CallResult<JobStarted> {
    let book = desk.book()?;
    let def = entity_def(&book, &request.query.entity)?;
    let columns = columns(&def, &request)?;
    if !matches!(request.unit, MoneyUnit::Yuan | MoneyUnit::Wan) {
        return Err(CallError::bad_request("金额单位只能是元或万元"));
    }
    Ok(desk.jobs.start(&format!("导出{}", def.label.zh), move |progress| {
        let exported = write(&book, &def, columns, &request, progress)?;
        serde_json::to_value(exported).map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()))
    }))
}

fn columns(def: &EntityDef, request: &Export) -> CallResult<Vec<usize>> {
    if request.columns.is_empty() {
        let wanted = |index: &usize| !request.template || def.fields[*index].derived.is_none();
        return Ok((0..def.fields.len()).filter(wanted).collect());
    }
    let index = |name: &String| {
        let message = || CallError::bad_request(format!("{}没有“{name}”这一项", def.label.zh));
        def.index(name).ok_or_else(message)
    };
    request.columns.iter().map(index).collect()
}

fn write(
    book: &Book,
    def: &EntityDef,
    columns: Vec<usize>,
    request: &Export,
    progress: &Progress,
) -> CallResult<Exported> {
    let info = book.info();
    let year = request.query.fiscal_year.unwrap_or(info.year);
    let schema = book.schema();
    let labels = Writer::new(book);
    let in_words = IN_WORDS.iter().find(|(entity, _)| *entity == def.entity).and_then(|(_, field)| def.index(field));
    let title = match request.title.as_str() {
        "" => {
            format!("{}{year}年{}{}", info.division_name, def.label.zh, if request.template { "填报表" } else { "表" })
        }
        title => title.to_owned(),
    };
    let form = Form {
        choices: choices(book, def, &columns, year, &labels)?,
        def,
        codes: &schema.codes,
        title,
        maker: info.division_name.clone(),
        fiscal_year: year,
        division: info.division.clone(),
        unit: request.unit,
        purpose: if request.template { Purpose::Template } else { Purpose::Records },
        balanced: request.balanced && !request.template,
        in_words: in_words.filter(|_| !request.template),
        columns,
    };
    let list = List::new(book, &form, &request.query, progress)?;
    let summary = to_file(Path::new(&request.path), |out| Ok(excel::write(&form, &list, &labels, out)?))?;
    let totals = summary.totals.iter().map(|(index, sum)| (def.fields[*index].name.clone(), *sum)).collect();
    Ok(Exported { path: request.path.clone(), rows: summary.rows, totals })
}

/// How the records that reference columns may name are written.
fn choices(
    book: &Book,
    def: &EntityDef,
    columns: &[usize],
    year: i32,
    labels: &Writer<'_>,
) -> CallResult<HashMap<String, Vec<String>>> {
    let mut choices = HashMap::new();
    for field in columns.iter().map(|&index| &def.fields[index]) {
        let FieldKind::Reference { entity } = &field.kind else { continue };
        if choices.contains_key(entity) {
            continue;
        }
        let target = entity_def(book, entity)?;
        let query = ListQuery { entity: entity.clone(), fiscal_year: Some(year), ..Default::default() };
        let mut ids = Vec::new();
        if book.count(&query)? <= MOST_CHOICES && target.key.len() == 1 {
            book.each_stored(&query, &mut |record| {
                ids.push(record.id);
                Ok(true)
            })?;
        }
        let mut written: Vec<String> = ids.into_iter().map(|id| labels.label(entity, id)).collect();
        written.sort_unstable();
        choices.insert(entity.clone(), written);
    }
    Ok(choices)
}

/// The records of a query, as the workbook writer asks for them.
struct List<'a> {
    book: &'a Book,
    query: &'a ListQuery,
    /// Derived fields cost a look-up each; they are computed only for columns that show them.
    with_derived: bool,
    all: usize,
    progress: &'a Progress,
    steps: Steps<'a>,
}

impl<'a> List<'a> {
    fn new(book: &'a Book, form: &Form<'a>, query: &'a ListQuery, progress: &'a Progress) -> CallResult<Self> {
        let with_derived = form.columns.iter().any(|&index| form.def.fields[index].derived.is_some());
        let all = if form.purpose == Purpose::Template { 0 } else { book.count(query)? };
        let steps = Steps::new(book, form.def, &form.columns)?;
        Ok(Self { book, query, with_derived, all, progress, steps })
    }
}

impl Source for List<'_> {
    fn each(&self, each: &mut dyn FnMut(&Record) -> Result<(), WriteError>) -> Result<(), WriteError> {
        let mut outcome = Ok(());
        let mut done = 0;
        self.steps.begin();
        let mut take = |record: &Record| {
            done += 1;
            self.steps.note(record)?;
            outcome = match done % 256 == 0 && !self.progress.at(done, self.all) {
                true => Err(WriteError::Cancelled),
                false => each(record),
            };
            Ok(outcome.is_ok())
        };
        let read = match self.with_derived {
            true => self.book.each(self.query, &mut |listed| take(&listed.record)),
            false => self.book.each_in_order(self.query, &mut take),
        };
        read.and_then(|()| self.steps.look()).map_err(|error| WriteError::Source(error.to_string()))?;
        outcome
    }

    fn notes(&self) -> Vec<String> {
        self.steps.sentence().into_iter().collect()
    }
}

/// Records whose steps are looked up together.
const LOOKED_UP: usize = 256;

/// Counts the steps of the workflow among the records that go out which the province has not confirmed.
struct Steps<'a> {
    book: &'a Book,
    def: &'a EntityDef,
    /// The columns that show a step, as indexes into `def.fields`. A sheet without one has nothing to say of them.
    shown: Vec<usize>,
    waiting: RefCell<Vec<Record>>,
    /// By field, how many records.
    found: RefCell<BTreeMap<usize, usize>>,
}

impl<'a> Steps<'a> {
    fn new(book: &'a Book, def: &'a EntityDef, columns: &[usize]) -> CallResult<Self> {
        // A book that works alone has nobody to confirm anything.
        let columns = if book.sync_state()?.device.is_some() { columns } else { &[] };
        let is_step = |at: &usize| def.fields[*at].derived.is_none() && def.fields[*at].sync == SyncClass::Workflow;
        let shown = columns.iter().copied().filter(is_step).collect();
        Ok(Self { book, def, shown, waiting: RefCell::default(), found: RefCell::default() })
    }

    fn begin(&self) {
        self.waiting.borrow_mut().clear();
        self.found.borrow_mut().clear();
    }

    fn note(&self, record: &Record) -> Stored<()> {
        if self.shown.is_empty() {
            return Ok(());
        }
        self.waiting.borrow_mut().push(record.clone());
        if self.waiting.borrow().len() < LOOKED_UP { Ok(()) } else { self.look() }
    }

    fn look(&self) -> Stored<()> {
        let records = self.waiting.take();
        let fields = self.book.unconfirmed_steps(self.def, &records.iter().collect::<Vec<_>>())?;
        let mut found = self.found.borrow_mut();
        for field in fields.into_values().flatten().filter(|field| self.shown.contains(field)) {
            *found.entry(field).or_default() += 1;
        }
        Ok(())
    }

    fn sentence(&self) -> Option<String> {
        let found = self.found.borrow();
        let fields: Vec<_> = found.keys().map(|at| self.def.fields[*at].label.zh.as_str()).collect();
        let count: usize = found.values().sum();
        let fields = fields.join("、");
        (count > 0).then(|| format!("含 {count} 项尚未经上级确认的流程步骤（{fields}），以上级确认为准"))
    }
}

/// Writes a file beside `path` and puts it in its place once it is complete.
pub fn to_file<T>(
    path: &Path,
    write: impl FnOnce(&mut std::io::BufWriter<&mut std::fs::File>) -> CallResult<T>,
) -> CallResult<T> {
    let failed = |error: &std::io::Error| {
        let place = path.display();
        CallError::new(CallErrorCode::Io, format!("“{place}”写不成：{error}；请换一个位置，或关闭正在打开它的程序"))
    };
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(PathBuf::from("."), Path::to_owned);
    std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(|error| failed(&error))?;
    let mut out = std::io::BufWriter::with_capacity(64 << 10, file.as_file_mut());
    let written = write(&mut out)?;
    out.flush().map_err(|error| failed(&error))?;
    drop(out);
    file.persist(path).map_err(|error| failed(&error.error))?;
    Ok(written)
}

impl From<WriteError> for CallError {
    fn from(error: WriteError) -> Self {
        let code = match error {
            WriteError::Cancelled => CallErrorCode::Cancelled,
            WriteError::TooManyRows => CallErrorCode::Refused,
            WriteError::Source(_) => CallErrorCode::Internal,
            WriteError::Xlsx(_) => CallErrorCode::Io,
        };
        Self::new(code, error.to_string())
    }
}
