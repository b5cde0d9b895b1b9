//! The 203 units of the sample county: 66 of the county and 137 of its townships. The townships are
//! real; which units there are, their codes and their headcounts are invented.

use crate::random::Random;

/// What a unit does, which decides the projects it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Organ,
    Finance,
    Safety,
    School,
    Health,
    Culture,
    Social,
    Build,
    Land,
    Agri,
    Water,
    Road,
    Industry,
    Housing,
    Pension,
    Town,
    TownService,
}

/// Codes of code set `agency_type`.
pub const ORGAN: &str = "1";
pub const CIVIL: &str = "2";
pub const PUBLIC: &str = "31";
pub const PARTLY: &str = "32";
pub const TOWN_ORGAN: &str = "6";

#[derive(Debug, Clone)]
pub struct Unit {
    /// 部门 3 digits + 单位 3 digits.
    pub code: String,
    pub name: String,
    pub kind: &'static str,
    pub office: &'static str,
    /// 支出功能 of its own running.
    pub func: &'static str,
    pub theme: Theme,
    pub posts: i64,
    pub students: i64,
    /// 9-digit division that owns the unit's records.
    pub division: &'static str,
    /// Index of the 部门 (its own index where it is one).
    pub dept: usize,
}

impl Unit {
    pub fn is_admin(&self) -> bool {
        !matches!(self.kind, PUBLIC | PARTLY)
    }

    pub fn in_town(&self) -> bool {
        self.division != COUNTY
    }
}

pub const COUNTY: &str = "410823000";

/// MOF_DIV_CODE and name of the county's townships (2023-06-30).
pub const TOWNS: &[(&str, &str)] = &[
    ("410823001", "木城街道"),
    ("410823002", "龙源街道"),
    ("410823003", "龙泉街道"),
    ("410823004", "木栾街道"),
    ("410823101", "詹店镇"),
    ("410823102", "西陶镇"),
    ("410823103", "谢旗营镇"),
    ("410823104", "大封镇"),
    ("410823107", "乔庙镇"),
    ("410823108", "圪垱店镇"),
    ("410823200", "嘉应观乡"),
    ("410823203", "三阳乡"),
    ("410823204", "小董乡"),
    ("410823205", "大虹桥乡"),
    ("410823206", "北郭乡"),
    ("410823598", "武陟宁郭农场"),
];

/// 部门, 单位, name, kind, office, function, theme, posts, students.
type Line = (u16, u16, &'static str, &'static str, &'static str, &'static str, Theme, i64, i64);

