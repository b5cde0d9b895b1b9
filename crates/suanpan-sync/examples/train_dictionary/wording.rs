//! Wording of budgets as townships and counties write them, and seeded dice to draw it with.

use uuid::Uuid;

pub struct Dice(pub u64);

impl Dice {
    /// SplitMix64.
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.draw() % end as u64) as usize
    }

    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// A UUIDv7 of that time.
    pub fn id(&mut self, at_ms: i64) -> Uuid {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.draw().to_be_bytes());
        bytes[8..].copy_from_slice(&self.draw().to_be_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(at_ms as u64, &bytes).into_uuid()
    }

    pub fn person(&mut self) -> String {
        format!("{}{}{}", self.pick(SURNAMES), self.pick(GIVEN), self.pick(&["", "", "会计", "所长", "股长"]))
    }

    /// Something around `name`, which is what a code set calls something.
    pub fn sentence(&mut self, name: &str) -> String {
        let frame = self.pick(FRAMES);
        let (number, year) = (self.below(500) + 1, 2024 + self.below(5));
        frame
            .replace("{项}", name)
            .replace("{地}", self.pick(PLACES))
            .replace("{文}", self.pick(PAPERS))
            .replace("{事}", self.pick(WORKS))
            .replace("{数}", &number.to_string())
            .replace("{年}", &year.to_string())
    }
}

const SURNAMES: &[&str] =
    &["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "扎西", "达娃"];
const GIVEN: &[&str] =
    &["伟", "芳", "娜", "敏", "静", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超", "卓玛", "次仁"];
const PLACES: &[&str] =
    &["XX镇", "XX乡", "城关镇", "XX街道办事处", "XX村", "XX社区", "XX县", "全县", "各乡镇", "中心学校", "卫生院"];
const PAPERS: &[&str] =
    &["财预", "财社", "财农", "财教", "财建", "财行", "政发", "政办", "县委", "国发", "国办发", "发改投资"];
const WORKS: &[&str] = &[
    "办公设备购置",
    "办公用房维修改造",
    "信息系统运行维护",
    "道路硬化工程",
    "农村公路养护",
    "饮水安全巩固提升",
    "高标准农田建设",
    "人居环境整治",
    "污水处理设施建设",
    "垃圾清运",
    "校舍维修",
    "教学设备采购",
    "困难群众救助",
    "城乡居民医疗保险补助",
    "基本公共卫生服务",
    "村级组织运转经费",
    "村干部报酬",
    "驻村工作队经费",
    "防汛抗旱",
    "森林防火",
    "安全生产监管",
    "信访维稳",
    "乡村振兴衔接资金",
    "产业发展扶持",
    "小型水利设施维修",
    "文化惠民演出",
    "综合文化站免费开放",
    "食堂补助",
    "公务用车运行维护",
    "会议培训",
    "第三方审计服务",
    "劳务派遣人员经费",
    "临时人员工资",
    "抚恤补助",
    "义务教育保障",
    "学前教育资助",
    "耕地地力保护补贴",
    "动物疫病防控",
    "退役军人服务",
    "残疾人事业发展",
    "计划生育奖励扶助",
];
const FRAMES: &[&str] = &[
    "{地}{事}项目",
    "{年}年{事}",
    "{地}{年}年{事}资金",
    "{项}",
    "{项}经费",
    "{地}{项}",
    "{事}",
    "{事}（二期）",
    "根据《关于下达{年}年{事}资金的通知》（{文}〔{年}〕{数}号）",
    "{文}〔{年}〕{数}号",
    "县政府常务会议纪要〔{年}〕{数}号",
    "按照县委、县政府工作部署，保障{项}支出，确保{事}顺利实施。",
    "完成{事}{数}个，受益群众{数}人。",
    "{地}人民政府负责组织实施。",
    "数量指标：完成{事}数量",
    "质量指标：验收合格率≥{数}%",
    "时效指标：资金拨付及时率100%",
    "成本指标：控制在预算批复范围内",
    "社会效益：改善生产生活条件，提升公共服务水平",
    "服务对象满意度≥{数}%",
    "可持续影响：长期发挥作用",
    "完成得满分，未完成按比例扣分",
    "用于{事}，其中{项}{数}万元。",
    "上年结转",
    "本级财力安排",
    "上级转移支付资金",
    "按项目进度支付",
    "同意",
    "已审核",
    "资料齐全，同意申报",
    "请补充测算依据",
    "详见附件",
    "追加预算",
    "压减一般性支出",
    "调整支出科目",
    "个",
    "人",
    "项",
    "台",
    "套",
    "平方米",
    "公里",
    "户",
    "亩",
    "万元",
    "%",
];
