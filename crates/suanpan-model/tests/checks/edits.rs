//! Random edits of a small book: what a wild clerk would do, refused ones included. Values come from
//! small pools, so that keys clash, sums almost agree and references meet.

use crate::case::{Case, YEAR, schema};
use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use suanpan_model::{
    Change, EntityDef, FieldDef, FieldKind, Op, OpKind, Record, RecordId, facts::Facts, memory::MemoryBook,
};

/// What one random edit draws from.
pub type Draw = (u8, u16, u16, u16, u64);

pub fn draws(most: usize) -> impl Strategy<Value = Vec<Draw>> {
    prop::collection::vec(any::<Draw>(), 1..most)
}

/// Two units, a project, lines and 指标 that are in order, and the books and standards they are held against.
pub fn small_book() -> MemoryBook {
    Case::of(
        "division d code=410823000 name=武陟县 level=4
         division t code=410823100 name=木城街道 level=5 parent=@d
         budget_book g code=01 name=一般公共预算 fund_types=11
         budget_book f code=02 name=政府性基金预算 fund_types=12
         agency a agency_code=101 agency_name=财政局 dept=@a agency_type=1
         agency b agency_code=101001 agency_name=财政所 parent=@a dept=@a level_no=2 agency_type=31
         agency_staff s agency=@a admin_staf_num=2
         bank_account k agency=@a acct_no=62220001 acct_name=财政局
         expenditure_standard o form=1 cri_base=1 dep_eco=30201 exp_cri_val=1
         project p pro_cat=31 agency=@a dept=@a pro_total_amt=2 pro_start_year=2026 end_year=2026
         annual_plan y project=@p year=2026 fiscal_amt=2
         project_detail e project=@p dep_eco=30101 gov_eco=50101 amount=1
         project_detail h project=@p dep_eco=30217 gov_eco=50206 standard=@o unit_price=1
         performance_indicator n project=@p kpi_lv1=1 weight=100
         budget_line l agency=@a project=@p pro_kind=31 exp_func=2010101 fund_type=11111 apply_up=1
         budget_line m agency=@a project=@p pro_kind=21 dep_eco=30201 gov_eco=50201 fund_type=11111 apply_up=2
         allotment x agency=@a project=@p plan=@l amount=2 bgt_no=1 doc_date=2026-01-01 dep_eco=30201 gov_eco=50201
         allotment z agency=@b project=@p origin=@x amount=1 bgt_no=2 doc_date=2026-03-01
         allotment_voucher v kind=05 from_allotment=@x amount=1 voucher_no=1 doc_date=2026-01-01
         allotment_voucher w kind=04 from_allotment=@x to_allotment=@z amount=1 voucher_no=2 doc_date=2026-03-01
         allotment_voucher u kind=04 from_allotment=@x batch_no=1 amount=1 voucher_no=3 doc_date=2026-03-01
         allotment_voucher r kind=04 to_allotment=@z batch_no=1 amount=1 voucher_no=4 doc_date=2026-03-01",
    )
    .book
}

/// The entities that random edits change: all whose changes [`suanpan_model::check::affected`] answers for.
fn entities() -> Vec<String> {
    let schema = schema();
    let names = schema.entities().iter().map(|def| def.entity.clone());
    names.filter(|name| !suanpan_model::check::shifts_all(name)).collect()
}

/// The op that `draw` stands for in this book as it is; None when there is nothing to act on.
pub fn op(book: &MemoryBook, number: usize, draw: Draw) -> Option<Op> {
    let (action, entity, pick, field, seed) = draw;
    let names = entities();
    let name = &names[entity as usize % names.len()];
    let def = schema().entity(name)?.clone();
    let records = book.records(name);
    let picked = (!records.is_empty()).then(|| &records[pick as usize % records.len()]);
    let (record, kind) = match action % 10 {
        0..=2 => (RecordId::from_u128(1000 + number as u128), create(book, &def, seed)),
        3..=7 => (picked?.id, edit(book, &def, picked?, field, seed)),
        8 => (picked?.id, OpKind::Delete),
        _ => (picked?.id, OpKind::Restore),
    };
    Some(Op { id: RecordId::from_u128(9000 + number as u128), entity: name.as_str().into(), record, kind })
}

fn create(book: &MemoryBook, def: &EntityDef, seed: u64) -> OpKind {
    let mut fields = Map::new();
    for (at, field) in def.stored() {
        let json = value(book, def, at, mix(seed, at as u64));
        if !json.is_null() {
            fields.insert(field.name.clone(), json);
        }
    }
    let division = if seed.is_multiple_of(4) { "410823100" } else { "410823000" };
    OpKind::Create { division: division.into(), fiscal_year: YEAR, fields }
}

