//! Cases of 绩效.

use crate::case::{fires, silent};

#[test]
fn special_and_operating_projects_must_report_performance() {
    fires("PRF-001", "project p pro_cat=22 is_perform=no", "p.is_perform", &["其他运转类"]);
    silent(
        "PRF-001",
        "project p pro_cat=22
         project q pro_cat=1 is_perform=no
         project r pro_cat=31 is_perform=no level_no=1",
    );
}

#[test]
fn such_a_project_has_a_goal_for_the_year() {
    fires(
        "PRF-002",
        "project p pro_cat=31\nperformance_goal g project=@p yearflag=1",
        "p.is_perform",
        &["年度绩效目标"],
    );
    silent("PRF-002", "project p pro_cat=31\nperformance_goal g project=@p yearflag=0\nproject q pro_cat=21");
}

#[test]
fn such_a_project_has_indicators_of_output_effect_and_satisfaction() {
    let some = "
        project p pro_cat=31
        performance_indicator x project=@p kpi_lv1=1
        performance_indicator y project=@p kpi_lv1=2";
    fires("PRF-003", some, "p.is_perform", &["满意度指标"]);
    silent("PRF-003", &format!("{some}\nperformance_indicator z project=@p kpi_lv1=3\nproject q pro_cat=1"));
}

#[test]
fn the_weights_of_one_goal_sum_to_a_hundred() {
    let two = "
        project p
        performance_indicator x project=@p weight=60
        performance_indicator y project=@p weight=30.5";
    fires("PRF-004", two, "p.is_perform", &["年度目标", "90.5", "100"]);
    silent("PRF-004", &format!("{two}\nperformance_indicator z project=@p weight=9.50"));
    fires(
        "PRF-004",
        "project p
         performance_indicator x project=@p weight=100
         performance_indicator y project=@p weight=50 yearflag=1",
        "p.is_perform",
        &["中期目标", "50"],
    );
    silent("PRF-004", "project p");
}

#[test]
fn the_second_level_belongs_to_the_first() {
    fires("PRF-005", "performance_indicator x kpi_lv1=1 kpi_lv2=21", "x.kpi_lv2", &["21 经济效益指标", "1 产出指标"]);
    silent("PRF-005", "performance_indicator x kpi_lv1=1 kpi_lv2=11");
}

#[test]
fn a_measured_target_is_a_number() {
    fires("PRF-006", "performance_indicator x computesign=2 kpi_val=较好", "x.kpi_val", &["较好"]);
    silent(
        "PRF-006",
        "performance_indicator x computesign=2 kpi_val=95%
         performance_indicator y computesign=1 kpi_val=1,200
         performance_indicator z computesign=6 kpi_val=较好",
    );
}

#[test]
fn a_special_project_names_its_costs_or_explains() {
    fires("PRF-007", "project p pro_cat=31", "p.is_perform", &["成本指标"]);
    silent("PRF-007", "project p pro_cat=31\nperformance_indicator x project=@p kpi_lv1=4\nproject q pro_cat=22");
}

#[test]
fn a_weight_lies_between_nothing_and_everything() {
    fires("PRF-008", "performance_indicator x weight=101", "x.weight", &["101"]);
    fires("PRF-008", "performance_indicator x weight=-1", "x.weight", &["-1"]);
    silent("PRF-008", "performance_indicator x weight=100");
}
