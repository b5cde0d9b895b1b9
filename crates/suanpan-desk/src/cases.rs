//! Conflict cases: what two people wanted of one field, until a person has decided. The province opens them; deciding
//! one is an ordinary change of the case and of the field it is about.

use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    edit::{self, Edit},
    rows::{entity_def, read_id},
    shown::{self, Shown, ShownField, ShownRecord},
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::{collections::HashSet, sync::Arc};
use suanpan_model::{EntityDef, Record, Value};
use suanpan_store::{
    Book,
    query::{Filter, ListQuery, Sort, Test},
};
use suanpan_sync::server::{CASE, DECIDED, OPEN};
use ts_rs::TS;

/// Cases of one answer at most.
const MOST: usize = 500;
const MONEY: &str = "money";

#[derive(Debug, Clone, Deserialize, TS)]
pub struct CasesRequest {
    /// Those that wait for a decision, or those that were decided.
    pub open: bool,
    pub offset: usize,
    pub limit: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Cases {
    pub total: usize,
    /// Open ones: money first, then the oldest. Decided ones: the newest first.
    pub items: Vec<Case>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Case {
    pub id: String,
    pub record: ShownRecord,
    pub field: ShownField,
    /// An amount: decided one by one, with a reason.
    pub money: bool,
    /// What both began from, what is in force at the province, what was proposed.
    pub base: Shown,
    pub theirs: Shown,
    pub proposed: Shown,
    /// The field in this book now.
    pub current: Shown,
    pub theirs_by: String,
    #[ts(type = "number")]
    pub theirs_at_ms: i64,
    pub proposed_by: String,
    /// Proposed by the person at this desk: at this book's device and under their name. Names alone do not tell people
    /// apart, and two people may share a PC.
    pub mine: bool,
    #[ts(type = "number")]
    pub proposed_at_ms: i64,
    /// What the proposal was done as: 粘贴 12 行, a file's name.
    pub basis: String,
    pub decided: bool,
    pub choice: Option<Choice>,
    pub decided_value: Shown,
    pub reason: String,
    pub decided_by: String,
    #[ts(type = "number")]
    pub decided_at_ms: i64,
}

/// Code set case_decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// 维持平台值: what the field is now.
    Keep,
    /// 采用提出值.
    Take,
    /// 另定.
    Other,
}

const CHOICES: [(Choice, &str); 3] = [(Choice::Keep, "1"), (Choice::Take, "2"), (Choice::Other, "3")];

impl Choice {
    fn code(self) -> &'static str {
        CHOICES.iter().find(|(choice, _)| *choice == self).map_or("", |(_, code)| code)
    }

    fn of(code: &str) -> Option<Self> {
        CHOICES.iter().find(|(_, known)| *known == code).map(|(choice, _)| *choice)
    }
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct DecideCases {
    pub decisions: Vec<Decision>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct Decision {
    pub case: String,
    pub choice: Choice,
    /// With `other`: the value, null for none.
    #[serde(default)]
    #[ts(type = "string | number | boolean | null", optional)]
    pub value: Json,
    /// The JSON text of `current` that the person saw: when it is another now, the whole request is refused as stale.
    #[serde(default)]
    #[ts(optional)]
    pub seen: Option<String>,
    pub reason: String,
}

/// How many wait for a decision.
pub fn count_open(book: &Book) -> CallResult<u64> {
    Ok(book.count(&query(true))? as u64)
}

fn query(open: bool) -> ListQuery {
    let test = Test::Equals(if open { OPEN } else { DECIDED }.into());
    let sort = |field: &str, descending| Sort { field: field.into(), descending };
    let sorts = match open {
        true => vec![sort("class", false), sort("proposed_at_ms", false)],
        false => vec![sort("decided_at_ms", true)],
    };
    let filters = vec![Filter { field: "state".into(), test }];
    ListQuery { entity: CASE.into(), filters, sort: sorts, ..ListQuery::default() }
}

pub fn cases(desk: &Arc<Desk>, request: CasesRequest) -> CallResult<Cases> {
    let book = desk.book()?;
    let def = entity_def(&book, CASE)?;
    let rids = book.view(&query(request.open), None)?;
    let from = request.offset.min(rids.len());
    let to = (from + request.limit.min(MOST)).min(rids.len());
    let mut items = Vec::with_capacity(to - from);
    let me = Me::at(desk, &book)?;
    for found in book.window(CASE, &rids[from..to])? {
        items.push(Stored { def: &def, record: &found.record }.described(&book, &me)?);
    }
    Ok(Cases { total: rids.len(), items })
}

/// One case, open or decided. Err(NotFound) when there is none of this id.
pub fn case(desk: &Desk, book: &Book, id: &str) -> CallResult<Case> {
    let def = entity_def(book, CASE)?;
    let found = find(book, id)?;
    Stored { def: &def, record: &found }.described(book, &Me::at(desk, book)?)
}

/// The person at this desk, as cases name their authors.
struct Me {
    actor: String,
    /// None: the book is not enrolled, and no case can have come from it.
    device: Option<String>,
}

impl Me {
    fn at(desk: &Desk, book: &Book) -> CallResult<Self> {
        let device = book.enrolled()?.map(|enrolled| enrolled.device.0.to_string());
        Ok(Self { actor: desk.actor().to_owned(), device })
    }

    /// Cases of older programs name no device; whose they are is not known.
    fn proposed(&self, case: &Stored<'_>) -> bool {
        self.device.as_ref().is_some_and(|device| case.text("device") == *device)
            && case.text("proposed_by") == self.actor
    }
}

fn find(book: &Book, id: &str) -> CallResult<Record> {
    let found = book.record(CASE, read_id(id)?)?.filter(|found| !found.record.header.deleted);
    Ok(found.ok_or_else(|| CallError::new(CallErrorCode::NotFound, "没有这条争议，请刷新后再看"))?.record)
}

/// The record of a case, read by the names of its fields.
struct Stored<'a> {
    def: &'a EntityDef,
    record: &'a Record,
}

impl Stored<'_> {
    fn value(&self, name: &str) -> &Value {
        self.def.index(name).map_or(&Value::Null, |place| &self.record.values[place])
    }

