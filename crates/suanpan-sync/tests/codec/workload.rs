//! The work that transports are compared on: 1,000 records of 10 fields of Chinese text, about 350 KB of JSON. The
//! wording is not that of the dictionary's samples. The same seed gives the same records.

use serde_json::{Map, Value, json};
use suanpan_model::op::{Change, GroupKind, Op, OpKind};
use suanpan_sync::{
    codec::snapshot::SnapshotRecord,
    parcel::{Clocks, GroupHead, Proposal, op_id},
};
use uuid::Uuid;

/// 2026-11-20 09:12:33 +08:00, ms since 1970.
pub const AT_MS: i64 = 1_795_137_153_204;

pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }

    pub fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// A UUIDv7 of that time, every free bit drawn: the hardest to pack.
    pub fn id(&mut self, at_ms: i64) -> Uuid {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.draw().to_be_bytes());
        bytes[8..].copy_from_slice(&self.draw().to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(at_ms as u64, &bytes).into_uuid()
    }
}

const TOWNS: &[&str] =
    &["木栾", "龙泉", "詹店", "西陶", "谢旗营", "大封", "嘉应观", "乔庙", "圪垱店", "三阳", "小董", "大虹桥", "北郭"];
const VILLAGES: &[&str] = &[
    "东岗",
    "西滑封",
    "马曲",
    "前牛文",
    "后赵",
    "沁阳",
    "何营",
    "张菜园",
    "御坝",
    "杨庄",
    "刘村",
    "大陶",
    "二铺营",
    "岳庄",
];
const WORKS: &[&str] = &[
    "田间道路硬化",
    "机井配套",
    "排水沟清淤",
    "中心小学操场改造",
    "卫生院门诊楼修缮",
    "垃圾中转站",
    "人居环境整治",
    "太阳能路灯安装",
    "文化广场",
    "养老服务站",
    "农机合作社补助",
    "乡村公路养护",
    "危桥加固",
    "饮水管网延伸",
    "厕所改造",
    "河道护坡",
    "林下种植示范",
    "怀药基地",
    "电商服务点",
    "综治视频联网",
];
const NUMBERS: &[&str] = &["一", "二", "三", "四", "五", "六"];
const PAPERS: &[&str] = &["武政办", "焦财预", "豫农发", "武发改", "武乡振", "焦水", "豫财农", "武民"];
const EFFECTS: &[&str] = &[
    "改善群众出行",
    "提升灌溉保证率",
    "方便群众就医",
    "美化村容村貌",
    "消除安全隐患",
    "带动农户增收",
    "丰富文化生活",
    "保障饮水安全",
];
const SURNAMES: &[&str] = &["王", "李", "张", "刘", "陈", "原", "慕", "荆", "薛", "秦", "买", "苗"];
const GIVEN: &[&str] =
    &["建军", "海燕", "志强", "秀英", "国庆", "小霞", "永刚", "红梅", "新民", "玉珍", "保国", "晓东", "春花", "卫东"];
const REMARKS: &[&str] =
    &["", "续建", "村级一事一议", "需走政府采购", "已列入三年规划", "待发改批复", "人大代表建议件", "含上年结转"];
const STATES: &[&str] = &["材料已齐", "缺预算书", "已现场踏勘", "待补会议纪要", "准予上报"];

fn fields(dice: &mut Dice) -> Map<String, Value> {
    let (town, village, work) = (dice.pick(TOWNS), dice.pick(VILLAGES), dice.pick(WORKS));
    let (length, people) = (dice.below(4_000) + 100, dice.below(3_000) + 50);
    let effect = dice.pick(EFFECTS);
    let fields = json!({
        "pro_name": format!("{town}{village}村{work}"),
        "pro_desc": format!("新建{length}米，惠及{people}人"),
        "pro_bases": format!("{}〔{}〕{}号", dice.pick(PAPERS), 2022 + dice.below(5), dice.below(300) + 1),
        "pro_address": format!("{}{village}村{}组", dice.pick(&["镇东", "镇西", "乡南", "街道"]), dice.pick(NUMBERS)),
        "goal": format!("{effect}，满意度{}%", 85 + dice.below(14)),
        "pro_operator": format!("{}{}", dice.pick(SURNAMES), dice.pick(GIVEN)),
        "pro_operator_tel": format!("1{}{:09}", 3 + dice.below(7), dice.below(1_000_000_000)),
        "version_name": dice.pick(STATES),
        "fun_res": format!("{}股", dice.pick(&["农业", "教科文", "社保", "经建", "行政政法", "乡财"])),
        "remark": dice.pick(REMARKS),
    });
    match fields {
        Value::Object(mut fields) => {
            fields.retain(|_, value| value != "");
            fields
        }
        _ => unreachable!("json! of a map"),
    }
}

