//! docs/checks.md lists what `schemas/rules.json` describes. Regenerate with
//! `UPDATE_GENERATED=1 cargo test -p suanpan-model --test checks document`.

use std::{fmt::Write as _, fs, path::Path};
use suanpan_model::check::{RuleInfo, Severity, rule_list};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/checks.md");
const COMMAND: &str = "UPDATE_GENERATED=1 cargo test -p suanpan-model --test checks document";

/// Parts of the list by the beginning of the rule's code.
const PARTS: &[(&str, &str)] = &[
    ("GEN", "各类数据"),
    ("DIV", "区划"),
    ("COD", "代码项"),
    ("BOK", "预算账本"),
    ("AGY", "预算单位"),
    ("STF", "编制人数"),
    ("ACC", "银行账户"),
    ("STD", "支出标准"),
    ("PRJ", "项目"),
    ("PLN", "分年支出计划"),
    ("DTL", "支出明细"),
    ("PRF", "绩效"),
    ("BGT", "年度预算"),
    ("INC", "收入预算"),
    ("ALT", "指标"),
    ("VCH", "指标变动单"),
];

fn document() -> String {
    let count = |severity| rule_list().iter().filter(|rule| rule.severity == severity).count();
    let mut text = format!(
        "# 审核规则\n\n<!-- Generated from schemas/rules.json. Regenerate: {COMMAND} -->\n\n\
         共 {} 条：强制性 {} 条（有未改正的不能上报），提示性 {} 条（说明原因后可以上报）。\n\
         草稿带着审核意见也能保存。“挂在”一栏是审核意见所在的数据：合计类的规则挂在持有合计的那一条上\n\
         （收支平衡、基本支出、“其他”科目占比挂在预算单位，测算与分年挂在项目，指标分配挂在源指标）。规则的级别、文字和参数都在 `schemas/rules.json`，改它不用改程序。\n",
        rule_list().len(),
        count(Severity::Mandatory),
        count(Severity::Advisory),
    );
    for (prefix, title) in PARTS {
        let _ =
            write!(text, "\n## {title}\n\n| 编号 | 级别 | 挂在 | 规则 | 依据 | 参数 |\n|---|---|---|---|---|---|\n");
        for rule in rule_list().iter().filter(|rule| rule.code.starts_with(prefix)) {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                rule.code,
                rule.severity.zh(),
                subject(rule),
                cell(&rule.zh),
                cell(&rule.source),
                cell(&params(rule))
            );
        }
    }
    text
}

fn subject(rule: &RuleInfo) -> String {
    let schema = crate::case::schema();
    schema.entity(&rule.entity).map_or_else(|| "各类数据".to_owned(), |def| def.label.zh.clone())
}

fn params(rule: &RuleInfo) -> String {
    rule.params.iter().map(|(name, value)| format!("`{name}` = `{value}`")).collect::<Vec<_>>().join("；")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_document_of_the_rules_is_fresh() {
    let listed: usize =
        PARTS.iter().map(|(prefix, _)| rule_list().iter().filter(|rule| rule.code.starts_with(prefix)).count()).sum();
    assert_eq!(listed, rule_list().len(), "a rule's code begins with none of PARTS");
    let wanted = document();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::create_dir_all(Path::new(PATH).parent().expect("docs/")).expect("docs/ can be made");
        fs::write(PATH, &wanted).expect("docs/checks.md can be written");
    }
    let held = fs::read_to_string(PATH).unwrap_or_default();
    assert!(held == wanted, "docs/checks.md is stale; run: {COMMAND}");
}
