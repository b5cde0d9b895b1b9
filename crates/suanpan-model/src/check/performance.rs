//! Rules of 绩效: who must have goals and indicators, weights that sum to 100, the three levels.

use super::frame::Ask;
use crate::facts::Read;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Backups and 一级项目 (a catalogue entry) carry no goals of their own.
fn must_perform(ask: &Ask) -> bool {
    let project = ask.views.project.read(ask.record);
    ask.rule.lists("pro_cat", project.pro_cat) && !project.is_backup && project.level_no != Some(1)
}

fn category(ask: &Ask) -> String {
    ask.code("pro_cat", ask.views.project.read(ask.record).pro_cat)
}

pub(super) fn flag_is_set(ask: &mut Ask) -> Read<()> {
    if must_perform(ask) && !ask.views.project.read(ask.record).is_perform {
        let category = category(ask);
        ask.say(&[("category", &category)]);
    }
    Ok(())
}

pub(super) fn goal_exists(ask: &mut Ask) -> Read<()> {
    if !must_perform(ask) {
        return Ok(());
    }
    let flag = ask.rule.word("yearflag");
    let goals = ask.children("performance_goal", "project")?;
    if !goals.iter().any(|goal| ask.views.goal.read(goal).yearflag == Some(flag)) {
        let category = category(ask);
        ask.say(&[("category", &category)]);
    }
    Ok(())
}

/// Shared by the mandatory trio (产出, 效益, 满意度) and the advisory 成本指标.
pub(super) fn indicators_exist(ask: &mut Ask) -> Read<()> {
    if !must_perform(ask) {
        return Ok(());
    }
    let indicators = ask.children("performance_indicator", "project")?;
    let has = |wanted: &str| indicators.iter().any(|one| ask.views.indicator.read(one).kpi_lv1 == Some(wanted));
    let missing: Vec<&str> =
        ask.rule.list("lv1").filter(|wanted| !has(wanted)).map(|code| ask.schema.codes.name("kpi", code)).collect();
    if !missing.is_empty() {
        let (category, missing) = (category(ask), missing.join("、"));
        ask.say(&[("category", &category), ("lv1", &missing)]);
    }
    Ok(())
}

/// One finding per kind of goal (年度, 中期) whose weights are given and do not reach the sum.
pub(super) fn weights_sum_up(ask: &mut Ask) -> Read<()> {
    let expected: Decimal = ask.rule.word("expected").parse().unwrap_or(Decimal::ONE_HUNDRED);
    let indicators = ask.children("performance_indicator", "project")?;
    let mut sums: BTreeMap<Option<&str>, Decimal> = BTreeMap::new();
    for indicator in indicators.iter() {
        let indicator = ask.views.indicator.read(indicator);
        let weight = indicator.weight.and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_default();
        let sum = sums.entry(indicator.yearflag).or_default();
        *sum = sum.saturating_add(weight);
    }
    for (flag, sum) in sums {
        if sum.normalize() != expected {
            let goal = flag.map_or("绩效目标", |flag| ask.schema.codes.name("yearflag", flag));
            ask.say(&[("goal", &goal), ("sum", &sum.normalize()), ("expected", &expected)]);
        }
    }
    Ok(())
}

pub(super) fn weight_within_bounds(ask: &mut Ask) -> Read<()> {
    let indicator = ask.views.indicator.read(ask.record);
    let (min, max) = (ask.rule.whole("min"), ask.rule.whole("max"));
    let weight = indicator.weight.and_then(|text| text.parse::<Decimal>().ok());
    if let Some(weight) = weight.filter(|weight| *weight < Decimal::from(min) || *weight > Decimal::from(max)) {
        ask.say(&[("value", &weight), ("min", &min), ("max", &max)]);
    }
    Ok(())
}

pub(super) fn second_level_belongs_to_first(ask: &mut Ask) -> Read<()> {
    let indicator = ask.views.indicator.read(ask.record);
    let (Some(first), Some(second)) = (indicator.kpi_lv1, indicator.kpi_lv2) else { return Ok(()) };
    let set = ask.rule.word("set");
    let Some(item) = ask.schema.codes.item(set, second) else { return Ok(()) };
    if item.parent != first {
        let (lv1, lv2) = (ask.code(set, Some(first)), ask.code(set, Some(second)));
        ask.say(&[("lv1", &lv1), ("lv2", &lv2)]);
    }
    Ok(())
}

/// `95`, `95%`, `1,200`: a number once units and separators are gone.
pub(super) fn quantity_is_a_number(ask: &mut Ask) -> Read<()> {
    let indicator = ask.views.indicator.read(ask.record);
    let (Some(sign), Some(value)) = (indicator.computesign, indicator.kpi_val) else { return Ok(()) };
    let plain = value.trim().trim_end_matches(['%', '％', '‰']).replace([',', '，'], "");
    if sign != ask.rule.word("qualitative_sign") && plain.parse::<Decimal>().is_err() {
        ask.say(&[("value", &value)]);
    }
    Ok(())
}
