//! Conflict cases and the tray through the desk: what is shown, what may be decided together, what is sent again.

mod support;

use serde_json::{Map, Value as Json, json};
use suanpan_desk::CallErrorCode;
use suanpan_model::{Change, Op, OpKind, decide::RefusalCode, op::GroupKind, value::RecordId};
use suanpan_store::sync::{Enrolled, SyncBook};
use suanpan_sync::{
    client::store::{Book as _, TrayItem, Why},
    parcel::{Clocks, GroupHead},
    scope::{DeviceId, Scope},
};
use support::Office;
use uuid::Uuid;

impl Office {
    fn unit(&self) -> String {
        self.add("agency", json!({"agency_code": "101003", "agency_name": "武陟县审计局"}))
    }

    fn project(&self, unit: &str) -> String {
        let fields =
            json!({"pro_code": "410823261010000000001", "pro_name": "审计专项", "agency": unit, "pro_cat": "1"});
        self.add("project", fields)
    }

    fn line(&self) -> String {
        let unit = self.unit();
        let fields = json!({"agency": unit, "pro_kind": "1", "exp_func": "2010801", "dep_eco": "30101",
            "gov_eco": "50101", "fund_type": "11111", "stage": "1", "apply_up": 12_000_000});
        self.add("budget_line", fields)
    }

    /// A case as the province writes it.
    fn dispute(&self, entity: &str, record: &str, field: &str, [base, theirs, proposed]: [Json; 3]) -> String {
        let class = if theirs.is_number() { "money" } else { "plain" };
        self.add(
            "conflict_case",
            json!({"subject_entity": entity, "subject": record, "subject_label": "审计专项", "field": field,
                "class": class, "base": base.to_string(), "theirs": theirs.to_string(), "theirs_by": "扎西",
                "theirs_at_ms": 1_789_000_000_000_i64, "proposed": proposed.to_string(), "proposed_by": "卓玛",
                "proposed_at_ms": 1_789_500_000_000_i64, "basis": "粘贴 12 行", "device": "7",
                "group": self.desk.new_id().to_string(), "state": "1"}),
        )
    }

    fn enrol(&self, device: u32) {
        let enrolled = Enrolled {
            device: DeviceId(device),
            secret: [1; 32],
            name: "财政所一号机".into(),
            server: "https://127.0.0.1:1".into(),
            province: vec![0; 64],
            scopes: vec![Scope::of("410823000").expect("a division")],
        };
        let book = self.desk.book().expect("open");
        book.enrol(&enrolled, 1_790_000_000_000).expect("enrolled");
    }

    fn open_cases(&self) -> Json {
        self.call("cases", json!({"open": true, "offset": 0, "limit": 100}))
    }

    fn decide(&self, decisions: Json) -> Result<Json, suanpan_desk::CallError> {
        self.try_call("decide_cases", json!({"decisions": decisions}))
    }

    fn value(&self, entity: &str, id: &str, field: &str) -> Json {
        let book = self.desk.book().expect("open");
        let def = book.schema().entity(entity).expect("known").clone();
        let found = book.record(entity, id.parse().expect("an id")).expect("read").expect("there");
        found.record.values[def.index(field).expect("a field")].to_json()
    }

    fn refuse(&self, number: u128, op: Op, why: Why, message: &str) -> String {
        let clock = Clocks { at_ms: 1_789_000_000_000, monotonic_ms: 0, server_ms: 0 };
        let item = TrayItem {
            id: Uuid::from_u128(number),
            head: GroupHead {
                id: Uuid::from_u128(77),
                actor: "卓玛".into(),
                label: "粘贴 2 行".into(),
                kind: GroupKind::Do,
                clock,
            },
            op,
            why,
            field: None,
            message: message.into(),
            since_ms: 1_789_100_000_000 + number as i64,
        };
        let mut book = SyncBook(self.desk.book().expect("open"));
        book.transaction(&mut |desk| desk.put_tray(&item)).expect("kept");
        item.id.to_string()
    }

    fn refused_edit(&self, number: u128, entity: &str, record: &str, field: &str, from: Json, to: Json) -> String {
        let changes = vec![Change { field: field.into(), from, to }];
        let op = op(number, entity, record, OpKind::Edit { seen: 1, changes });
        self.refuse(number, op, Why::Refused(RefusalCode::Stale), "数据已被改动")
    }

