//! The command line's words. Names and meanings are stable: docs/cli.md describes them.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// 算盘：县乡预算编制与指标管理（命令行）
#[derive(Debug, Parser)]
#[command(name = "suanpan", version, propagate_version = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// 输出 JSON（供程序读取）
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// 新建账套
    Init(Init),
    /// 账套概况
    Info(BookOnly),
    /// 列出记录
    List(List),
    /// 查看一条记录
    Get(Get),
    /// 新增一条记录
    New(New),
    /// 修改一条记录
    Set(Set),
    /// 删除一条记录（只做标记，可撤销）
    Rm(Get),
    /// 按某一项汇总金额
    Totals(Totals),
    /// 从工作簿导入
    Import(Import),
    /// 导出工作簿
    Export(Export),
    /// 生成部门预算公开表（九张表，部门和单位各一套）
    Disclose(Disclose),
    /// 检查全部数据并列出问题
    Check(Check),
    /// 按文字、代码或拼音首字母查找
    Search(Search),
    /// 操作记录
    Log(Log),
    /// 撤销最近一次操作
    Undo(BookOnly),
    /// 重做最近一次撤销
    Redo(BookOnly),
    /// 备份（写后核对，留最近 7 天和 4 周）
    Backup(Backup),
    /// 用备份换回账套；原文件改名留存
    Restore(Restore),
    /// 核对整本账套
    Verify(BookOnly),
    /// 恢复损坏的账套：最近的完好备份，加上其后每一笔读得出来的操作
    Recover(Recover),
    /// 在省平台登记本账套
    Enrol(Enrol),
    /// 与省平台同步，直到两边一致
    Sync(Sync),
    /// 写一个同步包到U盘
    Pack(Pack),
    /// 读入从平台带回的同步包
    Unpack(Unpack),
    /// 替别人把同步包送到平台，并取回回包（看不到内容）
    Carry(Carry),
    /// 同步的状态
    Status(BookOnly),
    /// 列出争议
    Cases(Cases),
    /// 裁决一条争议
    Decide(Decide),
    /// 未采纳的更改：列出、重新上报、放弃、导出
    Tray(Tray),
    /// 生成示例账套：武陟县，203 个单位
    Sample(Sample),
    /// 在本机浏览器中使用（只监听 127.0.0.1）
    Serve(Serve),
}

#[derive(Debug, Args)]
pub struct BookOnly {
    /// 账套文件
    pub book: PathBuf,
}

#[derive(Debug, Args)]
pub struct Enrol {
    /// 账套文件
    pub book: PathBuf,
    /// 平台地址，如 https://主机:端口
    #[arg(long)]
    pub server: String,
    /// 管理员发放的一次性登记码
    #[arg(long)]
    pub code: String,
    /// 本机名称，如 城关镇财政所 1 号机
    #[arg(long)]
    pub name: String,
}

#[derive(Debug, Args)]
pub struct Pack {
    /// 账套文件
    pub book: PathBuf,
    /// 写到哪个文件夹
    #[arg(long)]
    pub to: PathBuf,
}

#[derive(Debug, Args)]
pub struct Unpack {
    /// 账套文件
    pub book: PathBuf,
    /// 同步包（.spx）
    pub package: PathBuf,
}

#[derive(Debug, Args)]
pub struct Carry {
    /// 同步包（.spx）
    pub package: PathBuf,
    /// 平台地址
    #[arg(long)]
    pub server: String,
}

#[derive(Debug, Args)]
pub struct Sync {
    /// 账套文件
    pub book: PathBuf,
    /// 平台的新地址；不给则用登记时的
    #[arg(long)]
    pub server: Option<String>,
}

#[derive(Debug, Args)]
pub struct Init {
    /// 账套文件
    pub book: PathBuf,
    /// 财政区划代码，9 位，如 410823000
    #[arg(long)]
    pub division: String,
    /// 预算年度
    #[arg(long)]
    pub year: i32,
    /// 账套名称，缺省为区划名称
    #[arg(long, default_value = "")]
    pub name: String,
}

#[derive(Debug, Args)]
pub struct List {
    pub book: PathBuf,
    /// 数据种类，如 agency、project、allotment
    pub entity: String,
    /// 条件，可重复：项目=值、项目~含有、项目>=值、项目<=值
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    pub conditions: Vec<String>,
    /// 排序的项目；前面加 - 为降序
    #[arg(long, allow_hyphen_values = true)]
    pub sort: Vec<String>,
    /// 最多列出多少条
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// 跳过前多少条
    #[arg(long, default_value_t = 0)]
    pub offset: usize,
    /// 年度，缺省为账套年度
    #[arg(long)]
    pub year: Option<i32>,
}

#[derive(Debug, Args)]
pub struct Get {
    pub book: PathBuf,
    pub entity: String,
    /// 记录的编号（UUID）或代码
    pub record: String,
    #[arg(long)]
    pub year: Option<i32>,
}

#[derive(Debug, Args)]
pub struct New {
    pub book: PathBuf,
    pub entity: String,
    /// 项目=值；金额以元为单位
    #[arg(value_name = "FIELD=VALUE", required = true)]
    pub values: Vec<String>,
    #[arg(long)]
    pub year: Option<i32>,
}

