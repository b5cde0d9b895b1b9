//! What a province changes in the documents of this program: other words and widths for fields that are there, and fields
//! of its own. It is published to every desk, in the order of its numbers, and takes effect while people work.
//!
//! Only what no record and no program can trip over may change: labels, hints, headers, sections, width, whether a field
//! is listed or required, a longer text; and new fields at the end that old programs may leave blank. Kinds, keys, codes,
//! field classes, derived fields and whole entities come with a new program.

use crate::{
    entity::{EntityDef, FieldDef, FieldKind, Label, SyncClass},
    schema::Schema,
    value::Record,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Entity whose records carry the amendments: `number`, `entity`, `name` and the `document` as JSON text.
pub const AMENDMENT: &str = "province_document";

/// Entities that the program itself stands on; nobody amends them.
const FIXED: &[&str] = &["code_set", "code_item", "conflict_case", "division", AMENDMENT];

/// Characters of a text field at the most; what a record may hold in one.
const LONGEST_TEXT: u32 = 20_000;
/// Decimals of an exact number at the most.
const MOST_DECIMALS: u8 = 8;
/// Letters of a name; it becomes a column.
const LONGEST_NAME: usize = 40;
/// Fields that an amendment may add, and an entity may have in all.
const MOST_FIELDS: usize = 200;

/// One amendment of one entity document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Which document.
    pub entity: String,
    /// What it is about, for people, such as the number of the 通知.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub change: Vec<FieldChange>,
    /// New fields, at the end of the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<FieldDef>,
}

/// What changes of a field that is there; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// Which field.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Headers of workbooks beside those that are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
    /// A blank one is a finding from now on, or no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Characters of a text; never fewer than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

impl Amendment {
    /// Reads the JSON of an amendment. Err in Chinese.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = |error: serde_json::Error| format!("数据项调整写得不对：{error}");
        let written: serde_json::Value = serde_json::from_str(text).map_err(wrong)?;
        let amendment: Self = serde_json::from_value(written.clone()).map_err(wrong)?;
        // A field's words are read in two turns, between which a misspelt one would be overlooked.
        let understood = serde_json::to_value(&amendment.add).map_err(wrong)?;
        let fields = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
        for (written, understood) in fields(&written["add"]).iter().zip(fields(&understood)) {
            let mut words = written.as_object().into_iter().flatten();
            // What says no or nothing is not written again, and means nothing under any name.
            let says = |value: &serde_json::Value| !["false", "0", "\"\"", "[]", "null"].contains(&&*value.to_string());
            if let Some((word, _)) = words.find(|(word, value)| says(value) && understood.get(word) != Some(value)) {
                return Err(format!(
                    "数据项调整写得不对：新增的“{}”里的 {word} 不是这里的用法",
                    understood["name"].as_str().unwrap_or_default()
                ));
            }
        }
        Ok(amendment)
    }

    /// The number and content of a record of [`AMENDMENT`]; None when this program cannot read it.
    pub fn of(def: &EntityDef, record: &Record) -> Option<(i64, Self)> {
        let value = |name: &str| def.index(name).map(|at| &record.values[at]);
        Some((value("number")?.as_int()?, Self::read(value("document")?.as_text()?).ok()?))
    }

    /// May it be published to desks that work with `schema`? Err names the field, what is wrong and the way out.
    pub fn admit(&self, schema: &Schema) -> Result<(), String> {
        let def = schema.entity(&self.entity).ok_or_else(|| format!("没有“{}”这种数据", self.entity))?;
        if FIXED.contains(&self.entity.as_str()) {
            return Err(format!("{}由程序本身使用，不能调整", def.label.zh));
        }
        if self.name.trim().is_empty() {
            return Err("请写明这次调整的名称（name），如所依据的文号".into());
        }
        if self.label.is_none() && self.change.is_empty() && self.add.is_empty() {
            return Err("没有要调整的内容：请写 label、change 或 add".into());
        }
        self.label.iter().try_for_each(|label| is_named(label, &self.entity))?;
        self.change.iter().try_for_each(|change| change.admit(def))?;
        self.add.iter().try_for_each(|field| admit_new(field, def, schema))?;
        let amended = self.applied(def);
        if amended.fields.len() > MOST_FIELDS {
            return Err(format!("{}的数据项超过 {MOST_FIELDS} 个", def.label.zh));
        }
        match amended.ambiguous_header() {
            Some(header) => Err(format!("“{header}”同时是两个数据项的名称或表头，导入时分不清；请换一个名称")),
            None => Ok(()),
        }
    }

    /// The document with this amendment on top. What does not fit any more is left out: a program that came later may
    /// have a field of that name of its own.
    pub fn applied(&self, def: &EntityDef) -> EntityDef {
        let mut amended = def.clone();
        if let Some(label) = &self.label {
            amended.label = label.clone();
        }
        for change in &self.change {
            if let Some(field) = amended.fields.iter_mut().find(|field| field.name == change.name) {
                change.apply(field);
            }
        }
        for field in &self.add {
            if amended.field(&field.name).is_none() {
                amended.fields.push(field.clone());
            }
        }
        amended
    }
}

