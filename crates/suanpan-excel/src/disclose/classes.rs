//! Which codes mean what in the disclosure tables. Longest prefix first where one contains another.

/// Where money comes from, as the tables tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fund {
    /// 一般公共预算
    General,
    /// 政府性基金预算
    GovernmentFund,
    /// 国有资本经营预算
    StateCapital,
    /// 事业收入 (with 财政专户管理资金)
    Business,
    /// 事业单位经营收入
    Operating,
    /// 其他收入
    Other,
}

/// 资金性质 by prefix. 社会保险基金 (14) and 代管资金 (9) are no part of a department's budget.
const FUNDS: [(&str, Fund); 10] = [
    ("11", Fund::General),
    ("12", Fund::GovernmentFund),
    ("13", Fund::StateCapital),
    ("2", Fund::Business),
    ("31", Fund::Business),
    ("32", Fund::Other),
    ("33", Fund::Other),
    ("34", Fund::Operating),
    ("39", Fund::Other),
    ("3", Fund::Other),
];

impl Fund {
    /// None for money that departments do not disclose.
    pub fn of(fund_type: &str) -> Option<Self> {
        FUNDS.iter().find(|(prefix, _)| fund_type.starts_with(prefix)).map(|(_, fund)| *fund)
    }

    /// 财政拨款?
    pub fn is_appropriation(self) -> bool {
        matches!(self, Self::General | Self::GovernmentFund | Self::StateCapital)
    }
}

/// What kind of spending, by 项目类别.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spending {
    /// 基本支出：人员经费
    Personnel,
    /// 基本支出：公用经费
    Running,
    /// 项目支出
    Project,
}

impl Spending {
    /// 1 人员类, 21 公用经费; all else is 项目支出.
    pub fn of(pro_cat: &str) -> Self {
        match pro_cat {
            "1" => Self::Personnel,
            "21" => Self::Running,
            _ => Self::Project,
        }
    }
}

/// The items of the 三公 table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreePublic {
    Overseas,
    Reception,
    VehiclePurchase,
    VehicleRunning,
}

/// 部门预算经济分类 → 三公.
const THREE_PUBLIC: [(&str, ThreePublic); 5] = [
    ("30212", ThreePublic::Overseas),
    ("30217", ThreePublic::Reception),
    ("30231", ThreePublic::VehicleRunning),
    ("30913", ThreePublic::VehiclePurchase),
    ("31013", ThreePublic::VehiclePurchase),
];

impl ThreePublic {
    pub fn of(dep_eco: &str) -> Option<Self> {
        THREE_PUBLIC.iter().find(|(code, _)| *code == dep_eco).map(|(_, item)| *item)
    }
}
