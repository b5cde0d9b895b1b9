//! A server in this process ([`Running`]), or as a process of its own ([`process`]); desks in memory ([`Desk`]); and the
//! connection between them ([`Wire`]).

mod desk;
pub mod process;
mod wire;

pub use desk::{Desk, Ended, JSON, TOWN, enrolment, hex};
pub use wire::Wire;

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread::JoinHandle,
};
use suanpan_model::schema::Schema;
use suanpan_province::{Server, Settings, admin, listen, serve, tls};
use suanpan_store::province::ProvinceStore;
use suanpan_sync::scope::Scope;
use tempfile::TempDir;
use tokio::sync::oneshot;

pub const DIVISION: Scope = Scope(410_000_000);
pub const SECRET: [u8; 32] = [77; 32];

/// A server at work; stopped when dropped.
pub struct Running {
    pub address: SocketAddr,
    /// Its certificate, when it speaks TLS.
    pub pin: Option<String>,
    pub store: Arc<ProvinceStore>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

pub fn start() -> Running {
    start_with(Settings::default(), false)
}

pub fn start_with(settings: Settings, with_tls: bool) -> Running {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("province.db");
    let store = ProvinceStore::open(path.to_str().unwrap(), Arc::new(Schema::builtin())).unwrap();
    let keys = admin::init(&store, "河南省财政厅", DIVISION, SECRET).unwrap();
    let store = Arc::new(store);
    let identity = with_tls.then(|| tls::self_signed(folder.path()).unwrap());
    let pin = identity.as_ref().map(|identity| identity.pin.clone());
    let server = Server::new(store.clone(), keys, settings);
    let (stop, stopped) = oneshot::channel();
    let (tell, told) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = listen("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let stop = async { drop(stopped.await) };
            serve(server, listener, identity.map(|identity| identity.config), stop).await;
        });
    });
    Running { address: told.recv().unwrap(), pin, store, stop: Some(stop), thread: Some(thread), folder }
}

impl Running {
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn connect(&self) -> Wire {
        Wire::connect(self.address, self.pin.is_some())
    }

    /// Gives out a code for `TOWN`.
    pub fn code(&self, dice: u8) -> String {
        admin::enrol(&self.store, "城关镇财政所", TOWN, &[], i64::MAX, [dice; 16]).unwrap()
    }

    /// A desk that has enrolled over HTTP.
    pub fn desk(&self, number: u8) -> Desk {
        Desk::enrol(&mut self.connect(), number, &self.code(number))
    }

    /// Tells the server to stop, without waiting.
    pub fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// What the province holds of a project.
    pub fn field(&self, record: uuid::Uuid, field: &str) -> Option<serde_json::Value> {
        let read = self.store.read(&mut |store| {
            let def = store.schema().entity("project").unwrap().clone();
            let found = store.get("project", record)?;
            Ok(found.map(|found| found.values[def.index(field).unwrap()].to_json()))
        });
        read.unwrap()
    }

    pub fn verify(&self) {
        assert_eq!(self.store.verify(&[]).unwrap(), Vec::<String>::new());
    }

    /// A counter or gauge as the server tells it; 0 when it was never counted.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.connect().get("/metrics", &[]).text();
        let line = text.lines().find_map(|line| line.strip_prefix(name).filter(|rest| rest.starts_with(' ')));
        line.map_or(0.0, |value| value.trim().parse().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tell_to_stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
