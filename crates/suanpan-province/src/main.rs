//! `suanpan-province`: the province's server and its administration on the command line.

use clap::{Parser, Subcommand};
use std::{io::IsTerminal, path::PathBuf, process::ExitCode, sync::Arc};
use suanpan_model::{amend::Amendment, schema::Schema};
use suanpan_province::{
    Server, Settings, admin, package,
    publish::{publish_amendment, publish_codes},
    serve, tls,
};
use suanpan_store::province::ProvinceStore;
use suanpan_sync::scope::{DeviceId, Scope};

#[derive(Parser)]
#[command(name = "suanpan-province", version, about = "算盘省级平台：与各区划的算盘同步")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 建立平台
    Init {
        #[command(flatten)]
        at: At,
        /// 省级区划代码，9 位，如 410000000
        #[arg(long)]
        division: Scope,
        /// 平台名称，如 河南省财政厅
        #[arg(long)]
        name: String,
    },
    /// 启动服务
    Serve {
        #[command(flatten)]
        at: At,
        #[arg(long, default_value = "127.0.0.1:7450")]
        listen: String,
        /// 证书（PEM）；与 --tls-key 一起用
        #[arg(long, requires = "tls_key")]
        tls_cert: Option<PathBuf>,
        #[arg(long, requires = "tls_cert")]
        tls_key: Option<PathBuf>,
        /// 用自签证书，放在这个文件夹（没有就新建）
        #[arg(long, conflicts_with = "tls_cert")]
        tls_self_signed: Option<PathBuf>,
        /// 平台密钥文件；不给则用库内保存的
        #[arg(long)]
        key_file: Option<PathBuf>,
        /// 日志用 JSON
        #[arg(long)]
        json_log: bool,
        /// 每台设备每分钟最多同步几次
        #[arg(long, default_value_t = 120)]
        exchanges_per_minute: u32,
        /// 同时使用的数据库连接数
        #[arg(long, default_value_t = suanpan_store::province::CONNECTIONS)]
        workers: usize,
    },
    /// 发放一次性登记码
    Enrol {
        #[command(flatten)]
        at: At,
        /// 设备所属区划，9 位
        #[arg(long)]
        scope: Scope,
        /// 设备名称，如 城关镇财政所
        #[arg(long)]
        name: String,
        /// 同时读写下级区划（县级用）
        #[arg(long)]
        with_below: bool,
        /// 另外读写的区划
        #[arg(long)]
        also: Vec<Scope>,
        /// 有效小时数
        #[arg(long, default_value_t = 72)]
        valid_hours: i64,
    },
    /// 撤销一台设备
    Revoke {
        #[command(flatten)]
        at: At,
        device: u32,
    },
    /// 发布本程序的代码集
    PublishCodes {
        #[command(flatten)]
        at: At,
    },
    /// 发布数据项调整（JSON，写法见 schemas/amendment.schema.json）：各设备下次同步时生效
    PublishDocuments {
        #[command(flatten)]
        at: At,
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 只检查能不能发布
        #[arg(long)]
        check: bool,
    },
    /// 读入同步包，并写出回包
    Unpack {
        #[command(flatten)]
        at: At,
        /// 乡镇带来的包
        package: PathBuf,
        /// 回包放在哪里
        #[arg(long)]
        to: PathBuf,
        #[arg(long)]
        key_file: Option<PathBuf>,
    },
    /// 核对全部日志、链和数据
    Verify {
        #[command(flatten)]
        at: At,
    },
    /// 各区划概况
    Report {
        #[command(flatten)]
        at: At,
    },
}

#[derive(clap::Args)]
struct At {
    /// 数据库：postgres://… 或文件路径
    #[arg(long)]
    store: String,
}

impl At {
    fn open(&self) -> Result<ProvinceStore, String> {
        self.open_with(suanpan_store::province::CONNECTIONS)
    }

