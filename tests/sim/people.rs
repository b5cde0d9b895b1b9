//! What people type: every kind of field, alone and in groups, now and then what they may not.

use crate::{
    check::{Checked, broken},
    dice::Dice,
    journal::Typed,
    world::World,
};
use serde_json::{Map, Value as Json, json};
use std::{collections::HashSet, sync::Arc};
use suanpan_model::{Change, Op, OpKind, Record, RecordId, Value, op::GroupKind};
use suanpan_sync::{
    parcel::{GroupHead, op_id},
    scope::Scope,
    server::{CASE, DECIDED, OPEN},
};

type Wanted = Vec<(&'static str, RecordId, OpKind)>;

/// Few, so that two people often want the same.
const NAMES: [&str; 6] = ["一号桥", "二号桥", "村道硬化", "校舍维修", "安全饮水", ""];
const PLAIN: [(&str, &str); 4] =
    [("project", "pro_name"), ("project", "pro_desc"), ("budget_line", "remark"), ("allotment", "bgt_dec")];
const MONEY: [(&str, &str); 3] = [("project", "pro_total_amt"), ("budget_line", "apply_up"), ("allotment", "amount")];
const STEPS: [(&str, &str); 2] = [("project", "store_phase"), ("budget_line", "apply_link")];
const TYPED: [&str; 4] = ["project", "budget_line", "allotment", "allotment_voucher"];

impl World {
    /// Somebody types something, if it can be done on this desk.
    pub fn type_something(&mut self, at: usize) -> Checked {
        let id = self.dice.id();
        let (label, kind, wanted) = self.gesture(at);
        self.codes_are_given_out_once()?;
        if wanted.is_empty() {
            return Ok(());
        }
        let clock = self.clocks_of(at, self.desk_clock(at));
        let head = GroupHead { id, actor: format!("会计{at}").into(), label: label.into(), kind, clock };
        let ops = (0..).zip(wanted).map(|(place, (entity, record, kind))| Op {
            id: op_id(id, place),
            entity: entity.into(),
            record,
            kind,
        });
        let ops: Vec<Op> = ops.collect();
        let typed = self.desks[at].book.type_in(head, ops.clone());
        self.tell(|| match &typed {
            Ok(()) => format!("desk {at} {label} {id}: {ops:?}"),
            Err(error) => format!("desk {at} may not {label}: {error}"),
        });
        if typed.is_ok() {
            let group = self.desks[at].book.look(|kept| kept.unsettled.last().cloned());
            if let Some((group, _)) = group {
                self.journal.add(Typed { head: group.head, ops: group.ops, desk: at });
            }
        }
        self.look_at(at)
    }

    fn gesture(&mut self, at: usize) -> (&'static str, GroupKind, Wanted) {
        let scope = self.scope_of(at);
        let one = |wanted: Option<(&'static str, RecordId, OpKind)>| wanted.into_iter().collect::<Wanted>();
        let plainly = |label, wanted| (label, GroupKind::Do, wanted);
        match self.dice.below(100) {
            0..=11 => plainly("新增项目", vec![self.new_project_of(at, scope)]),
            12..=17 => plainly("新增预算", one(self.new_line(at, scope))),
            18..=24 => plainly("新增指标", one(self.new_allotment(at, scope))),
            25..=36 => plainly("录入单据", one(self.new_voucher(at, scope))),
            37..=47 => plainly("改文字", one(self.edit_text(at))),
            48..=61 => plainly("改金额", one(self.edit_money(at))),
            62..=66 => plainly("办理", one(self.take_step(at))),
            67..=70 => plainly("赋码", one(self.give_code(at))),
            71..=73 => plainly("删除", one(self.pick_living(at).map(|(entity, id)| (entity, id, OpKind::Delete)))),
            74..=75 => plainly("恢复", one(self.pick_deleted(at).map(|(entity, id)| (entity, id, OpKind::Restore)))),
            76..=82 => plainly("粘贴", self.several(at)),
            83..=84 => plainly("导入", self.many(scope)),
            85..=86 => plainly("两级", self.over_two_scopes(at)),
            87..=90 => self.take_back(at),
            91..=97 => plainly("裁决", self.decide_case(at)),
            _ => plainly("越权", vec![self.poison(scope)]),
        }
    }

    fn scope_of(&mut self, at: usize) -> Scope {
        let scopes = &self.desks[at].scopes;
        self.dice.pick(scopes).copied().unwrap_or(scopes[0])
    }

    fn records(&self, at: usize, entity: &str) -> Vec<Arc<Record>> {
        self.desks[at].book.look(|kept| kept.book.records(entity))
    }

    fn pick(&mut self, at: usize, entity: &str, deleted: bool) -> Option<Arc<Record>> {
        let mut records = self.records(at, entity);
        records.retain(|record| record.header.deleted == deleted);
        self.dice.pick(&records).cloned()
    }

    fn pick_living(&mut self, at: usize) -> Option<(&'static str, RecordId)> {
        let entity = TYPED[self.dice.below(TYPED.len())];
        self.pick(at, entity, false).map(|record| (entity, record.id))
    }

    fn pick_deleted(&mut self, at: usize) -> Option<(&'static str, RecordId)> {
        let entity = TYPED[self.dice.below(TYPED.len())];
        self.pick(at, entity, true).map(|record| (entity, record.id))
    }

    fn value(&self, entity: &str, record: &Record, field: &str) -> Json {
        let place = self.schema.entity(entity).and_then(|def| def.index(field));
        place.map_or(Json::Null, |place| record.values[place].to_json())
    }

    fn new_project(&mut self, scope: Scope, texts: usize) -> (&'static str, RecordId, OpKind) {
        let mut fields = json!({"pro_name": name(&mut self.dice), "pro_total_amt": self.dice.between(1, 9) * 10_000});
        if texts > 1 {
            let text: String = (0..texts).map(|_| char::from(b'a' + self.dice.below(26) as u8)).collect();
            fields["pro_desc"] = text.into();
        }
        if self.dice.chance(15) {
            fields["pro_code"] = code(&mut self.dice).into();
        }
        ("project", self.dice.id(), create(scope, fields))
    }

    /// A new project, with a code of the desk's blocks when it has one.
    fn new_project_of(&mut self, at: usize, scope: Scope) -> (&'static str, RecordId, OpKind) {
        let mut wanted = self.new_project(scope, 1);
        if let (_, record, OpKind::Create { fields, .. }) = &mut wanted
            && !fields.contains_key("pro_code")
            && let Some(code) = self.take_code(at, *record)
        {
            fields.insert("pro_code".into(), code.into());
        }
        wanted
    }

    /// A code of the desk's blocks, used up for `record`.
    fn take_code(&mut self, at: usize, record: RecordId) -> Option<String> {
        let used: HashSet<String> = self
            .records(at, "project")
            .iter()
            .map(|project| self.value("project", project, "pro_code").to_string())
            .collect();
        let is_in_use = |code: &str| used.contains(&Json::from(code).to_string());
        let code = self.desks[at].book.change(|kept| kept.codes.take(is_in_use))?;
        self.given_codes.entry(code.clone()).or_default().push(record);
        Some(code)
    }

    /// 13: a code of a block is given out once. Who does not know yet that it was given out (a book from a backup, a copy, a
    /// restored province) may give it again: then the province lets one project have it, which the ledger looks after.
    fn codes_are_given_out_once(&self) -> Checked {
        if self.province_was_restored || self.books_were_doubled {
            return Ok(());
        }
        match self.given_codes.iter().find(|(_, records)| records.len() > 1) {
            Some((code, records)) => Err(broken(13, format!("{code} was given out to {records:?}"))),
            None => Ok(()),
        }
    }

    fn new_line(&mut self, at: usize, scope: Scope) -> Option<(&'static str, RecordId, OpKind)> {
        let project = self.pick(at, "project", false)?;
        let fields =
            json!({"project": project.id.to_string(), "apply_up": self.dice.between(1, 9) * 1_000, "apply_link": "1"});
        Some(("budget_line", self.dice.id(), create(scope, fields)))
    }

    fn new_allotment(&mut self, at: usize, scope: Scope) -> Option<(&'static str, RecordId, OpKind)> {
        let mut fields =
            json!({"bgt_no": format!("B{}", self.dice.below(30)), "amount": self.dice.between(1, 20) * 100});
        if self.dice.chance(40)
            && let Some(origin) = self.pick(at, "allotment", false)
        {
            fields["origin"] = origin.id.to_string().into();
            fields["amount"] = (self.dice.between(1, 8) * 100).into();
        }
        Some(("allotment", self.dice.id(), create(scope, fields)))
    }

    fn new_voucher(&mut self, at: usize, scope: Scope) -> Option<(&'static str, RecordId, OpKind)> {
        let allotment = self.pick(at, "allotment", false)?;
        let kind = ["01", "02", "03", "04", "05", "06", "07"][self.dice.below(7)];
        let mut fields = json!({
            "voucher_no": format!("V{}", self.dice.below(100)),
            "kind": kind,
            "amount": self.dice.between(1, 8) * 100,
            "reason": "调整",
            "doc_date": "2027-03-01",
        });
        let id = allotment.id.to_string();
        if matches!(kind, "03" | "04" | "05" | "07") {
            fields["from_allotment"] = id.clone().into();
        }
        if matches!(kind, "01" | "02" | "06") {
            fields["to_allotment"] = id.into();
        }
        if kind == "04" {
            fields["to_allotment"] = self.pick(at, "allotment", false)?.id.to_string().into();
        }
        Some(("allotment_voucher", self.dice.id(), create(scope, fields)))
    }

    fn edit_text(&mut self, at: usize) -> Option<(&'static str, RecordId, OpKind)> {
        let (entity, field) = PLAIN[self.dice.below(PLAIN.len())];
        let record = self.pick(at, entity, false)?;
        let to = name(&mut self.dice);
        let mut changes = vec![self.change(entity, &record, field, to)];
        if self.dice.chance(20) && entity == "project" {
            let amount = self.dice.between(1, 9) * 10_000;
            changes.push(self.change(entity, &record, "pro_total_amt", amount.into()));
        }
        Some((entity, record.id, OpKind::Edit { seen: record.header.version, changes }))
    }

    fn edit_money(&mut self, at: usize) -> Option<(&'static str, RecordId, OpKind)> {
        let (entity, field) = MONEY[self.dice.below(MONEY.len())];
        let record = self.pick(at, entity, false)?;
        let to = self.dice.between(1, 9) * if entity == "allotment" { 100 } else { 10_000 };
        let changes = vec![self.change(entity, &record, field, to.into())];
        Some((entity, record.id, OpKind::Edit { seen: record.header.version, changes }))
    }

    fn take_step(&mut self, at: usize) -> Option<(&'static str, RecordId, OpKind)> {
        let (entity, field) = STEPS[self.dice.below(STEPS.len())];
        let record = self.pick(at, entity, false)?;
        let now: u8 = self.value(entity, &record, field).as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
        let changes = vec![self.change(entity, &record, field, (now + 1).to_string().into())];
        (now < 6).then_some((entity, record.id, OpKind::Edit { seen: record.header.version, changes }))
    }

    fn give_code(&mut self, at: usize) -> Option<(&'static str, RecordId, OpKind)> {
        let record = self.pick(at, "project", false)?;
        let typed = code(&mut self.dice);
        let to = self.take_code(at, record.id).unwrap_or(typed).into();
        let changes = vec![self.change("project", &record, "pro_code", to)];
        Some(("project", record.id, OpKind::Edit { seen: record.header.version, changes }))
    }

    /// A paste: several records, each once.
    fn several(&mut self, at: usize) -> Wanted {
        let mut wanted = Wanted::new();
        for _ in 0..2 + self.dice.below(5) {
            let one = match self.dice.below(10) {
                0..=3 => self.edit_text(at),
                4..=7 => self.edit_money(at),
                8 => self.take_step(at),
                _ => Some(self.new_project(self.desks[at].scopes[0], 1)),
            };
            if let Some(one) = one
                && wanted.iter().all(|(_, id, _)| *id != one.1)
            {
                wanted.push(one);
            }
        }
        wanted
    }

    /// An import: more than one parcel.
    fn many(&mut self, scope: Scope) -> Wanted {
        (0..10 + self.dice.below(12)).map(|_| self.new_project(scope, 60)).collect()
    }

    fn over_two_scopes(&mut self, at: usize) -> Wanted {
        let scopes = self.desks[at].scopes.clone();
        let mut wanted = Wanted::new();
        for scope in scopes.iter().take(2) {
            wanted.push(self.new_project(*scope, 1));
            wanted.extend(self.new_allotment(at, *scope));
        }
        wanted.extend(self.edit_text(at).filter(|_| scopes.len() > 1));
        wanted
    }

    /// Undo of something typed here lately, or its redo.
    fn take_back(&mut self, at: usize) -> (&'static str, GroupKind, Wanted) {
        let typed: Vec<_> = self.journal.all().rev().filter(|typed| typed.desk == at).take(6).cloned().collect();
        let Some(typed) = self.dice.pick(&typed) else { return ("撤销", GroupKind::Do, Vec::new()) };
        let entity = |op: &Op| TYPED.iter().copied().find(|entity| **entity == *op.entity);
        let back = typed.ops.iter().rev().filter_map(|proposal| {
            let op = &proposal.op;
            Some((entity(op)?, op.record, op.inverse(op.id, 0).kind))
        });
        let (label, kind) = match typed.head.kind {
            GroupKind::Undo(of) => ("重做", GroupKind::Redo(of)),
            _ => ("撤销", GroupKind::Undo(typed.head.id)),
        };
        let back: Wanted = back.collect();
        let whole = back.len() == typed.ops.len();
        (label, kind, if whole { back } else { Vec::new() })
    }

    /// A person decides: keep, take, or a third value.
    fn decide_case(&mut self, at: usize) -> Wanted {
        let mut cases = self.records(at, CASE);
        cases.retain(|case| self.value(CASE, case, "state") == json!(OPEN));
        let Some(case) = self.dice.pick(&cases).cloned() else { return Vec::new() };
        let text = |field: &str| self.value(CASE, &case, field).as_str().unwrap_or_default().to_owned();
        let (entity, field, proposed) = (text("subject_entity"), text("field"), text("proposed"));
        let Some(entity) = TYPED.iter().copied().find(|known| **known == entity) else { return Vec::new() };
        let subject: Option<RecordId> = text("subject").parse().ok();
        let records = self.records(at, entity);
        let Some(record) = records.iter().find(|record| Some(record.id) == subject) else { return Vec::new() };
        let current = self.value(entity, record, &field);
        let (choice, chosen) = match self.dice.below(5) {
            0 | 1 => ("1", current.clone()),
            2 | 3 => ("2", serde_json::from_str(&proposed).unwrap_or_default()),
            _ if current.is_number() => ("3", json!(self.dice.between(10, 90) * 100)),
            _ => ("3", json!("另定")),
        };
        let decided = [
            ("state", json!(DECIDED)),
            ("decision", json!(choice)),
            ("decided_value", json!(chosen.to_string())),
            ("reason", json!("核对原始凭证")),
            ("decided_by", json!(format!("会计{at}"))),
        ];
        let changes = decided.into_iter().map(|(field, to)| self.change(CASE, &case, field, to));
        let changes: Vec<Change> = changes.filter(|change| change.from != change.to).collect();
        let mut wanted = vec![(CASE, case.id, OpKind::Edit { seen: case.header.version, changes })];
        if chosen != current {
            let change = Change { field, from: current, to: chosen };
            wanted.push((entity, record.id, OpKind::Edit { seen: record.header.version, changes: vec![change] }));
        }
        wanted
    }

    /// What nobody but the province may write.
    fn poison(&mut self, scope: Scope) -> (&'static str, RecordId, OpKind) {
        let fields = json!({"set": "func", "code": "2010101", "name": "行政运行"});
        ("code_item", self.dice.id(), create(scope, fields))
    }

    fn change(&self, entity: &str, record: &Record, field: &str, to: Json) -> Change {
        Change { field: field.into(), from: self.value(entity, record, field), to: blank_is_null(to) }
    }
}

fn blank_is_null(to: Json) -> Json {
    match &to {
        Json::String(text) => Value::text(text).to_json(),
        _ => to,
    }
}

fn create(scope: Scope, fields: Json) -> OpKind {
    let fields = match fields {
        Json::Object(fields) => {
            fields.into_iter().filter(|(_, value)| !blank_is_null(value.clone()).is_null()).collect()
        }
        _ => Map::new(),
    };
    OpKind::Create { division: scope.to_string().into(), fiscal_year: 2027, fields }
}

fn name(dice: &mut Dice) -> Json {
    NAMES[dice.below(NAMES.len())].into()
}

fn code(dice: &mut Dice) -> String {
    format!("41088227000100000{:04}", dice.below(8))
}
