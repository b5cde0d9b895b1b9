//! A desk asks for a block of codes: what the province gives it before anything that the desk sends is decided.

use super::{
    Phase, Session,
    store::{Province, Stored},
};
use crate::{
    frame::{Frame, StopCode},
    keys,
    lease::{Ask, MOST_CODES, SIGNED_ASK},
};
use suanpan_model::entity::SyncClass;

impl Session {
    /// Answers with a block. Who may not have it gets none, and goes on without.
    pub(super) fn give_codes(&mut self, store: &dyn Province, ask: &Ask, answer: &mut Vec<u8>) -> Stored<()> {
        let Phase::Pushing(hello) = &self.phase else { return Ok(()) };
        let Some(device) = store.device(hello.device)? else { return Ok(()) };
        let signed = ask.signed_bytes(device.id, hello.request);
        if !keys::verify(&device.verify, SIGNED_ASK, &[&signed], &ask.signature) {
            self.stop(answer, StopCode::Unknown, "编码申请的签名与登记的设备不符，请重新登记".into());
            return Ok(());
        }
        let is_code = store
            .schema()
            .entity(&ask.series.entity)
            .and_then(|def| def.field(&ask.series.field))
            .is_some_and(|field| field.sync == SyncClass::Code);
        let may_have = device.writes.contains(&ask.series.scope) && is_code && ask.series.is_sound();
        if !may_have || !(1..=MOST_CODES).contains(&ask.count) {
            return Ok(());
        }
        if let Some(block) = store.lease(device.id, ask)? {
            Frame::Block(block).write(answer);
        }
        Ok(())
    }
}
