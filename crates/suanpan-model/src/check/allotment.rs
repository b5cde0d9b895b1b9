//! Rules of 指标 and their vouchers: the balance identity, what lower 指标 inherit, what a voucher needs.

use super::{
    frame::{Ask, Yuan},
    general::{date, name_of},
    ledger::{Ledger, kind},
};
use crate::{
    entity::{EntityDef, FieldKind},
    facts::Read,
    value::{Record, RecordId, Value},
};

/// 可用 = 余额 − 冻结 − 已分配下级 − 已申请支付 ≥ 0. Where only the lower 指标 are too many, the rule about
/// them says so, with the figure to bring down.
pub(super) fn available_not_negative(ask: &mut Ask) -> Read<()> {
    let ledger = Ledger::of(ask)?;
    if ledger.available() >= 0 || (ledger.allocated > 0 && ledger.allocatable() >= 0) {
        return Ok(());
    }
    let (current, frozen) = (Yuan(ledger.current), Yuan(ledger.frozen));
    let (allocated, applied) = (Yuan(ledger.allocated), Yuan(ledger.applied));
    ask.say(&[
        ("value", &Yuan(ledger.available())),
        ("current", &current),
        ("frozen", &frozen),
        ("allocated", &allocated),
        ("applied", &applied),
    ]);
    Ok(())
}

/// Subject: the source, whose lower 指标 are added up.
pub(super) fn allocated_within_source(ask: &mut Ask) -> Read<()> {
    let ledger = Ledger::of(ask)?;
    let excess = Yuan(ledger.allocated - ledger.allocatable().max(0));
    if ledger.allocated > 0 && excess.0 > i128::from(ask.rule.whole("tolerance_fen")) {
        let (allocated, limit) = (Yuan(ledger.allocated), Yuan(ledger.allocatable()));
        ask.say(&[("allocated", &allocated), ("limit", &limit), ("difference", &excess)]);
    }
    Ok(())
}

/// In the order of their dates the frozen balance must never fall below 0, not only at the end.
pub(super) fn unfrozen_within_frozen(ask: &mut Ask) -> Read<()> {
    let mut moves: Vec<(Option<String>, RecordId, i128)> = Vec::new();
    for (on, wanted, sign) in [("from_allotment", kind::FREEZE, 1), ("to_allotment", kind::UNFREEZE, -1)] {
        for record in ask.children("allotment_voucher", on)?.iter() {
            let voucher = ask.views.voucher.read(record);
            if voucher.kind == Some(wanted) {
                moves.push((voucher.doc_date.map(str::to_owned), record.id, sign * Yuan::of(voucher.amount).0));
            }
        }
    }
    // On one day freezing comes first: which slip was written first that day is not recorded.
    moves.sort_by(|left, right| (&left.0, -left.2.signum(), left.1).cmp(&(&right.0, -right.2.signum(), right.1)));
    let mut balance = 0;
    for (day, _, fen) in moves {
        balance += fen;
        if balance < 0 {
            let (day, before) = (day.unwrap_or_else(|| "未填日期".to_owned()), Yuan(balance - fen));
            ask.say(&[("date", &day), ("unfrozen", &Yuan(-fen)), ("frozen", &before)]);
            break;
        }
    }
    Ok(())
}

pub(super) fn released_within_amount(ask: &mut Ask) -> Read<()> {
    let ledger = Ledger::of(ask)?;
    let amount = Yuan::of(ask.views.allotment.read(ask.record).amount);
    if ledger.released > amount.0 {
        ask.say(&[("released", &Yuan(ledger.released)), ("amount", &amount)]);
    }
    Ok(())
}

pub(super) fn inherits_from_source(ask: &mut Ask) -> Read<()> {
    let Some(source) = ask.linked("allotment", ask.views.allotment.read(ask.record).origin)? else { return Ok(()) };
    let def = ask.def;
    same_fields(ask, def, &source)
}