const COUNTY_UNITS: &[Line] = &[
    (101, 1, "县人大常委会办公室", ORGAN, "005", "2010101", Theme::Organ, 32, 0),
    (102, 1, "县政协办公室", ORGAN, "005", "2010201", Theme::Organ, 30, 0),
    (103, 1, "县委办公室", ORGAN, "005", "2013101", Theme::Organ, 42, 0),
    (103, 2, "县档案史志馆", PUBLIC, "005", "2012601", Theme::Culture, 16, 0),
    (104, 1, "县人民政府办公室", ORGAN, "005", "2010301", Theme::Organ, 46, 0),
    (104, 2, "县政务服务和大数据中心", PUBLIC, "005", "2010350", Theme::Organ, 34, 0),
    (104, 3, "县机关事务中心", CIVIL, "005", "2010303", Theme::Organ, 28, 0),
    (105, 1, "县纪委监委机关", ORGAN, "005", "2011101", Theme::Organ, 78, 0),
    (106, 1, "县委组织部", ORGAN, "005", "2013201", Theme::Organ, 30, 0),
    (106, 2, "县委党校", CIVIL, "006", "2050802", Theme::Organ, 26, 0),
    (107, 1, "县委宣传部", ORGAN, "007", "2013301", Theme::Organ, 24, 0),
    (107, 2, "县融媒体中心", PUBLIC, "007", "2070899", Theme::Culture, 58, 0),
    (108, 1, "县委统战部", ORGAN, "005", "2013401", Theme::Organ, 18, 0),
    (109, 1, "县委社会工作部", ORGAN, "005", "2013901", Theme::Organ, 16, 0),
    (110, 1, "县信访局", ORGAN, "005", "2014001", Theme::Organ, 15, 0),
    (111, 1, "县总工会", CIVIL, "005", "2012901", Theme::Organ, 12, 0),
    (112, 1, "共青团县委", CIVIL, "005", "2012901", Theme::Organ, 8, 0),
    (113, 1, "县妇女联合会", CIVIL, "005", "2012901", Theme::Organ, 9, 0),
    (201, 1, "县财政局", ORGAN, "002", "2010601", Theme::Finance, 68, 0),
    (201, 2, "县国库集中支付中心", CIVIL, "020", "2010605", Theme::Finance, 32, 0),
    (201, 3, "县财政预算评审中心", PUBLIC, "017", "2010650", Theme::Finance, 24, 0),
    (202, 1, "县审计局", ORGAN, "005", "2010801", Theme::Organ, 36, 0),
    (203, 1, "县统计局", ORGAN, "009", "2010501", Theme::Organ, 26, 0),
    (204, 1, "县发展和改革委员会", ORGAN, "009", "2010401", Theme::Industry, 38, 0),
    (204, 2, "县粮食物资储备中心", PUBLIC, "009", "2220101", Theme::Industry, 22, 0),
    (205, 1, "县国有资产服务中心", PUBLIC, "012", "2010650", Theme::Industry, 18, 0),
    (301, 1, "县公安局", ORGAN, "005", "2040201", Theme::Safety, 286, 0),
    (301, 2, "县公安局交通警察大队", ORGAN, "005", "2040201", Theme::Safety, 96, 0),
    (302, 1, "县司法局", ORGAN, "005", "2040601", Theme::Safety, 62, 0),
    (303, 1, "县应急管理局", ORGAN, "009", "2240101", Theme::Safety, 44, 0),
    (304, 1, "县消防救援保障中心", PUBLIC, "009", "2240204", Theme::Safety, 38, 0),
    (401, 1, "县教育体育局", ORGAN, "006", "2050101", Theme::School, 52, 0),
    (401, 2, "县第一高级中学", PUBLIC, "006", "2050204", Theme::School, 268, 3820),
    (401, 3, "县沁阳路高级中学", PUBLIC, "006", "2050204", Theme::School, 214, 3010),
    (401, 4, "县中等职业学校", PUBLIC, "006", "2050302", Theme::School, 142, 1960),
    (401, 5, "县明德实验中学", PUBLIC, "006", "2050203", Theme::School, 138, 1840),
    (401, 6, "县启新实验小学", PUBLIC, "006", "2050202", Theme::School, 126, 2210),
    (401, 7, "县和风路小学", PUBLIC, "006", "2050202", Theme::School, 98, 1720),
    (401, 8, "县直机关幼儿园", PUBLIC, "006", "2050201", Theme::School, 42, 560),
    (401, 9, "县特殊教育学校", PUBLIC, "006", "2050202", Theme::School, 24, 120),
    (402, 1, "县科学技术和工业信息化局", ORGAN, "007", "2060101", Theme::Industry, 36, 0),
    (403, 1, "县文化广电和旅游局", ORGAN, "007", "2070101", Theme::Culture, 34, 0),
    (403, 2, "县图书馆", PUBLIC, "007", "2070104", Theme::Culture, 14, 0),
    (403, 3, "县文化馆", PUBLIC, "007", "2070109", Theme::Culture, 15, 0),
    (404, 1, "县卫生健康委员会", ORGAN, "008", "2100101", Theme::Health, 40, 0),
    (404, 2, "县疾病预防控制中心", PUBLIC, "008", "2100401", Theme::Health, 68, 0),
    (404, 3, "县计划生育服务中心", PUBLIC, "008", "2100716", Theme::Health, 26, 0),
    (405, 1, "县医疗保障局", ORGAN, "008", "2101501", Theme::Social, 24, 0),
    (406, 1, "县人力资源和社会保障局", ORGAN, "008", "2080101", Theme::Social, 48, 0),
    (406, 2, "县城乡居民社会养老保险中心", CIVIL, "008", "2080109", Theme::Pension, 26, 0),
    (407, 1, "县民政局", ORGAN, "008", "2080201", Theme::Social, 32, 0),
    (408, 1, "县退役军人事务局", ORGAN, "008", "2082801", Theme::Social, 24, 0),
    (409, 1, "县残疾人联合会", CIVIL, "008", "2081101", Theme::Social, 14, 0),
    (410, 1, "县红十字会", CIVIL, "008", "2081601", Theme::Social, 6, 0),
    (501, 1, "县住房和城乡建设局", ORGAN, "009", "2120101", Theme::Build, 46, 0),
    (501, 2, "县住房公积金管理部", PUBLIC, "009", "2120199", Theme::Housing, 20, 0),
    (502, 1, "县城市管理局", ORGAN, "009", "2120104", Theme::Build, 58, 0),
    (502, 2, "县环境卫生服务中心", PUBLIC, "009", "2120501", Theme::Build, 64, 0),
    (503, 1, "县交通运输局", ORGAN, "009", "2140101", Theme::Road, 42, 0),
    (503, 2, "县公路养护中心", PUBLIC, "009", "2140106", Theme::Road, 56, 0),
    (504, 1, "县自然资源局", ORGAN, "011", "2200101", Theme::Land, 66, 0),
    (601, 1, "县农业农村局", ORGAN, "010", "2130101", Theme::Agri, 72, 0),
    (601, 2, "县农业技术推广中心", PUBLIC, "010", "2130104", Theme::Agri, 46, 0),
    (602, 1, "县水利局", ORGAN, "010", "2130301", Theme::Water, 44, 0),
    (602, 2, "县引黄灌区服务中心", PUBLIC, "010", "2130304", Theme::Water, 52, 0),
    (603, 1, "县林业服务中心", PUBLIC, "010", "2130204", Theme::Agri, 28, 0),
];