#[derive(Debug, Args)]
pub struct Set {
    pub book: PathBuf,
    pub entity: String,
    /// 记录的编号（UUID）或代码
    pub record: String,
    /// 项目=值；值为空即清除
    #[arg(value_name = "FIELD=VALUE", required = true)]
    pub values: Vec<String>,
    #[arg(long)]
    pub year: Option<i32>,
}

#[derive(Debug, Args)]
pub struct Totals {
    pub book: PathBuf,
    pub entity: String,
    /// 按哪一项汇总，如 agency；缺省只给合计
    #[arg(long)]
    pub by: Option<String>,
    /// 汇总哪些金额
    #[arg(long = "sum", required = true)]
    pub sums: Vec<String>,
    #[arg(long)]
    pub year: Option<i32>,
}

#[derive(Debug, Args)]
pub struct Check {
    pub book: PathBuf,
    /// 最多列出多少条
    #[arg(long, default_value_t = 200)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub struct Search {
    pub book: PathBuf,
    pub text: String,
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub struct Log {
    pub book: PathBuf,
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// 账套文件；缺省时在页面里选择或新建
    pub book: Option<PathBuf>,
    /// 端口；0 为自动选择
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

#[derive(Debug, Args)]
pub struct Sample {
    /// 要生成的账套文件
    pub book: PathBuf,
    /// 项目和指标数量的倍数
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
}

#[derive(Debug, Args)]
pub struct Import {
    pub book: PathBuf,
    /// 工作簿：xlsx、xls、xlsb、ods、csv 或网页表格
    pub file: PathBuf,
    /// 数据种类，如 agency、project、budget_line
    #[arg(long)]
    pub entity: String,
    /// 工作表名称；缺省为最像的一张
    #[arg(long)]
    pub sheet: Option<String>,
    /// 只检查，不写入
    #[arg(long)]
    pub dry_run: bool,
    /// 跳过有错的行，其余照常导入
    #[arg(long)]
    pub skip_errors: bool,
    /// 有错的行另存为工作簿，改好后可再次导入
    #[arg(long, value_name = "OUT.xlsx")]
    pub report: Option<PathBuf>,
    /// 表中没有的项目，统一取此值，可重复
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    #[arg(long)]
    pub year: Option<i32>,
}

#[derive(Debug, Args)]
pub struct Export {
    pub book: PathBuf,
    #[arg(long)]
    pub entity: String,
    /// 写到哪个文件
    #[arg(short, long, value_name = "OUT.xlsx")]
    pub output: PathBuf,
    /// 空白填报模板
    #[arg(long)]
    pub template: bool,
    /// 金额单位
    #[arg(long, value_enum, default_value = "yuan")]
    pub unit: Unit,
    /// 舍位平衡：四舍五入后仍然平衡
    #[arg(long)]
    pub balanced: bool,
    /// 只要这些列，可重复
    #[arg(long = "column")]
    pub columns: Vec<String>,
    /// 条件，同 list
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    pub conditions: Vec<String>,
    #[arg(long)]
    pub year: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Unit {
    Yuan,
    Wan,
}

#[derive(Debug, Args)]
pub struct Backup {
    pub book: PathBuf,
    /// 只列出已有的备份
    #[arg(long)]
    pub list: bool,
}

#[derive(Debug, Args)]
pub struct Restore {
    pub book: PathBuf,
    /// 备份文件；缺省为最近一份
    #[arg(long)]
    pub from: Option<PathBuf>,
    /// 换回之后，再重做备份以后的每一笔
    #[arg(long)]
    pub with_later: bool,
}

#[derive(Debug, Args)]
pub struct Recover {
    pub book: PathBuf,
    /// 只说明会怎样做
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct Disclose {
    pub book: PathBuf,
    /// 写到哪个文件夹
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// 只要这些单位（代码或名称），可重复；缺省为全部
    #[arg(long = "agency")]
    pub agencies: Vec<String>,
    #[arg(long)]
    pub year: Option<i32>,
}

#[derive(Debug, Args)]
pub struct Cases {
    pub book: PathBuf,
    /// 只列出待裁决的（缺省如此）
    #[arg(long, conflicts_with = "decided")]
    pub open: bool,
    /// 列出已裁决的
    #[arg(long)]
    pub decided: bool,
    /// 最多列出多少条
    #[arg(long, default_value_t = 200)]
    pub limit: usize,
}

#[derive(Debug, Args)]
pub struct Decide {
    pub book: PathBuf,
    /// 争议的编号，见 cases
    pub case: String,
    /// keep 维持平台值，take 采用提出值，或写出另定的值（金额以元为单位）
    #[arg(allow_hyphen_values = true)]
    pub choice: String,
    /// 理由；金额和另定的值必填
    #[arg(long)]
    pub reason: Option<String>,
}

#[derive(Debug, Args)]
pub struct Tray {
    pub book: PathBuf,
    /// 按现在的数据重新上报这些更改，可重复
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with_all = ["drop", "export"])]
    pub resend: Vec<String>,
    /// 放弃这些更改，可重复
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with = "export")]
    pub drop: Vec<String>,
    /// 写成工作簿
    #[arg(long, value_name = "OUT.xlsx")]
    pub export: Option<PathBuf>,
}