    fn tray(&self) -> Json {
        self.call("tray", json!({"limit": 100}))["items"].clone()
    }
}

fn op(number: u128, entity: &str, record: &str, kind: OpKind) -> Op {
    let record: RecordId = record.parse().expect("an id");
    Op { id: Uuid::from_u128(number), entity: entity.into(), record, kind }
}

fn create(fields: Json) -> OpKind {
    let fields: Map<String, Json> = fields.as_object().expect("fields").clone();
    OpKind::Create { division: "410823000".into(), fiscal_year: 2026, fields }
}

#[test]
fn a_case_shows_three_values_and_whose_they_are_in_words() {
    let office = Office::new();
    let line = office.line();
    office.dispute("budget_line", &line, "apply_up", [json!(10_000_000), json!(12_000_000), json!(12_500_000)]);
    let cases = office.open_cases();
    let case = &cases["items"][0];
    assert_eq!((&cases["total"], &case["money"]), (&json!(1), &json!(true)));
    assert_eq!(case["record"]["entity_label"], "年度预算");
    assert_eq!(case["record"]["unit"]["name"], "武陟县审计局");
    assert_eq!((&case["field"]["kind"], &case["field"]["name"]), (&json!("money"), &json!("apply_up")));
    let texts = ["base", "theirs", "proposed", "current"].map(|name| case[name]["text"].clone());
    assert_eq!(texts, ["100,000.00", "120,000.00", "125,000.00", "120,000.00"]);
    assert_eq!((&case["proposed"]["value"], &case["basis"]), (&json!(12_500_000), &json!("粘贴 12 行")));
}

#[test]
fn a_code_and_a_reference_in_dispute_are_shown_with_their_names() {
    let office = Office::new();
    let (unit, line) = (office.unit(), office.line_without_unit());
    office.dispute("budget_line", &line, "exp_func", [json!(null), json!("2010801"), json!("2010301")]);
    office.dispute("budget_line", &line, "agency", [json!(null), json!(unit), json!(null)]);
    let cases = office.open_cases();
    let text_of = |field: &str, name: &str| {
        let items = cases["items"].as_array().expect("a list").clone();
        let case = items.into_iter().find(|case| case["field"]["name"] == field).expect("its case");
        case[name]["text"].clone()
    };
    assert_eq!(text_of("exp_func", "proposed"), "2010301 行政运行");
    assert_eq!(text_of("agency", "theirs"), "101003 武陟县审计局");
    assert_eq!(text_of("agency", "base"), "");
}

impl Office {
    fn line_without_unit(&self) -> String {
        self.add("budget_line", json!({"pro_kind": "1", "exp_func": "2010801", "stage": "1", "apply_up": 100}))
    }
}

#[test]
fn a_case_is_mine_by_device_and_name_for_two_people_may_have_one_name_or_one_pc() {
    let office = Office::new();
    let unit = office.unit();
    let case_of = |device: Option<&str>, by: &str| {
        let mut fields = json!({"subject_entity": "agency", "subject": unit, "field": "agency_name", "class": "plain",
            "base": "\"甲\"", "theirs": "\"乙\"", "proposed": "\"丙\"", "proposed_by": by,
            "group": office.desk.new_id().to_string(), "state": "1"});
        if let Some(device) = device {
            fields["device"] = device.into();
        }
        office.add("conflict_case", fields)
    };
    let mine = case_of(Some("7"), "卓玛");
    let others = [case_of(Some("8"), "卓玛"), case_of(Some("7"), "扎西"), case_of(None, "卓玛")];
    let whose = || {
        let cases = office.open_cases();
        let items = cases["items"].as_array().expect("a list").clone();
        move |id: &str| items.iter().find(|case| case["id"] == *id).expect("its case")["mine"].clone()
    };
    assert_eq!(whose()(&mine), false, "a book that is not enrolled has proposed nothing");
    office.enrol(7);
    let whose = whose();
    assert_eq!(whose(&mine), true);
    assert_eq!(others.map(|id| whose(&id)), [false, false, false], "another device, another name, an old case");
}

