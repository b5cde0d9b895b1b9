//! The county's records as people write them: a reference by its code, a code with or without its
//! name, an amount in some unit.

use crate::{Item, SEED, Size, generate};
use std::collections::HashMap;
use suanpan_excel::write::{Labels, code_and_name};
use suanpan_model::{EntityDef, FieldKind, Record, RecordId, Value, schema::Schema};

/// The township whose records stand for the county where the whole would be too large.
pub const TOWN: &str = "410823101";

pub struct County<'s> {
    pub schema: &'s Schema,
    items: Vec<Item>,
    /// Code and title of every record that others refer to.
    names: HashMap<RecordId, (String, String)>,
}

impl<'s> County<'s> {
    pub fn of(schema: &'s Schema) -> Self {
        let items: Vec<Item> = generate(schema, SEED, Size::COUNTY).collect();
        let mut names = HashMap::new();
        for item in &items {
            let def = schema.entity(item.entity).expect("records are of known entities");
            let text = |name: &String| {
                let at = def.index(name).expect("key and title are fields: the model tests its documents");
                item.record.values[at].as_text().unwrap_or_default().to_owned()
            };
            if let [key] = def.key.as_slice() {
                names.insert(item.record.id, (text(key), text(&def.title)));
            }
        }
        Self { schema, items, names }
    }

    pub fn def(&self, entity: &str) -> &'s EntityDef {
        self.schema.entity(entity).unwrap_or_else(|| panic!("no document for {entity}"))
    }

    /// Records of an entity, of one township or (None) of all.
    pub fn records(&self, entity: &str, division: Option<&str>) -> Vec<&Record> {
        let wanted =
            |item: &&Item| item.entity == entity && division.is_none_or(|only| &*item.record.header.division == only);
        self.items.iter().filter(wanted).map(|item| &item.record).collect()
    }

    pub fn value<'r>(&self, entity: &str, record: &'r Record, field: &str) -> &'r Value {
        let at = self.def(entity).index(field).unwrap_or_else(|| panic!("{entity} has no field {field}"));
        &record.values[at]
    }

    /// 分; zero when blank.
    pub fn fen(&self, entity: &str, record: &Record, field: &str) -> i64 {
        self.value(entity, record, field).as_money().fen()
    }

    /// Code and name of what a code or reference field holds; the text itself twice otherwise.
    pub fn pair(&self, entity: &str, record: &Record, field: &str) -> (String, String) {
        let def = self.def(entity).field(field).unwrap_or_else(|| panic!("{entity} has no field {field}"));
        match (self.value(entity, record, field), &def.kind) {
            (Value::Ref(id), _) => self.names.get(id).cloned().unwrap_or_default(),
            (Value::Text(code), FieldKind::Code { set, .. }) => {
                (code.to_string(), self.schema.codes.name(set, code).to_owned())
            }
            (Value::Text(text), _) => (text.to_string(), text.to_string()),
            (Value::Int(number), _) => (number.to_string(), number.to_string()),
            (Value::Bool(yes), _) => (if *yes { "是" } else { "否" }.into(), String::new()),
            (Value::Money(money), _) => (money.fen().to_string(), String::new()),
            (Value::Null, _) => Default::default(),
        }
    }

    pub fn code(&self, entity: &str, record: &Record, field: &str) -> String {
        self.pair(entity, record, field).0
    }

    pub fn name(&self, entity: &str, record: &Record, field: &str) -> String {
        self.pair(entity, record, field).1
    }
}

impl Labels for County<'_> {
    fn label(&self, _: &str, id: RecordId) -> String {
        self.names.get(&id).map(|(code, name)| code_and_name(code, name)).unwrap_or_default()
    }
}