impl FieldChange {
    fn admit(&self, def: &EntityDef) -> Result<(), String> {
        let Some(field) = def.field(&self.name) else {
            return Err(format!("{}没有“{}”这一项；要新增请写在 add 里", def.label.zh, self.name));
        };
        self.label.iter().try_for_each(|label| is_named(label, &self.name))?;
        let zh = &field.label.zh;
        match (&field.kind, self.max) {
            (_, None) => Ok(()),
            (FieldKind::Text { max, .. }, Some(new)) if new < *max => {
                Err(format!("“{zh}”现在最长 {max} 字，不能改短为 {new} 字：已有的内容会超长"))
            }
            (FieldKind::Text { .. }, Some(new)) if new > LONGEST_TEXT => {
                Err(format!("“{zh}”最长 {LONGEST_TEXT} 字，不能改为 {new} 字"))
            }
            (FieldKind::Text { .. }, Some(_)) => Ok(()),
            (kind, Some(_)) => Err(format!("“{zh}”是{}，没有长度可改", kind.zh())),
        }?;
        if self.required == Some(true) && field.derived.is_some() {
            return Err(format!("“{zh}”由系统计算，不能设为必填"));
        }
        Ok(())
    }

    fn apply(&self, field: &mut FieldDef) {
        fn set<T: Clone>(place: &mut T, new: Option<&T>) {
            if let Some(new) = new {
                place.clone_from(new);
            }
        }
        // Workbooks that carry the old name are still read.
        let old = field.label.zh.clone();
        set(&mut field.label, self.label.as_ref());
        let old = (field.label.zh != old).then_some(&old);
        set(&mut field.hint, self.hint.as_ref());
        set(&mut field.section, self.section.as_ref());
        set(&mut field.list, self.list.as_ref());
        set(&mut field.width, self.width.as_ref());
        set(&mut field.required, self.required.as_ref());
        for alias in old.into_iter().chain(&self.aliases) {
            if !field.aliases.contains(alias) && *alias != field.label.zh {
                field.aliases.push(alias.clone());
            }
        }
        if let (FieldKind::Text { max, .. }, Some(new)) = (&mut field.kind, self.max) {
            *max = new.max(*max);
        }
    }
}

fn is_named(label: &Label, what: &str) -> Result<(), String> {
    let blank = label.zh.trim().is_empty() || label.en.trim().is_empty();
    if blank { Err(format!("“{what}”缺中文或英文名称（label.zh、label.en）")) } else { Ok(()) }
}

