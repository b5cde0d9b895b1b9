//! The texts of the generated files. Shared by the program that writes them and the test that
//! compares them; start with [`files`].

use std::fmt::Write as _;
use suanpan_model::{
    EntityDef, FieldDef, FieldKind,
    amend::Amendment,
    entity::{Derived, SyncClass},
    schema::Schema,
};

/// Path from the root of the repository → text.
pub fn files() -> [(&'static str, String); 3] {
    [
        ("schemas/entity.schema.json", language(&schemars::schema_for!(EntityDef))),
        ("schemas/amendment.schema.json", language(&schemars::schema_for!(Amendment))),
        ("docs/data-dictionary.md", dictionary(&Schema::builtin())),
    ]
}

fn language(schema: &schemars::Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a JSON schema is JSON");
    text.push('\n');
    text
}

const HEAD: &str = "# 数据字典

本页由 `cargo run -p suanpan-model --example documents` 从 `schemas/entities/` 生成，请改文档，不要改本页。

每条记录另有记录头，各表不再列出：主键（UUIDv7）、财政区划 `MOF_DIV_CODE`（9）、年度 `FISCAL_YEAR`（4）、版本 `VERSION`、是否删除 `IS_DELETED`。
“必”为必填；“算”为计算得出，不录入、不存储。来源一栏：DDL、VIEW、PERF、PF、HUB、YN 为公开可见的各实现，知识为待核实。

";

fn dictionary(schema: &Schema) -> String {
    let mut out = HEAD.to_owned();
    out.push_str("| 实体 | 名称 | 国标表 | 字段数 |\n|---|---|---|---|\n");
    for def in schema.entities() {
        let (name, zh) = (&def.entity, &def.label.zh);
        let _ = writeln!(out, "| [{name}](#{name}) | {zh} | {} | {} |", def.element, def.fields.len());
    }
    for def in schema.entities() {
        write_entity(&mut out, def);
    }
    write_code_sets(&mut out, schema);
    out
}

fn write_entity(out: &mut String, def: &EntityDef) {
    let _ = writeln!(out, "\n## {}\n\n{}（{}）。{}", def.entity, def.label.zh, def.label.en, traits(def));
    out.push_str("\n| 字段 | 要素 | 名称 | 类型 | 必 | 同步 | 来源与说明 |\n|---|---|---|---|---|---|---|\n");
    for field in &def.fields {
        let must = if field.derived.is_some() { "算" } else { ["", "必"][usize::from(field.required)] };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {must} | {} | {} |",
            field.name,
            field.element,
            field.label.zh,
            kind(field),
            sync(field.sync),
            notes(field)
        );
    }
}

fn traits(def: &EntityDef) -> String {
    let mut parts = vec![format!("主要代码：{}", def.key.join(" + "))];
    parts.extend(def.parent.iter().map(|field| format!("按 {field} 成树")));
    parts.extend(def.owner.iter().map(|field| format!("属于 {field}")));
    if def.append_only {
        parts.push("只增不改".into());
    }
    if def.any_year {
        parts.push("不分年度".into());
    }
    parts.join("；") + "。"
}

fn kind(field: &FieldDef) -> String {
    match &field.kind {
        FieldKind::Text { max, .. } => format!("文本 {max}"),
        FieldKind::Code { set, leaf } => format!("代码 {set}{}", if *leaf { "（末级）" } else { "" }),
        FieldKind::Reference { entity } => format!("→ [{entity}](#{entity})"),
        FieldKind::Money { signed: true } => "金额（可负）".into(),
        FieldKind::Decimal { scale } => format!("小数 {scale} 位"),
        other => other.zh().into(),
    }
}

fn sync(class: SyncClass) -> &'static str {
    match class {
        SyncClass::Plain => "普通",
        SyncClass::Money => "金额",
        SyncClass::Workflow => "流程",
        SyncClass::Code => "编码",
        SyncClass::Reference => "只读",
    }
}

fn notes(field: &FieldDef) -> String {
    let mut parts = Vec::new();
    parts.extend(field.derived.as_ref().map(formula));
    parts.extend(Some(&field.source).filter(|text| !text.is_empty()).cloned());
    parts.extend(Some(&field.hint).filter(|text| !text.is_empty()).cloned());
    if field.per_unit {
        parts.push("不合计".into());
    }
    parts.extend(Some(&field.control).filter(|name| !name.is_empty()).map(|name| format!("与 {name} 比大小")));
    if field.personal {
        parts.push("个人信息".into());
    }
    parts.join("；").replace('|', "\\|")
}

fn formula(derived: &Derived) -> String {
    match derived {
        Derived::SumOf { entity, on, field, only } => {
            let limits = only.iter().map(|(name, values)| format!("，{name} ∈ {}", values.join("、")));
            format!("Σ {entity}.{field}（{on}{}）", limits.collect::<String>())
        }
        Derived::CountOf { entity, on } => format!("{entity} 条数（{on}）"),
        Derived::Total { plus, minus } => {
            let minus = minus.iter().map(|name| format!(" − {name}")).collect::<String>();
            format!("{}{minus}", plus.join(" + "))
        }
        Derived::Percent { of, to } => format!("{of} ÷ {to}，%"),
        Derived::Product { left, right } => format!("{left} × {right}"),
    }
}

fn write_code_sets(out: &mut String, schema: &Schema) {
    let mut names: Vec<_> = schema.codes.names().collect();
    names.sort_unstable();
    out.push_str("\n## 代码集\n\n状态 observed 为公开资料中见过，知识为待核实；逐项的依据见各代码文件。\n\n");
    out.push_str("| 代码集 | 名称 | 要素 | 项数 | 状态 | 说明 |\n|---|---|---|---|---|---|\n");
    for set in names.iter().filter_map(|name| schema.codes.set(name)) {
        let info = &set.info;
        let (name, items) = (&info.set, set.items.len());
        let _ =
            writeln!(out, "| {name} | {} | {} | {items} | {} | {} |", info.zh, info.element, info.status, info.note);
    }
}