#[test]
fn deciding_changes_the_case_and_the_field_in_one_step_of_undo() {
    let office = Office::new();
    let line = office.line();
    let values = [json!(10_000_000), json!(12_000_000), json!(12_500_000)];
    let case = office.dispute("budget_line", &line, "apply_up", values);
    let none = office.decide(json!([{"case": case, "choice": "take", "reason": " "}])).expect_err("no reason");
    assert_eq!((none.code, none.field.as_deref()), (CallErrorCode::Refused, Some("reason")));
    let decision = json!([{"case": case, "choice": "take", "reason": "按会议纪要", "seen": "12000000"}]);
    office.decide(decision.clone()).expect("decided");
    assert_eq!(office.value("budget_line", &line, "apply_up"), 12_500_000);
    assert_eq!(office.open_cases()["total"], 0);
    let decided = office.call("cases", json!({"open": false, "offset": 0, "limit": 10}))["items"][0].clone();
    assert_eq!((&decided["choice"], &decided["decided_by"]), (&json!("take"), &json!("卓玛")));
    assert_eq!((&decided["decided_value"]["text"], &decided["reason"]), (&json!("125,000.00"), &json!("按会议纪要")));
    assert_eq!(office.decide(decision).expect_err("decided already").code, CallErrorCode::Stale);
    office.call("undo", json!({}));
    assert_eq!(office.value("budget_line", &line, "apply_up"), 12_000_000);
    assert_eq!(office.open_cases()["total"], 1);
}

#[test]
fn keeping_leaves_the_field_alone_and_another_value_must_be_one_and_have_a_reason() {
    let office = Office::new();
    let line = office.line();
    let values = || [json!(10_000_000), json!(12_000_000), json!(12_500_000)];
    let (first, second) = (
        office.dispute("budget_line", &line, "apply_up", values()),
        office.dispute("budget_line", &line, "apply_up", values()),
    );
    office.decide(json!([{"case": first, "choice": "keep", "reason": "以平台为准"}])).expect("kept");
    assert_eq!(office.value("budget_line", &line, "apply_up"), 12_000_000);
    let other = |value: Json| json!([{"case": second, "choice": "other", "value": value, "reason": "重新核定"}]);
    assert_eq!(office.decide(other(json!("一万"))).expect_err("no amount").code, CallErrorCode::BadRequest);
    office.decide(other(json!(11_000_000))).expect("decided");
    assert_eq!(office.value("budget_line", &line, "apply_up"), 11_000_000);
}

#[test]
fn what_the_person_saw_must_still_be_so() {
    let office = Office::new();
    let line = office.line();
    let case = office.dispute("budget_line", &line, "apply_up", [json!(1), json!(12_000_000), json!(2)]);
    let set = json!({"edit": "set", "entity": "budget_line", "id": line, "field": "apply_up", "from": 12_000_000, "to": 13_000_000});
    office.call("apply", json!({"label": "改", "edits": [set]}));
    let decision = json!([{"case": case, "choice": "keep", "reason": "看过", "seen": "12000000"}]);
    let error = office.decide(decision).expect_err("changed since");
    assert_eq!(error.code, CallErrorCode::Stale);
    assert!(error.message.contains("130,000.00"), "{}", error.message);
}

#[test]
fn plain_text_is_decided_in_bulk_and_money_one_by_one() {
    let office = Office::new();
    let (line, unit) = (office.line(), office.add("agency", json!({"agency_code": "101009", "agency_name": "甲"})));
    let money = office.dispute("budget_line", &line, "apply_up", [json!(1), json!(12_000_000), json!(2)]);
    let name = office.dispute("agency", &unit, "agency_name", [json!("乙"), json!("甲"), json!("县档案馆")]);
    let project = office.project(&unit);
    let of_project = office.dispute("project", &project, "pro_name", [json!("乙"), json!("审计专项"), json!("审计")]);
    let all = json!([{"case": money, "choice": "take", "reason": "x"}, {"case": name, "choice": "take", "reason": ""}]);
    let error = office.decide(all).expect_err("money among others");
    assert!(error.message.contains("逐条"), "{}", error.message);
    let plain =
        json!([{"case": name, "choice": "take", "reason": ""}, {"case": of_project, "choice": "keep", "reason": ""}]);
    office.decide(plain).expect("decided together");
    assert_eq!(office.value("agency", &unit, "agency_name"), "县档案馆");
    assert_eq!(office.open_cases()["total"], 1);
}

