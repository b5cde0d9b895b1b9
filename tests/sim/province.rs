//! The province in this world: a store that commits by replacing itself, a reference that is told every group once and
//! in order, and the ledger that reads the logs along.

use crate::{
    Options,
    check::{Checked, Violation, broken, ledger::Ledger},
    journal::Journal,
};
use std::{collections::HashMap, sync::Arc};
use suanpan_model::schema::Schema;
use suanpan_sync::{
    codec,
    memory::MemoryProvince,
    parcel::Parcel,
    scope::DeviceId,
    server::{
        self,
        store::{Device, Province as _, StoreFault},
    },
};

/// What may befall a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    None,
    /// The process dies before anything is durable.
    Before,
    /// It dies when all is durable and nothing was answered.
    After,
    /// Others are in the way.
    Busy,
}

/// Parcels that a request brings, by number.
pub type Brought = HashMap<u64, Vec<u8>>;

#[derive(Debug, Clone)]
pub struct Office {
    pub store: MemoryProvince,
    pub ledger: Ledger,
    /// 15: told each group once, in the order of deciding, by no route at all.
    reference: MemoryProvince,
    incomplete: HashMap<DeviceId, Vec<(u64, Vec<u8>, Parcel)>>,
    schema: Arc<Schema>,
}

impl Office {
    pub fn new(schema: Arc<Schema>) -> Self {
        Self {
            store: MemoryProvince::new(schema.clone()),
            ledger: Ledger::default(),
            reference: MemoryProvince::new(schema.clone()),
            incomplete: HashMap::new(),
            schema,
        }
    }

    pub fn enrol(&mut self, device: &Device) {
        self.store.enrol(device.clone());
        self.reference.enrol(device.clone());
    }

    pub fn revoke(&mut self, device: DeviceId) {
        self.store.revoke(device);
    }

    pub fn device(&self, device: DeviceId) -> Option<Device> {
        self.store.device(device).ok().flatten()
    }

    /// One transaction. None: nothing was answered.
    pub fn transaction<T>(
        &mut self,
        crash: Crash,
        journal: &Journal,
        brought: &Brought,
        device: Option<DeviceId>,
        now_ms: i64,
        work: impl FnOnce(&MemoryProvince) -> Result<T, StoreFault>,
    ) -> Result<Option<T>, Violation> {
        if crash == Crash::Busy {
            return Ok(None);
        }
        let copy = self.store.clone();
        let done = work(&copy).map_err(|fault| broken(0, format!("the province's store: {fault}")))?;
        if crash == Crash::Before {
            return Ok(None);
        }
        let before = device.and_then(|device| self.device(device)).map_or(0, |device| device.received.seq);
        self.store = copy;
        if let Some(device) = device {
            self.tell_the_reference(device, before, brought, now_ms)?;
        }
        self.ledger.advance(&self.store, &self.schema, journal)?;
        self.is_what_the_reference_holds()?;
        Ok((crash != Crash::After).then_some(done))
    }

    /// Reads without a trace.
    pub fn read<T>(&self, work: impl FnOnce(&MemoryProvince) -> Result<T, StoreFault>) -> Result<T, Violation> {
        work(&self.store).map_err(|fault| broken(0, format!("the province's store: {fault}")))
    }

    fn tell_the_reference(&mut self, device: DeviceId, before: u64, brought: &Brought, now_ms: i64) -> Checked {
        let Some(known) = self.device(device) else { return Ok(()) };
        for seq in before + 1..=known.received.seq {
            let Some(packed) = brought.get(&seq) else {
                return Err(broken(3, format!("parcel {seq} of device {device} was received and never sent")));
            };
            let parcel = codec::unpack(packed, &codec::Limits::default());
            let parcel = parcel.map_err(|error| broken(0, error.to_string()))?;
            let last = parcel.last;
            let parcels = self.incomplete.entry(device).or_default();
            parcels.push((seq, packed.clone(), parcel));
            if last {
                let parcels = self.incomplete.remove(&device).unwrap_or_default();
                let settings = server::Settings::default();
                let decided = server::decide::decide(&self.reference, &known, &parcels, &settings, now_ms);
                decided.map_err(|fault| broken(0, format!("the reference: {fault}")))?;
            }
        }
        Ok(())
    }

    /// 15: the logs are what the order of the groups makes them, whichever way they came and how often.
    fn is_what_the_reference_holds(&self) -> Checked {
        let ends = |store: &MemoryProvince| {
            store.look(|kept| {
                let ends = kept.logs.iter().filter_map(|(scope, log)| Some((*scope, log.last()?.place)));
                ends.collect::<Vec<_>>()
            })
        };
        let (here, there) = (ends(&self.store), ends(&self.reference));
        if here == there { Ok(()) } else { Err(broken(15, format!("logs end at {here:?}, should at {there:?}"))) }
    }

    pub fn settings(options: &Options, documents_min: u32, reply_bytes: usize) -> server::Settings {
        server::Settings { documents_min, reply_bytes, planted: options.planted }
    }
}
