//! Publishes what every desk works with: the code sets of this program and the province's amendments of the documents.
//! Each item and each amendment becomes a record in the province's own scope, which every desk reads. Publishing the code
//! sets again writes only what has changed.

use serde_json::{Map, Value as Json};
use suanpan_model::{
    Change, Op, OpKind,
    amend::{AMENDMENT, Amendment},
    facts::Facts,
    op::GroupKind,
    schema::Schema,
};
use suanpan_store::province::ProvinceStore;
use suanpan_sync::{
    parcel::{Clocks, GroupHead, op_id},
    scope::Scope,
    server::{publish::publish, store::Stored},
};
use uuid::Uuid;

/// Items of one group: what a desk on a weak link takes in at once.
const ITEMS: usize = 500;

/// How many records were written or changed.
pub fn publish_codes(store: &ProvinceStore, division: Scope, now_ms: i64) -> Stored<usize> {
    let wanted = wanted(&store.schema());
    let mut written = 0;
    for (number, slice) in wanted.chunks(ITEMS).enumerate() {
        let id = id_of(&["group", &now_ms.to_string(), &number.to_string()]);
        let head = head(id, "发布代码集", now_ms);
        written += store.transaction(&mut |province| {
            let ops = ops(province, division, &head, slice)?;
            publish(province, division, &head, ops)
        })?;
    }
    Ok(written)
}

/// Publishes an amendment of a document under the next number, which it returns. Err in Chinese: it may not be
/// published, and nothing was.
pub fn publish_amendment(
    store: &ProvinceStore,
    division: Scope,
    amendment: &Amendment,
    now_ms: i64,
) -> Stored<Result<i64, String>> {
    let document = serde_json::to_string(&Amendment { schema: None, ..amendment.clone() }).unwrap_or_default();
    store.transaction(&mut |province| {
        if let Err(refused) = amendment.admit(province.schema()) {
            return Ok(Err(refused));
        }
        let number = province.schema().amended() + 1;
        let id = id_of(&[AMENDMENT, "group", &number.to_string()]);
        let head = head(id, &amendment.name, now_ms);
        let fields = Map::from_iter([
            ("number".to_owned(), number.into()),
            ("entity".to_owned(), amendment.entity.as_str().into()),
            ("name".to_owned(), amendment.name.as_str().into()),
            ("document".to_owned(), document.as_str().into()),
        ]);
        let kind = OpKind::Create { division: division.to_string().into(), fiscal_year: 0, fields };
        let record = id_of(&[AMENDMENT, &number.to_string()]);
        let op = Op { id: op_id(id, 0), entity: AMENDMENT.into(), record, kind };
        publish(province, division, &head, vec![op])?;
        Ok(Ok(number))
    })
}

/// Of a group that the province itself writes.
fn head(id: Uuid, label: &str, now_ms: i64) -> GroupHead {
    let clock = Clocks { at_ms: now_ms, monotonic_ms: 0, server_ms: now_ms };
    GroupHead { id, actor: "省级平台".into(), label: label.into(), kind: GroupKind::Do, clock }
}

/// (id, entity, fields) of everything to publish.
fn wanted(schema: &Schema) -> Vec<(Uuid, Map<String, Json>)> {
    let mut records = Vec::new();
    let mut names: Vec<&str> = schema.codes.names().collect();
    names.sort_unstable();
    for name in names {
        let Some(set) = schema.codes.set(name) else { continue };
        for item in &set.items {
            let mut fields = Map::new();
            let mut put = |field: &str, value: Json| fields.insert(field.to_owned(), value);
            put("set", name.into());
            put("code", item.code.as_str().into());
            put("name", item.name.as_str().into());
            if set.get(&item.parent).is_some() {
                put("parent", id_of(&["code_item", name, &item.parent]).to_string().into());
            }
            put("is_leaf", item.is_leaf.into());
            if item.start_year != 0 {
                put("start_year", item.start_year.into());
            }
            if item.end_year != 0 {
                put("end_year", item.end_year.into());
            }
            if !item.basis.is_empty() {
                put("basis", item.basis.as_str().into());
            }
            if !item.ext.is_empty() {
                put("ext_json", serde_json::to_string(&item.ext).unwrap_or_default().into());
            }
            records.push((id_of(&["code_item", name, &item.code]), fields));
        }
    }
    records
}

fn ops(store: &dyn Facts, division: Scope, head: &GroupHead, slice: &[(Uuid, Map<String, Json>)]) -> Stored<Vec<Op>> {
    let Some(def) = store.schema().entity("code_item").cloned() else { return Ok(Vec::new()) };
    let mut ops = Vec::new();
    for (place, (id, fields)) in (0..).zip(slice) {
        let kind = match store.get("code_item", *id)? {
            None => {
                let division = division.to_string().into();
                OpKind::Create { division, fiscal_year: 0, fields: fields.clone() }
            }
            Some(record) => {
                let mut changes = Vec::new();
                for (index, field) in def.stored() {
                    let from = record.values[index].to_json();
                    let to = fields.get(&field.name).cloned().unwrap_or(Json::Null);
                    if from != to && (fields.contains_key(&field.name) || field.default.is_none()) {
                        changes.push(Change { field: field.name.clone(), from, to });
                    }
                }
                if changes.is_empty() {
                    continue;
                }
                OpKind::Edit { seen: 0, changes }
            }
        };
        ops.push(Op { id: op_id(head.id, place), entity: "code_item".into(), record: *id, kind });
    }
    Ok(ops)
}

/// The same words give the same id at every publishing.
fn id_of(words: &[&str]) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        hasher.update(word.as_bytes()).update(&[0]);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