fn admit_new(field: &FieldDef, def: &EntityDef, schema: &Schema) -> Result<(), String> {
    let name = &field.name;
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_');
    if !plain || name.len() > LONGEST_NAME {
        return Err(format!(
            "“{name}”不能作字段名：用小写字母开头，只含小写字母、数字和下划线，最长 {LONGEST_NAME} 个"
        ));
    }
    if def.field(name).is_some() {
        return Err(format!("{}已有“{name}”这一项；要改它请写在 change 里", def.label.zh));
    }
    is_named(&field.label, name)?;
    let zh = &field.label.zh;
    if field.element.trim().is_empty() {
        return Err(format!("“{zh}”缺要素代码（element）"));
    }
    let by_program = field.derived.is_some() || field.default.is_some() || field.search || !field.control.is_empty();
    if by_program {
        return Err(format!("“{zh}”：计算项、默认值、全局查找和对照金额要随新版程序下发，不能在这里新增"));
    }
    match &field.kind {
        FieldKind::Reference { .. } => Err(format!("“{zh}”：关联记录要随新版程序下发，不能在这里新增")),
        FieldKind::Code { set, .. } if schema.codes.set(set).is_none_or(|set| set.items.is_empty()) => {
            Err(format!("“{zh}”：没有代码集“{set}”；请先发布代码集，或改为文本"))
        }
        FieldKind::Text { max, .. } if *max == 0 || *max > LONGEST_TEXT => {
            Err(format!("“{zh}”：长度应为 1 到 {LONGEST_TEXT} 字"))
        }
        FieldKind::Decimal { scale } if *scale > MOST_DECIMALS => Err(format!("“{zh}”：小数最多 {MOST_DECIMALS} 位")),
        _ => Ok(()),
    }?;
    match (field.kind.is_money(), field.sync) {
        (true, SyncClass::Money | SyncClass::Reference) | (false, SyncClass::Plain | SyncClass::Reference) => Ok(()),
        (false, SyncClass::Money) if matches!(field.kind, FieldKind::Decimal { .. }) => Ok(()),
        (true, _) => Err(format!("“{zh}”是金额，sync 应为 money（两人同改要由人裁决）")),
        (false, _) => Err(format!("“{zh}”：sync 只能是 plain，或只由省级填写的 reference")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn amendment(rest: serde_json::Value) -> Amendment {
        let mut whole = json!({"entity": "project", "name": "豫财预〔2026〕12号"});
        let fields = rest.as_object().cloned().unwrap_or_default();
        whole.as_object_mut().expect("an object").extend(fields);
        serde_json::from_value(whole).expect("an amendment")
    }

    fn admitted(rest: serde_json::Value) -> Result<(), String> {
        amendment(rest).admit(&Schema::builtin())
    }

    fn field(rest: serde_json::Value) -> serde_json::Value {
        let mut field = json!({"name": "local_tag", "element": "LOCAL_TAG", "kind": "text", "max": 40,
                               "label": {"zh": "地方标识", "en": "Local tag"}});
        field.as_object_mut().expect("an object").extend(rest.as_object().cloned().unwrap_or_default());
        json!({"add": [field]})
    }

    #[test]
    fn words_widths_and_longer_texts_change_and_the_rest_of_the_field_stays() {
        let schema = Schema::builtin();
        let def = schema.entity("project").expect("a built-in entity");
        let change = json!({"name": "pro_name", "label": {"zh": "项目全称", "en": "Full name"}, "hint": "与批复一致。",
                            "aliases": ["立项名称"], "max": 500, "width": 300});
        let amendment = amendment(json!({"change": [change]}));
        amendment.admit(&schema).expect("it may be published");
        let amended = amendment.applied(def);
        let (before, after) = (def.field("pro_name").expect("there"), amended.field("pro_name").expect("there"));
        let FieldKind::Text { max, multiline } = after.kind else { panic!("still a text") };
        assert_eq!((max, multiline, after.width), (500, false, 300));
        assert_eq!((after.label.zh.as_str(), after.hint.as_str()), ("项目全称", "与批复一致。"));
        let headers = [&before.aliases[..], &["项目名称".into(), "立项名称".into()]].concat();
        assert_eq!(after.aliases, headers, "workbooks with the old name are still read");
        assert_eq!((after.required, after.sync, after.list), (before.required, before.sync, before.list));
    }

    #[test]
    fn new_fields_stand_at_the_end_so_that_the_others_keep_their_places() {
        let schema = Schema::builtin();
        let def = schema.entity("project").expect("a built-in entity");
        let amendment = amendment(field(json!({})));
        amendment.admit(&schema).expect("it may be published");
        let amended = amendment.applied(def);
        assert_eq!(amended.index("local_tag"), Some(def.fields.len()));
        assert_eq!(amended.fields[..def.fields.len()], def.fields);
        assert_eq!(amendment.applied(&amended), amended, "and once only");
    }

    #[test]
    fn what_records_or_programs_would_trip_over_is_refused_with_the_reason() {
        let cases = [
            (json!({"entity": "nothing", "label": {"zh": "一", "en": "one"}}), "没有“nothing”这种数据"),
            (json!({"entity": "code_item", "label": {"zh": "一", "en": "one"}}), "由程序本身使用"),
            (json!({"name": " ", "label": {"zh": "一", "en": "one"}}), "请写明这次调整的名称"),
            (json!({}), "没有要调整的内容"),
            (json!({"label": {"zh": "项目", "en": ""}}), "缺中文或英文名称"),
            (json!({"change": [{"name": "nobody"}]}), "没有“nobody”这一项"),
            (json!({"change": [{"name": "pro_name", "max": 5}]}), "不能改短为 5 字"),
            (json!({"change": [{"name": "pro_name", "max": 50_000}]}), "最长 20000 字"),
            (json!({"change": [{"name": "pro_total_amt", "max": 50}]}), "没有长度可改"),
            (json!({"change": [{"name": "pro_name", "aliases": ["项目代码"]}]}), "“项目代码”同时是两个"),
            (field(json!({"name": "Tag"})), "不能作字段名"),
            (field(json!({"name": "_id"})), "不能作字段名"),
            (field(json!({"name": "pro_name"})), "已有“pro_name”这一项"),
            (field(json!({"element": ""})), "缺要素代码"),
            (field(json!({"kind": "reference", "entity": "agency"})), "关联记录要随新版程序下发"),
            (field(json!({"kind": "code", "set": "nothing"})), "没有代码集“nothing”"),
            (field(json!({"kind": "money"})), "sync 应为 money"),
            (field(json!({"sync": "workflow"})), "sync 只能是 plain"),
            (field(json!({"default": "一"})), "要随新版程序下发"),
            (field(json!({"max": 0})), "长度应为 1 到 20000 字"),
            (field(json!({"label": {"zh": "项目名称", "en": "Name"}})), "“项目名称”同时是两个"),
        ];
        for (rest, said) in cases {
            let refused = admitted(rest.clone()).expect_err(&rest.to_string());
            assert!(refused.contains(said), "{rest}: {refused}");
        }
        admitted(field(json!({"kind": "money", "sync": "money"}))).expect("an amount of its own");
    }

    #[test]
    fn a_misspelt_word_is_refused_by_its_name() {
        let error = Amendment::read(r#"{"entity": "project", "name": "一", "lable": {}}"#).expect_err("misspelt");
        assert!(error.contains("lable"), "{error}");
        let field =
            json!({"name": "a", "element": "A", "label": {"zh": "一", "en": "one"}, "kind": "year", "requird": true});
        let text = json!({"entity": "project", "name": "一", "add": [field]}).to_string();
        let error = Amendment::read(&text).expect_err("misspelt");
        assert!(error.contains("requird"), "{error}");
    }
}