pub(super) fn agrees_with_budget(ask: &mut Ask) -> Read<()> {
    let Some(line) = ask.linked("budget_line", ask.views.allotment.read(ask.record).plan)? else { return Ok(()) };
    let Some(def) = ask.schema.entity("budget_line") else { return Ok(()) };
    same_fields(ask, def, &line)
}

/// The fields that `rules.json` lists must hold the same in the subject and in `other`.
fn same_fields(ask: &mut Ask, other_def: &EntityDef, other: &Record) -> Read<()> {
    let rule = ask.rule;
    for name in rule.list("fields") {
        let (Some(at), Some(there)) = (ask.def.index(name), other_def.index(name)) else { continue };
        let own = ask.record.values.get(at).unwrap_or(&Value::Null);
        let expected = other.values.get(there).unwrap_or(&Value::Null);
        if own == expected {
            continue;
        }
        let field = &ask.def.fields[at];
        let (own, expected) = (shown(ask, &field.kind, own)?, shown(ask, &field.kind, expected)?);
        ask.say_at(name, &[("field", &field.label.zh), ("value", &own), ("expected", &expected)]);
    }
    Ok(())
}

fn shown(ask: &Ask, kind: &FieldKind, value: &Value) -> Read<String> {
    Ok(match (kind, value) {
        (FieldKind::Reference { entity }, Value::Ref(id)) => name_of(ask, entity, *id)?,
        (FieldKind::Code { set, .. }, Value::Text(code)) => ask.code(set, Some(code)),
        (_, Value::Null) => "空".to_owned(),
        (_, Value::Bool(yes)) => if *yes { "是" } else { "否" }.to_owned(),
        (_, Value::Money(money)) => Yuan::of(*money).to_string(),
        (_, Value::Text(text)) => text.to_string(),
        (_, other) => other.to_json().to_string(),
    })
}

pub(super) fn passed_on_in_time(ask: &mut Ask) -> Read<()> {
    let own = ask.views.allotment.read(ask.record);
    let Some(source) = ask.linked("allotment", own.origin)? else { return Ok(()) };
    let arrived = ask.views.allotment.read(&source).doc_date.and_then(date);
    let (Some(arrived), Some(passed)) = (arrived, own.doc_date.and_then(date)) else { return Ok(()) };
    let (days, limit) = ((passed - arrived).num_days(), ask.rule.whole("days"));
    if days > limit {
        ask.say(&[("source_date", &arrived), ("date", &passed), ("days", &days), ("limit", &limit)]);
    }
    Ok(())
}

pub(super) fn three_public_is_marked(ask: &mut Ask) -> Read<()> {
    let own = ask.views.allotment.read(ask.record);
    let Some(dep) = own.dep_eco else { return Ok(()) };
    let Some(expected) = ask.rule.param("map").get(dep).and_then(serde_json::Value::as_str) else { return Ok(()) };
    if own.thr_exp != Some(expected) {
        let (dep, expected) = (ask.code("dep_eco", Some(dep)), ask.code("thr_exp", Some(expected)));
        ask.say(&[("dep", &dep), ("expected", &expected)]);
    }
    Ok(())
}

pub(super) fn voucher_takes_from(ask: &mut Ask) -> Read<()> {
    let voucher = ask.views.voucher.read(ask.record);
    needs(ask, voucher.kind, voucher.from_allotment)
}

pub(super) fn voucher_gives_to(ask: &mut Ask) -> Read<()> {
    let voucher = ask.views.voucher.read(ask.record);
    needs(ask, voucher.kind, voucher.to_allotment)
}

fn needs(ask: &mut Ask, kind: Option<&str>, side: Option<RecordId>) -> Read<()> {
    if side.is_none() && ask.rule.lists("kinds", kind) {
        let kind = ask.schema.codes.name("voucher_kind", kind.unwrap_or_default());
        ask.say(&[("kind", &kind)]);
    }
    Ok(())
}