#[test]
fn a_refused_change_is_shown_with_its_reason_and_sent_again_with_another_value() {
    let office = Office::new();
    let line = office.line();
    let id = office.refused_edit(501, "budget_line", &line, "apply_up", json!(10_000_000), json!(15_000_000));
    let entry = office.tray()[0].clone();
    assert_eq!((&entry["verb"], &entry["why"], &entry["editable"]), (&json!("edit"), &json!("stale"), &json!(true)));
    assert_eq!(entry["record"]["unit"]["name"], "武陟县审计局");
    let texts = ["from", "to", "current"].map(|name| entry["fields"][0][name]["text"].clone());
    assert_eq!(texts, ["100,000.00", "150,000.00", "120,000.00"]);
    let resend = json!({"ids": [id], "changes": [{"id": id, "field": "apply_up", "to": 14_000_000}]});
    office.call("tray_resend", resend.clone());
    assert_eq!(office.value("budget_line", &line, "apply_up"), 14_000_000);
    assert_eq!(office.tray(), json!([]));
    assert_eq!(office.try_call("tray_resend", resend).expect_err("gone").code, CallErrorCode::NotFound);
    assert_eq!(office.call("book_state", json!({}))["undo"], "重新上报 粘贴 2 行");
}

#[test]
fn a_refused_change_of_a_deleted_record_says_who_deleted_it_and_goes_again_once_it_is_restored() {
    let office = Office::new();
    let unit = office.unit();
    let id = office.refused_edit(551, "agency", &unit, "agency_name", json!("武陟县审计局"), json!("县审计局"));
    let edit = |edit: &str| {
        let edits = json!([{"edit": edit, "entity": "agency", "id": unit}]);
        office.call("apply", json!({"label": "改", "edits": edits}))
    };
    assert_eq!(office.tray()[0]["record"]["deleted"], Json::Null);
    edit("delete");
    let record = office.tray()[0]["record"].clone();
    assert_eq!(
        (&record["alive"], &record["deleted"]),
        (&json!(false), &json!({"by": "卓玛", "at_ms": 1_790_000_000_000_i64}))
    );
    let error = office.try_call("tray_resend", json!({"ids": [id]})).expect_err("it is deleted");
    assert!(error.message.contains("恢复"), "{}", error.message);
    assert_eq!(office.tray()[0]["restored"], false);
    edit("restore");
    let line = office.tray()[0].clone();
    assert_eq!((&line["record"]["deleted"], &line["restored"]), (&Json::Null, &json!(true)));
    office.call("tray_resend", json!({"ids": [id]}));
    assert_eq!(office.value("agency", &unit, "agency_name"), "县审计局");
}

#[test]
fn refused_new_records_come_back_under_new_ids_and_still_belong_together() {
    let office = Office::new();
    let unit = office.unit();
    let (project, plan) = (Uuid::from_u128(9001).to_string(), Uuid::from_u128(9002).to_string());
    let fields = json!({"pro_code": "410823261010000000001", "pro_name": "审计专项", "agency": unit, "pro_cat": "1"});
    let first =
        office.refuse(601, op(601, "project", &project, create(fields)), Why::Refused(RefusalCode::InUse), "代码已用");
    let plan_fields = json!({"project": project, "year": 2026});
    let second =
        office.refuse(602, op(602, "annual_plan", &plan, create(plan_fields)), Why::Held, "同一操作的其他更改未被采纳");
    let third = office.refused_edit(603, "project", &project, "pro_name", json!("审计专项"), json!("审计专项二"));
    assert_eq!(office.tray()[0]["record"]["label"], "审计专项", "a record that is nowhere is called as it was typed");
    let alone = office.try_call("tray_resend", json!({"ids": [third]})).expect_err("its record is nowhere");
    assert!(alone.message.contains("连同"), "{}", alone.message);
    let code = json!({"id": first, "field": "pro_code", "to": "410823261010000000002"});
    let answer = office.call("tray_resend", json!({"ids": [first, second, third], "changes": [code]}));
    let created: Vec<&str> = answer["created"].as_array().expect("ids").iter().filter_map(Json::as_str).collect();
    assert_eq!(created.len(), 2);
    assert!(created[0] != project && created[1] != plan);
    assert_eq!(office.value("annual_plan", created[1], "project"), created[0]);
    assert_eq!(office.value("project", created[0], "pro_code"), "410823261010000000002");
    assert_eq!(office.value("project", created[0], "pro_name"), "审计专项二");
    assert_eq!(office.tray(), json!([]));
}