pub fn head(dice: &mut Dice, label: &str) -> GroupHead {
    GroupHead {
        id: dice.id(AT_MS),
        actor: "荆会计".into(),
        label: label.into(),
        kind: GroupKind::Do,
        clock: Clocks { at_ms: AT_MS + 1, monotonic_ms: 8_123_456, server_ms: AT_MS - 1_800_000_000 },
    }
}

/// The group of an import of `count` projects.
pub fn import(seed: u64, count: u32) -> (GroupHead, Vec<Proposal>) {
    let mut dice = Dice::of(seed);
    let head = head(&mut dice, "导入 2027年项目申报表.xlsx");
    let ops = (0..count).map(|place| {
        let record = dice.id(AT_MS + i64::from(place) / 40);
        let kind = OpKind::Create { division: "410823101".into(), fiscal_year: 2027, fields: fields(&mut dice) };
        Proposal { op: Op { id: op_id(head.id, place), entity: "project".into(), record, kind }, seen: None }
    });
    let ops = ops.collect();
    (head, ops)
}

/// The group of one changed amount.
pub fn one_edit(seed: u64) -> (GroupHead, Vec<Proposal>) {
    let mut dice = Dice::of(seed);
    let head = head(&mut dice, "修改年度预算");
    let change = Change { field: "apply_up".into(), from: json!(12_500_000), to: json!(13_860_000) };
    let kind = OpKind::Edit { seen: 3, changes: vec![change] };
    let record = dice.id(AT_MS - 3_000_000_000);
    let op = Op { id: op_id(head.id, 0), entity: "budget_line".into(), record, kind };
    (head, vec![Proposal { op, seen: None }])
}

/// Bytes of the fields as JSON, a record a line.
pub fn json_bytes(ops: &[Proposal]) -> usize {
    let lines = ops.iter().map(|proposal| match &proposal.op.kind {
        OpKind::Create { fields, .. } => serde_json::to_string(fields).map_or(0, |json| json.len() + 1),
        _ => 0,
    });
    lines.sum()
}

/// Lines of a budget and the details below them, as a book has them: codes, references, amounts, a little text.
pub fn book(seed: u64, count: usize) -> Vec<SnapshotRecord> {
    let mut dice = Dice::of(seed);
    let agencies: Vec<Uuid> = (0..60).map(|at| dice.id(AT_MS - 90_000_000_000 + at)).collect();
    let projects: Vec<Uuid> = (0..count as i64 / 12).map(|at| dice.id(AT_MS - 80_000_000_000 + at * 70)).collect();
    let records = (0..count).map(|at| {
        let project = at * projects.len() / count;
        let fen = |dice: &mut Dice| json!((dice.below(9_000) + 1) * [10_000, 100_000, 1_000_000][at % 3]);
        let (amount, dep) = (fen(&mut dice), dice.below(40));
        let mut fields = json!({
            "project": projects[project], "agency": agencies[project % agencies.len()],
            "exp_func": format!("{}", 2_010_301 + (project * 37 % 90) * 100), "dep_eco": format!("{}", 30_201 + dep),
            "gov_eco": format!("{}", 50_201 + dep / 5), "fund_type": dice.pick(&["111", "11211", "11212", "121"]),
            "apply_up": amount, "fin_audit_money": amount, "is_gov_pur": dep > 33, "line_no": at % 12 + 1,
        });
        if dice.below(4) == 0 {
            fields["remark"] = format!("{}{}", dice.pick(VILLAGES), dice.pick(WORKS)).into();
        }
        let Value::Object(fields) = fields else { unreachable!("json! of a map") };
        SnapshotRecord {
            entity: "budget_line".into(),
            id: dice.id(AT_MS - 70_000_000_000 + at as i64 * 9),
            division: "410823101".into(),
            fiscal_year: 2026,
            version: 1 + dice.below(8).saturating_sub(5) as u32,
            deleted: dice.below(200) == 0,
            fields,
        }
    });
    records.collect()
}