/// Units that every township has. The farm has the first two.
const TOWN_UNITS: &[Line] = &[
    (0, 1, "", TOWN_ORGAN, "021", "2010301", Theme::Town, 46, 0),
    (0, 2, "党群服务中心", PUBLIC, "021", "2013150", Theme::TownService, 12, 0),
    (0, 3, "财政所", CIVIL, "021", "2010601", Theme::Finance, 8, 0),
    (0, 4, "农业农村服务中心", PUBLIC, "010", "2130104", Theme::Agri, 14, 0),
    (0, 5, "社会事务服务中心", PUBLIC, "008", "2080150", Theme::TownService, 11, 0),
    (0, 6, "综合行政执法大队", PUBLIC, "021", "2120104", Theme::Build, 16, 0),
    (0, 7, "退役军人服务站", PUBLIC, "008", "2082850", Theme::TownService, 5, 0),
    (0, 8, "中心小学", PUBLIC, "006", "2050202", Theme::School, 74, 1080),
    (0, 9, "中心卫生院", PARTLY, "008", "2100302", Theme::Health, 52, 0),
];

const FARM: &str = "410823598";

/// The units of a year; headcounts move a little from year to year.
pub fn units(seed: u64, year: i32) -> Vec<Unit> {
    let mut units = Vec::with_capacity(203);
    for line in COUNTY_UNITS {
        push(&mut units, line, line.0, format!("武陟{}", line.2), COUNTY);
    }
    for (at, (division, town)) in TOWNS.iter().enumerate() {
        let farm = *division == FARM;
        for line in TOWN_UNITS.iter().take(if farm { 2 } else { TOWN_UNITS.len() }) {
            let organ = match *division {
                FARM => "农场管理委员会",
                _ if town.ends_with("街道") => "办事处",
                _ => "人民政府",
            };
            let name = if line.1 == 1 { organ } else { line.2 };
            let town = town.trim_end_matches("农场");
            let stem = if farm && line.1 > 1 { format!("{town}农场") } else { town.to_owned() };
            push(&mut units, line, 701 + at as u16, format!("{stem}{name}"), division);
        }
    }
    for (at, unit) in units.iter_mut().enumerate() {
        let mut random = Random::of(seed, &[year.unsigned_abs().into(), 101, at as u64]);
        unit.posts += random.between(-(unit.posts / 8), unit.posts / 8);
        unit.students += random.between(-(unit.students / 10), unit.students / 10);
    }
    units
}

fn push(units: &mut Vec<Unit>, line: &Line, dept: u16, name: String, division: &'static str) {
    let (_, number, _, kind, office, func, theme, posts, students) = *line;
    let code = format!("{dept:03}{number:03}");
    let head = units.iter().position(|unit| unit.code[..3] == code[..3]).unwrap_or(units.len());
    units.push(Unit { code, name, kind, office, func, theme, posts, students, division, dept: head });
}