    fn open_with(&self, connections: usize) -> Result<ProvinceStore, String> {
        let schema = Arc::new(Schema::builtin());
        ProvinceStore::open_with(&self.store, schema, connections).map_err(|fault| format!("打开数据库失败：{fault}"))
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, String> {
    let now_ms = chrono::Utc::now().timestamp_millis();
    let told = |fault: suanpan_sync::server::store::StoreFault| fault.to_string();
    match command {
        Command::Init { at, division, name } => {
            let mut seed = [0; 32];
            seed[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
            seed[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
            let seed = *blake3::hash(&seed).as_bytes();
            let keys = admin::init(&at.open()?, &name, division, seed).map_err(told)?;
            println!("已建立 {name}（{division}），平台公钥指纹 {}", keys.public().fingerprint());
        }
        Command::Enrol { at, scope, name, with_below, also, valid_hours } => {
            let store = at.open()?;
            let mut more = also;
            if with_below {
                more.extend(admin::below(&store.schema(), scope));
            }
            let dice = *uuid::Uuid::new_v4().as_bytes();
            let dice = *blake3::hash(&[dice, *uuid::Uuid::new_v4().as_bytes()].concat()).as_bytes();
            let dice: [u8; 16] = dice[..16].try_into().map_err(|_| "随机数长度不对")?;
            let expires_ms = now_ms + valid_hours * 3_600_000;
            let code = admin::enrol(&store, &name, scope, &more, expires_ms, dice).map_err(told)?;
            println!("{code}");
            eprintln!("登记码只能用一次，{valid_hours} 小时内有效");
        }
        Command::Revoke { at, device } => {
            if !at.open()?.revoke(DeviceId(device)).map_err(told)? {
                return Err(format!("没有编号为 {device} 的设备"));
            }
            println!("已撤销设备 {device}");
        }
        Command::PublishCodes { at } => {
            let store = at.open()?;
            let written = publish_codes(&store, division(&store)?, now_ms).map_err(told)?;
            println!("已发布代码 {written} 条");
        }
        Command::PublishDocuments { at, files, check } => publish_documents(&at.open()?, &files, check, now_ms)?,
        Command::Unpack { at, package, to, key_file } => {
            let store = at.open()?;
            let keys = admin::keys(&store, key_file.as_deref()).map_err(told)?;
            let bytes = std::fs::read(&package).map_err(|error| format!("读取“{}”失败：{error}", package.display()))?;
            let reply = package::unpack(&store, &keys, &bytes, now_ms, package::dice());
            let reply = reply.map_err(|error| error.to_string())?;
            let head = suanpan_sync::package::read_head(&reply).map_err(|error| error.to_string())?;
            let path = to.join(format!("回包-{}-{}.spx", head.device, head.number));
            std::fs::write(&path, reply).map_err(|error| format!("写入“{}”失败：{error}", path.display()))?;
            println!("{}", path.display());
        }
        Command::Verify { at } => return verify(&at.open()?),
        Command::Report { at } => report(&at.open()?)?,
        Command::Serve {
            at,
            listen,
            tls_cert,
            tls_key,
            tls_self_signed,
            key_file,
            json_log,
            exchanges_per_minute,
            workers,
        } => {
            let store = Arc::new(at.open_with(workers)?);
            let keys = admin::keys(&store, key_file.as_deref()).map_err(told)?;
            let identity = match (tls_cert, tls_key, tls_self_signed) {
                (Some(certificate), Some(key), _) => Some(tls::from_files(&certificate, &key)),
                (_, _, Some(folder)) => Some(tls::self_signed(&folder)),
                _ => None,
            };
            let identity = identity.transpose().map_err(|error| error.to_string())?;
            log(json_log);
            allow_many_files();
            let mut settings = Settings { workers, ..Settings::default() };
            settings.limits.exchanges_per_minute = exchanges_per_minute;
            let server = Server::new(store, keys, settings);
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            // A handle stays outside: connections to the database may not be closed within the runtime.
            runtime.block_on(listen_and_serve(server.clone(), &listen, identity))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Of the province itself.
fn division(store: &ProvinceStore) -> Result<Scope, String> {
    let province = store.province().map_err(|fault| fault.to_string())?;
    Ok(province.ok_or("平台尚未建立，请先运行 init")?.division)
}

/// One after the other; those before the first that may not be published are published.
fn publish_documents(store: &ProvinceStore, files: &[PathBuf], check: bool, now_ms: i64) -> Result<(), String> {
    let division = division(store)?;
    for file in files {
        let within = |problem: String| format!("“{}”：{problem}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| within(format!("读取失败，{error}")))?;
        let amendment = Amendment::read(&text).map_err(within)?;
        let what = format!("{}：新增 {} 项，修改 {} 项", amendment.entity, amendment.add.len(), amendment.change.len());
        if check {
            amendment.admit(&store.schema()).map_err(within)?;
            println!("可以发布　{what}");
            continue;
        }
        let number = publish_amendment(store, division, &amendment, now_ms);
        let number = number.map_err(|fault| fault.to_string())?.map_err(within)?;
        println!("已发布第 {number} 号　{what}");
    }
    Ok(())
}

async fn listen_and_serve(server: Arc<Server>, listen: &str, identity: Option<tls::Identity>) -> Result<(), String> {
    let listener = suanpan_province::listen(listen).await;
    let listener = listener.map_err(|error| format!("不能在 {listen} 上监听：{error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    match &identity {
        Some(identity) => println!("https://{address}#{}", identity.pin),
        None => println!("http://{address}"),
    }
    serve(server, listener, identity.map(|identity| identity.config), told_to_stop()).await;
    Ok(())
}

/// A connection is an open file, and what a program may open when nothing was set is far less than the system allows it.
fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "open files");
    }
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        },
        _ => std::future::pending().await,
    }
}

fn log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SUANPAN_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let log = log.with_ansi(std::io::stderr().is_terminal());
    if json { log.json().init() } else { log.init() }
}

fn verify(store: &ProvinceStore) -> Result<ExitCode, String> {
    let problems = store.verify(&[]).map_err(|fault| fault.to_string())?;
    if problems.is_empty() {
        println!("全部相符");
        return Ok(ExitCode::SUCCESS);
    }
    problems.iter().for_each(|problem| println!("{problem}"));
    Ok(ExitCode::FAILURE)
}

fn report(store: &ProvinceStore) -> Result<(), String> {
    println!("区划\t条目\t记录\t设备\t最近同步\t待裁决");
    for line in store.report().map_err(|fault| fault.to_string())? {
        let seen = chrono::DateTime::from_timestamp_millis(line.seen_ms).filter(|_| line.seen_ms > 0);
        let seen = seen.map_or_else(|| "从未".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string());
        println!("{}\t{}\t{}\t{}\t{seen}\t{}", line.scope, line.entries, line.records, line.devices, line.open_cases);
    }
    Ok(())
}
