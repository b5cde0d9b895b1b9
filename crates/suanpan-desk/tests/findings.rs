//! Findings through the desk: whose they are, and what becomes of them when a person explains them.

mod support;

use serde_json::{Value as Json, json};
use support::Office;

impl Office {
    fn findings(&self) -> Vec<Json> {
        let request = json!({"entity": null, "rule": null, "severity": null, "record": null, "fiscal_year": 2026,
                             "offset": 0, "limit": 500});
        self.call("findings", request)["items"].as_array().expect("a list").clone()
    }

    fn home(&self) -> Json {
        self.call("home", json!({"fiscal_year": 2026}))
    }

    /// A finding that may be explained: a new unit has some.
    fn with_advisory(&self) -> Json {
        self.add("agency", json!({"agency_code": "101003", "agency_name": "武陟县审计局", "agency_type": "1"}));
        let advisory = self.findings().into_iter().find(|item| item["finding"]["severity"] == "advisory");
        advisory.expect("a new unit has an advisory finding")
    }

    fn explain(&self, item: &Json, message: &Json, reason: &str) {
        let finding = &item["finding"];
        let request = json!({"entity": finding["entity"], "record": finding["record"], "rule": finding["rule"],
            "field": finding["field"], "message": message, "reason": reason, "fiscal_year": 2026});
        self.call("explain", request);
    }
}

#[test]
fn a_finding_says_whose_it_is_even_where_its_record_has_no_name() {
    let office = Office::new();
    let unit = office.add("agency", json!({"agency_code": "101003", "agency_name": "武陟县审计局"}));
    let project =
        office.add("project", json!({"pro_code": "410823261010000000001", "pro_name": "审计专项", "agency": unit}));
    office.add("agency_staff", json!({"agency": unit, "actunow_staf_num": 12}));
    office.add("income_line", json!({"agency": unit, "inc_type": "11"}));
    office.add("annual_plan", json!({"project": project, "year": 2026}));
    office.add("project_detail", json!({"project": project, "line_no": 1}));
    let found = office.findings();
    for entity in ["agency_staff", "income_line", "project_detail"] {
        let item = found.iter().find(|item| item["finding"]["entity"] == entity).unwrap_or_else(|| panic!("{entity}"));
        assert_eq!(item["unit"], json!({"code": "101003", "name": "武陟县审计局"}), "{entity}");
    }
    let of_unit = found.iter().find(|item| item["finding"]["entity"] == "agency").expect("a unit lacks its type");
    assert_eq!((&of_unit["unit"], &of_unit["record_name"]), (&Json::Null, &json!("武陟县审计局")));
    let detail = found.iter().find(|item| item["finding"]["entity"] == "project_detail").expect("a line");
    assert_eq!(detail["record_name"], "审计专项 · 1", "a line is called by what makes it out");
}

#[test]
fn a_unit_hands_in_what_waits_and_nothing_twice() {
    let office = Office::new();
    let unit = office.add("agency", json!({"agency_code": "101003", "agency_name": "武陟县审计局"}));
    let submit = || office.call("submit", json!({"agency": unit, "fiscal_year": 2026}));
    let nothing = json!({"lines": 0, "mandatory": 0, "unexplained": 0});
    assert_eq!(submit(), nothing, "nothing is filled in");
    let line = json!({"agency": unit, "pro_kind": "1", "exp_func": "2010801", "dep_eco": "30101", "gov_eco": "50101",
                      "fund_type": "11111", "stage": "1", "apply_up": 12_345_600});
    let line = office.add("budget_line", line);
    assert_eq!((&submit()["lines"], &submit()["mandatory"]), (&json!(1), &json!(1)), "it lacks its project");
    let fields = json!({"pro_code": "410823261010000000001", "pro_name": "审计专项", "agency": unit, "pro_cat": "1"});
    let project = office.add("project", fields);
    let set =
        json!({"edit": "set", "entity": "budget_line", "id": line, "field": "project", "from": null, "to": project});
    office.call("apply", json!({"label": "选项目", "edits": [set]}));
    for item in office.findings().iter().filter(|item| item["finding"]["entity"] == "budget_line") {
        assert_eq!(item["finding"]["severity"], "advisory", "{item}");
        assert!(submit()["unexplained"].as_u64().expect("a count") > 0);
        office.explain(item, &item["finding"]["message"], "情况属实");
    }
    assert_eq!(submit(), json!({"lines": 1, "mandatory": 0, "unexplained": 0}));
    let fields = office.call("entities", json!({}));
    let of_line = fields.as_array().expect("a list").iter().find(|def| def["entity"] == "budget_line").expect("known");
    let place = of_line["fields"].as_array().expect("fields").iter().position(|field| field["name"] == "apply_link");
    let row = office.call("record", json!({"entity": "budget_line", "id": line}))["rows"][0].clone();
    assert_eq!(row["values"][place.expect("a field")], "2", "部门审核");
    assert_eq!(submit(), nothing, "it was handed in already");
    office.call("undo", json!({}));
    assert_eq!(submit()["lines"], 1, "taken back, it waits again");
}

#[test]
fn an_explained_finding_is_counted_as_explained_everywhere_until_it_says_something_else() {
    let office = Office::new();
    let item = office.with_advisory();
    let (id, rule) = (item["finding"]["record"].clone(), item["finding"]["rule"].clone());
    let advisory = office.home()["advisory"].clone();
    assert_eq!(office.home()["explained"], 0);
    office.explain(&item, &item["finding"]["message"], "情况属实");

    assert_eq!((&office.home()["advisory"], &office.home()["explained"]), (&advisory, &json!(1)));
    let counts = office.call("finding_counts", json!({"fiscal_year": 2026}));
    let counted = counts.as_array().expect("a list").iter().find(|count| count["rule"] == rule).expect("its rule");
    assert_eq!(counted["explained"], 1);
    let reason = |row: &Json| {
        let found = row["findings"].as_array().expect("findings").iter().find(|finding| finding["rule"] == rule);
        found.expect("still found")["reason"].clone()
    };
    let entity = item["finding"]["entity"].clone();
    let row = office.call("record", json!({"entity": entity, "id": id}))["rows"][0].clone();
    assert_eq!(reason(&row), "情况属实");
    assert!(office.findings().iter().any(|item| item["reason"] == "情况属实"));

    office.explain(&item, &json!("从前的提示"), "情况属实");
    assert_eq!(office.home()["explained"], 0, "the finding no longer says what was explained");
    let row = office.call("record", json!({"entity": entity, "id": id}))["rows"][0].clone();
    assert_eq!(reason(&row), Json::Null);
}