#[test]
fn what_is_so_already_needs_no_sending_and_may_be_put_away() {
    let office = Office::new();
    let line = office.line();
    let id = office.refused_edit(701, "budget_line", &line, "apply_up", json!(1), json!(12_000_000));
    let error = office.try_call("tray_resend", json!({"ids": [id]})).expect_err("nothing to do");
    assert!(error.message.contains("放弃"), "{}", error.message);
    assert_eq!(office.tray().as_array().map(Vec::len), Some(1), "it stays until a person puts it away");
    office.call("tray_drop", json!({"ids": [id]}));
    assert_eq!(office.tray(), json!([]));
}

#[test]
fn a_deletion_is_sent_again_while_the_record_lives() {
    let office = Office::new();
    let unit = office.unit();
    let id = office.refuse(801, op(801, "agency", &unit, OpKind::Delete), Why::Refused(RefusalCode::InUse), "仍被引用");
    assert_eq!(office.tray()[0]["fields"], json!([]));
    office.call("tray_resend", json!({"ids": [id]}));
    let row = office.call("record", json!({"entity": "agency", "id": unit}))["rows"][0].clone();
    assert_eq!(row["deleted"], true);
}

#[test]
fn the_tray_is_written_to_a_workbook_one_line_per_field() {
    let office = Office::new();
    let line = office.line();
    office.refused_edit(901, "budget_line", &line, "apply_up", json!(10_000_000), json!(15_000_000));
    let path = office.path("未采纳.xlsx");
    let exported = office.job("tray_export", json!({"path": path}));
    assert_eq!(exported["rows"], 1);
    let read = office.job("import_read", json!({"path": path}));
    let text = read.to_string();
    assert!(text.contains("未采纳"), "{text}");
}

#[test]
fn a_step_that_the_province_has_not_confirmed_is_told_with_the_row() {
    let office = Office::new();
    let line = office.line();
    let row = || office.call("record", json!({"entity": "budget_line", "id": line}))["rows"][0].clone();
    let set = |from: &str, to: &str| {
        let edit =
            json!({"edit": "set", "entity": "budget_line", "id": line, "field": "apply_link", "from": from, "to": to});
        office.call("apply", json!({"label": "提交审核", "edits": [edit]}));
    };
    set("1", "2");
    assert_eq!(row()["unconfirmed"], Json::Null, "a book that works alone confirms its own steps");
    office.enrol(7);
    assert_eq!(row()["unconfirmed"], json!(["apply_link"]));
    set("2", "1");
    assert_eq!(row()["unconfirmed"], Json::Null, "it is again what a new line has");
}

#[test]
fn of_a_whole_refused_workbook_the_first_lines_are_shown_and_all_of_it_is_sent_again_or_put_away() {
    let office = Office::new();
    let unit = office.unit();
    for number in 0..40_u128 {
        let id = Uuid::from_u128(9_100 + number).to_string();
        let fields = json!({"pro_name": format!("第{number}项"), "agency": unit, "pro_cat": "1"});
        let op = op(1_100 + number, "project", &id, create(fields));
        office.refuse(1_100 + number, op, Why::Refused(RefusalCode::Forbidden), "没有权限");
    }
    let shown = office.call("tray", json!({"limit": 15}));
    assert_eq!(shown["items"].as_array().map(Vec::len), Some(15));
    let group = Uuid::from_u128(77).to_string();
    assert_eq!((&shown["total"], &shown["groups"]), (&json!(40), &json!({group.clone(): 40})));
    let other = Uuid::from_u128(78).to_string();
    let gone = office.try_call("tray_drop", json!({"groups": [other]})).expect_err("no such group");
    assert_eq!(gone.code, CallErrorCode::NotFound);
    let sent = office.call("tray_resend", json!({"groups": [group]}));
    assert_eq!(sent["created"].as_array().map(Vec::len), Some(40));
    assert_eq!(office.call("tray", json!({"limit": 15}))["total"], 0);
}