    fn text(&self, name: &str) -> String {
        self.value(name).as_text().unwrap_or_default().to_owned()
    }

    fn number(&self, name: &str) -> i64 {
        self.value(name).as_int().unwrap_or_default()
    }

    /// A value that is kept as JSON text.
    fn json(&self, name: &str) -> Json {
        let text = self.text(name);
        if text.is_empty() { Json::Null } else { serde_json::from_str(&text).unwrap_or(Json::String(text)) }
    }

    fn described(&self, book: &Book, me: &Me) -> CallResult<Case> {
        let (entity, name) = (self.text("subject_entity"), self.text("field"));
        let subject = read_id(&self.text("subject"))?;
        let (record, found) = shown::record(book, &entity, subject, &self.text("subject_label"))?;
        let subject_def = book.schema().entity(&entity).cloned();
        // A field that this program does not know is shown as the text that came.
        let known = subject_def.as_deref().and_then(|def| def.field(&name));
        let field = known.map_or_else(|| ShownField::unknown(&name), ShownField::of);
        let shown = |value: Json| Shown::of(book, &field.kind, value);
        let place = subject_def.as_deref().and_then(|def| def.index(&name));
        let current = match (place, &found) {
            (Some(place), Some((_, found))) => found.record.values[place].to_json(),
            _ => Json::Null,
        };
        Ok(Case {
            id: self.record.id.to_string(),
            record,
            money: self.text("class") == MONEY,
            base: shown(self.json("base"))?,
            theirs: shown(self.json("theirs"))?,
            proposed: shown(self.json("proposed"))?,
            current: shown(current)?,
            theirs_by: self.text("theirs_by"),
            theirs_at_ms: self.number("theirs_at_ms"),
            proposed_by: self.text("proposed_by"),
            mine: me.proposed(self),
            proposed_at_ms: self.number("proposed_at_ms"),
            basis: self.text("basis"),
            decided: self.text("state") == DECIDED,
            choice: Choice::of(&self.text("decision")),
            decided_value: shown(self.json("decided_value"))?,
            reason: self.text("reason"),
            decided_by: self.text("decided_by"),
            decided_at_ms: self.number("decided_at_ms"),
            field,
        })
    }
}