/// A side that the kind does not know would be left out of every balance.
pub(super) fn voucher_without_other_side(ask: &mut Ask) -> Read<()> {
    let voucher = ask.views.voucher.read(ask.record);
    let Some(kind) = voucher.kind else { return Ok(()) };
    let item = ask.schema.codes.item("voucher_kind", kind);
    let surplus = match item.and_then(|item| item.ext.get("side")).map(String::as_str) {
        Some("to") if voucher.from_allotment.is_some() => "from_allotment",
        Some("from") if voucher.to_allotment.is_some() => "to_allotment",
        _ => return Ok(()),
    };
    let kind = ask.schema.codes.name("voucher_kind", kind);
    let label = ask.def.field(surplus).map_or(surplus, |field| &field.label.zh);
    ask.say_at(surplus, &[("kind", &kind), ("field", &label)]);
    Ok(())
}

/// A slip with both sides nets to 0 by itself; slips with one side must do so within their batch.
pub(super) fn transfer_nets_to_zero(ask: &mut Ask) -> Read<()> {
    let columns = ask.views.voucher;
    let own = columns.read(ask.record);
    let one_sided = own.from_allotment.is_some() != own.to_allotment.is_some();
    if !one_sided || !ask.rule.lists("kinds", own.kind) {
        return Ok(());
    }
    let batch = match own.batch_no {
        Some(batch) => ask.facts.with_value(&ask.def.entity, ask.year(), "batch_no", &Value::text(batch))?,
        None => vec![ask.record.clone().into()],
    };
    let (mut out, mut into) = (0, 0);
    for record in &batch {
        let voucher = columns.read(record);
        if !ask.rule.lists("kinds", voucher.kind) {
            continue;
        }
        let fen = Yuan::of(voucher.amount).0;
        out += if voucher.from_allotment.is_some() { fen } else { 0 };
        into += if voucher.to_allotment.is_some() { fen } else { 0 };
    }
    if out != into {
        let (name, difference) = (own.batch_no.unwrap_or("未填"), Yuan(out - into));
        ask.say(&[("batch", &name), ("out", &Yuan(out)), ("into", &Yuan(into)), ("difference", &difference)]);
    }
    Ok(())
}

pub(super) fn voucher_amount_positive(ask: &mut Ask) -> Read<()> {
    let amount = Yuan::of(ask.views.voucher.read(ask.record).amount);
    if amount.0 < i128::from(ask.rule.whole("min_fen")) {
        ask.say(&[("value", &amount)]);
    }
    Ok(())
}

pub(super) fn transfer_between_two(ask: &mut Ask) -> Read<()> {
    let voucher = ask.views.voucher.read(ask.record);
    let same = voucher.from_allotment.is_some() && voucher.from_allotment == voucher.to_allotment;
    if same && ask.rule.lists("kinds", voucher.kind) {
        ask.say(&[]);
    }
    Ok(())
}

pub(super) fn transfer_within_fund(ask: &mut Ask) -> Read<()> {
    let voucher = ask.views.voucher.read(ask.record);
    if !ask.rule.lists("kinds", voucher.kind) {
        return Ok(());
    }
    let from = ask.linked("allotment", voucher.from_allotment)?;
    let to = ask.linked("allotment", voucher.to_allotment)?;
    let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
    let (from, to) = (ask.views.allotment.read(&from).fund_type, ask.views.allotment.read(&to).fund_type);
    if from != to {
        let (from, to) = (ask.code("fund_type", from), ask.code("fund_type", to));
        ask.say(&[("from", &from), ("to", &to)]);
    }
    Ok(())
}

pub(super) fn voucher_not_before_allotment(ask: &mut Ask) -> Read<()> {
    let voucher = ask.views.voucher.read(ask.record);
    let Some(day) = voucher.doc_date.and_then(date) else { return Ok(()) };
    for link in [voucher.from_allotment, voucher.to_allotment] {
        let Some(allotment) = ask.linked("allotment", link)? else { continue };
        let issued = ask.views.allotment.read(&allotment).doc_date.and_then(date);
        if let Some(issued) = issued.filter(|issued| day < *issued) {
            ask.say(&[("date", &day), ("issued", &issued)]);
            break;
        }
    }
    Ok(())
}
