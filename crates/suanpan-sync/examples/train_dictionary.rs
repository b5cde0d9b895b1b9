//! Makes a dictionary for the codec: `cargo run -p suanpan-sync --example train_dictionary -- FILE BYTES`. The samples
//! are parcels as offices send them, one edit or one pasted row or one import each, made of the entity documents, the
//! code sets and everyday wording. See crates/suanpan-sync/dict/README.md.

#[path = "train_dictionary/wording.rs"]
mod wording;

use serde_json::{Map, Value, json};
use std::{env, error::Error, fs};
use suanpan_model::{
    EntityDef, FieldDef,
    entity::FieldKind,
    op::{Change, GroupKind, Op, OpKind},
    schema::Schema,
};
use suanpan_sync::{
    codec,
    parcel::{Clocks, GroupHead, Parcel, Proposal, op_id},
};
use uuid::Uuid;
use wording::Dice;

/// How many samples are made of each entity, by how many rows they have.
const SAMPLES: &[(usize, usize)] = &[(1, 40), (5, 6), (60, 2)];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, bytes] = &arguments[..] else { return Err("give a file and a size in bytes".into()) };
    let samples = samples();
    let dictionary = zstd::dict::from_samples(&samples, bytes.parse()?)?;
    println!("{} samples, {} bytes", samples.len(), samples.iter().map(Vec::len).sum::<usize>());
    println!("{} bytes, blake3 {}", dictionary.len(), blake3::hash(&dictionary));
    fs::write(file, dictionary)?;
    Ok(())
}

/// Bodies of parcels, without the format byte.
fn samples() -> Vec<Vec<u8>> {
    let schema = Schema::builtin();
    let mut dice = Dice(20_261_126);
    let mut samples = Vec::new();
    for def in schema.entities() {
        for &(rows, count) in SAMPLES {
            for _ in 0..count {
                samples.push(edits(&schema, def, rows, &mut dice));
                samples.push(creates(&schema, def, rows, &mut dice));
            }
        }
    }
    samples.into_iter().map(|parcel| codec::pack_plain(&parcel)[1..].to_vec()).collect()
}

fn edits(schema: &Schema, def: &EntityDef, rows: usize, dice: &mut Dice) -> Parcel {
    let own: Vec<&FieldDef> = def.fields.iter().filter(|field| field.derived.is_none()).collect();
    let field = own[dice.below(own.len())];
    let kinds = (0..rows).map(|_| {
        let (from, to) = (value(schema, field, dice), value(schema, field, dice));
        OpKind::Edit { seen: 1 + dice.below(6) as u32, changes: vec![Change { field: field.name.clone(), from, to }] }
    });
    let kinds = kinds.collect();
    let name = &def.label.zh;
    let labels = [
        format!("修改{name}"),
        format!("修改{}", field.label.zh),
        format!("粘贴 {rows} 行"),
        format!("撤销：修改{name}"),
    ];
    let label = dice.pick(&labels);
    parcel(def, label, kinds, dice)
}

fn creates(schema: &Schema, def: &EntityDef, rows: usize, dice: &mut Dice) -> Parcel {
    let all = dice.below(4) == 0;
    let own: Vec<&FieldDef> = def.fields.iter().filter(|field| field.derived.is_none()).collect();
    let used = own.into_iter().filter(|field| all || field.required || field.list || dice.below(3) == 0);
    let used: Vec<&FieldDef> = used.collect();
    let kinds = (0..rows).map(|_| {
        let fields: Map<String, Value> =
            used.iter().map(|field| (field.name.clone(), value(schema, field, dice))).collect();
        OpKind::Create { division: "410823000".into(), fiscal_year: 2027, fields }
    });
    let kinds = kinds.collect();
    let name = &def.label.zh;
    let labels = [format!("新增{name}"), format!("导入 {name}.xlsx"), format!("新建 {rows} 条{name}")];
    let label = dice.pick(&labels);
    parcel(def, label, kinds, dice)
}

fn parcel(def: &EntityDef, label: String, kinds: Vec<OpKind>, dice: &mut Dice) -> Parcel {
    let at_ms = 1_795_000_000_000 + dice.below(20_000_000_000) as i64;
    let clock = Clocks {
        at_ms: at_ms + 1,
        monotonic_ms: dice.below(40_000_000) as i64,
        server_ms: at_ms - dice.below(2_000_000_000) as i64,
    };
    let id = dice.id(at_ms);
    let ops = kinds.into_iter().enumerate().map(|(place, kind)| Proposal {
        op: Op {
            id: op_id(id, place as u32),
            entity: def.entity.as_str().into(),
            record: dice.id(at_ms - 9_999),
            kind,
        },
        seen: None,
    });
    let ops = ops.collect();
    let actor = dice.person();
    let group = GroupHead { id, actor: actor.into(), label: label.into(), kind: GroupKind::Do, clock };
    Parcel { group, first_op: 0, last: true, ops }
}

fn value(schema: &Schema, field: &FieldDef, dice: &mut Dice) -> Value {
    match &field.kind {
        FieldKind::Text { .. } => text(schema, field, dice).into(),
        FieldKind::Code { set, .. } => {
            let codes: Vec<&str> = schema
                .codes
                .set(set)
                .map_or_else(Vec::new, |set| set.items.iter().map(|item| item.code.as_str()).collect());
            if codes.is_empty() { "1".into() } else { codes[dice.below(codes.len())].into() }
        }
        FieldKind::Reference { .. } => Uuid::to_string(&dice.id(1_790_000_000_000)).into(),
        FieldKind::Integer => json!(dice.below(20)),
        FieldKind::Year => json!(2025 + dice.below(4)),
        FieldKind::Money { .. } => json!((dice.below(9_000) + 1) * [100, 10_000, 1_000_000][dice.below(3)]),
        FieldKind::Bool => json!(dice.below(2) == 0),
        FieldKind::Date => format!("2027-{:02}-{:02}", dice.below(12) + 1, dice.below(28) + 1).into(),
        FieldKind::Decimal { .. } => format!("{}.{:02}", dice.below(200), dice.below(100)).into(),
    }
}

/// Everyday wording, or what a code set calls something.
fn text(schema: &Schema, field: &FieldDef, dice: &mut Dice) -> String {
    if field.name.ends_with("_tel") {
        return format!("13{}{:08}", dice.below(10), dice.below(100_000_000));
    }
    if field.personal {
        return dice.person();
    }
    let set = ["func", "dep_eco", "gov_eco", "kpi", "income"][dice.below(5)];
    let names =
        schema.codes.set(set).map_or_else(Vec::new, |set| set.items.iter().map(|item| item.name.as_str()).collect());
    let name = if names.is_empty() { "" } else { names[dice.below(names.len())] };
    dice.sentence(name)
}