/// Decides cases in one step of undo. Err(Stale): one was decided already, or its field is no longer what was seen.
pub fn decide_cases(desk: &Arc<Desk>, request: DecideCases) -> CallResult<edit::Applied> {
    let book = desk.book()?;
    let def = entity_def(&book, CASE)?;
    if request.decisions.is_empty() {
        return Err(CallError::bad_request("没有选择要裁决的争议"));
    }
    let me = Me::at(desk, &book)?;
    let mut known = Vec::with_capacity(request.decisions.len());
    for decision in request.decisions {
        let record = find(&book, &decision.case)?;
        let case = Stored { def: &def, record: &record }.described(&book, &me)?;
        must_be_open(&case, &decision)?;
        must_be_reasoned(&case, &decision)?;
        known.push((decision, record, case));
    }
    must_go_together(&known)?;
    let mut edits = Vec::new();
    for (decision, record, case) in &known {
        edits.extend(edits_of(desk, &book, decision, &Stored { def: &def, record }, case)?);
    }
    let label = match known.as_slice() {
        [(_, _, case)] => format!("裁决 {}的{}", case.record.label, case.field.label),
        several => format!("裁决 {} 条争议", several.len()),
    };
    edit::apply(desk, edit::Edits { label: label.chars().take(200).collect(), edits })
}

fn must_be_open(case: &Case, decision: &Decision) -> CallResult<()> {
    let about = format!("“{}”的{}", case.record.label, case.field.label);
    let stale = |message: String| Err(CallError::new(CallErrorCode::Stale, message));
    if case.decided {
        return stale(format!("{about}的争议已由 {} 裁决，请刷新后再看", case.decided_by));
    }
    let seen = decision.seen.as_deref().map(serde_json::from_str::<Json>);
    match seen {
        Some(Ok(seen)) if seen != case.current.value => {
            stale(format!("{about}现在是“{}”，与您看到的不同，请看过新值再裁决", case.current.text))
        }
        Some(Err(_)) => Err(CallError::bad_request("所见的值不是 JSON")),
        _ => Ok(()),
    }
}

fn must_be_reasoned(case: &Case, decision: &Decision) -> CallResult<()> {
    let needed = case.money || decision.choice == Choice::Other;
    if needed && decision.reason.trim().is_empty() {
        let which = if case.money { "金额的争议" } else { "另定的值" };
        let message = format!("{which}须写明理由");
        return Err(CallError { field: Some("reason".into()), ..CallError::new(CallErrorCode::Refused, message) });
    }
    Ok(())
}

/// Money is decided one by one, and nothing is decided twice at once.
fn must_go_together(known: &[(Decision, Record, Case)]) -> CallResult<()> {
    let refused = |message: String| Err(CallError::new(CallErrorCode::Refused, message));
    if known.len() > 1 && known.iter().any(|(_, _, case)| case.money) {
        return refused("金额的争议须逐条裁决，请不要与别的争议一起裁决".into());
    }
    let mut fields = HashSet::new();
    let mut ids = HashSet::new();
    for (decision, record, case) in known {
        let is_new = fields.insert((&case.record.id, &case.field.name));
        if !ids.insert(record.id) || !is_new && decision.choice != Choice::Keep {
            return refused(format!("“{}”的{}有几条争议，请逐条裁决", case.record.label, case.field.label));
        }
    }
    Ok(())
}

fn edits_of(desk: &Desk, book: &Book, decision: &Decision, stored: &Stored<'_>, case: &Case) -> CallResult<Vec<Edit>> {
    let chosen = match decision.choice {
        Choice::Keep => &case.current.value,
        Choice::Take => &case.proposed.value,
        Choice::Other => &decision.value,
    };
    let def = entity_def(book, &case.record.entity)?;
    if let Some(field) = def.field(&case.field.name) {
        shown::must_fit(field, chosen)?;
    }
    let changes = [
        ("state", DECIDED.into()),
        ("decision", decision.choice.code().into()),
        ("decided_value", chosen.to_string().into()),
        ("reason", Some(decision.reason.trim()).filter(|reason| !reason.is_empty()).into()),
        ("decided_by", desk.actor().into()),
        ("decided_at_ms", desk.now_ms().into()),
    ];
    let set = |entity: &str, id: &str, field: &str, from: Json, to: Json| Edit::Set {
        entity: entity.into(),
        id: id.into(),
        field: field.into(),
        from,
        to,
    };
    let of_case = changes.into_iter().map(|(field, to): (&str, Json)| (field, stored.value(field).to_json(), to));
    let mut edits: Vec<Edit> = of_case
        .filter(|(_, from, to)| from != to)
        .map(|(field, from, to)| set(CASE, &case.id, field, from, to))
        .collect();
    if *chosen != case.current.value {
        let from = case.current.value.clone();
        edits.push(set(&case.record.entity, &case.record.id, &case.field.name, from, chosen.clone()));
    }
    Ok(edits)
}