fn edit(book: &MemoryBook, def: &EntityDef, record: &Record, field: u16, seed: u64) -> OpKind {
    let stored: Vec<usize> = def.stored().map(|(at, _)| at).collect();
    // Three of four edits are of fields that rules add up, compare or follow.
    let telling: Vec<usize> = stored.iter().copied().filter(|&at| is_telling(&def.fields[at])).collect();
    let pool = if telling.is_empty() || seed % 4 == 3 { stored } else { telling };
    let at = pool[field as usize % pool.len()];
    let change = Change {
        field: def.fields[at].name.clone(),
        from: record.values[at].to_json(),
        to: value(book, def, at, seed),
    };
    OpKind::Edit { seen: record.header.version, changes: vec![change] }
}

fn is_telling(field: &FieldDef) -> bool {
    match &field.kind {
        FieldKind::Code { set, .. } => !telling_codes(set).is_empty(),
        FieldKind::Text { .. } => matches!(
            field.name.as_str(),
            "agency_code" | "agency_name" | "unifsoc_cred_code" | "pro_code" | "batch_no" | "track_pro_code"
        ),
        FieldKind::Bool => matches!(field.name.as_str(), "is_enabled" | "is_track" | "is_dir" | "is_backup"),
        FieldKind::Reference { entity } => entity != "division",
        FieldKind::Money { .. } | FieldKind::Date | FieldKind::Decimal { .. } => true,
        FieldKind::Integer | FieldKind::Year => true,
    }
}

fn value(book: &MemoryBook, def: &EntityDef, at: usize, seed: u64) -> Json {
    let field = &def.fields[at];
    let pick = seed / 8;
    if seed.is_multiple_of(8) {
        return Json::Null;
    }
    match &field.kind {
        FieldKind::Reference { entity } => {
            let records = book.records(entity);
            let found = records.get(pick as usize % (records.len() + 1));
            found.map_or(Json::Null, |record| record.id.to_string().into())
        }
        FieldKind::Code { set, .. } => code(set, pick),
        FieldKind::Money { .. } => (pick as i64 % 4 * 50 - 50).into(),
        FieldKind::Decimal { .. } => ["0", "1", "50", "100", "-1", "0.005"][pick as usize % 6].into(),
        FieldKind::Integer => (pick as i64 % 4).into(),
        FieldKind::Year => (2024 + pick as i64 % 4).into(),
        FieldKind::Date => ["2025-12-31", "2026-01-01", "2026-03-01", "2027-01-01"][pick as usize % 4].into(),
        FieldKind::Bool => pick.is_multiple_of(2).into(),
        FieldKind::Text { .. } => {
            ["1", "101", "102001", "财政局", "410823000", "41082326101P000000001", "91350100M000100Y43"]
                [pick as usize % 7]
                .into()
        }
    }
}

/// Codes that rules speak of come up more often than the hundreds that they do not.
fn telling_codes(set: &str) -> &'static [&'static str] {
    match set {
        "func" => &["2010101", "2082201", "2091001", "201", "2019999"],
        "dep_eco" => &["30201", "30101", "30217", "30299"],
        "gov_eco" => &["50201", "50101", "50501", "51301"],
        "fund_type" => &["11111", "121", "14", "1"],
        "agency_type" => &["1", "31", "3"],
        "pro_cat" => &["1", "21", "22", "31"],
        "voucher_kind" => &["01", "02", "03", "04", "05", "06", "07"],
        "bgt_stage" => &["1", "4"],
        "cri_form" | "yearflag" => &["0", "1", "2"],
        _ => &[],
    }
}

fn code(set: &str, pick: u64) -> Json {
    let telling = telling_codes(set);
    if !telling.is_empty() {
        return telling[pick as usize % telling.len()].into();
    }
    let schema = schema();
    let items = schema.codes.set(set).map_or(&[][..], |set| &set.items[..]);
    items.get(pick as usize % items.len().max(1)).map_or("?", |item| item.code.as_str()).into()
}

fn mix(seed: u64, salt: u64) -> u64 {
    let mut mixed = seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

/// Every record of the book, deleted ones too.
pub fn all(book: &MemoryBook) -> Vec<(String, RecordId)> {
    let defs = book.schema().entities();
    defs.iter()
        .flat_map(|def| book.records(&def.entity).into_iter().map(|record| (def.entity.clone(), record.id)))
        .collect()
}
