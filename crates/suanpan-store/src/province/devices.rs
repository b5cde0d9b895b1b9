//! Administration: the province's own facts, one-time codes, devices and what they may read and write.

use super::{
    ProvinceStore,
    leases::{self, Lease, LeaseRequest},
    rows::{escaped, read_scopes, scope_cell, scopes_text, unescaped},
    sql::{Cell, Kind, Row, Sql},
    transaction::device_cell,
};
use suanpan_sync::{
    scope::{DeviceId, Digest, Place, Scope},
    server::store::{Device, StoreFault, Stored},
};

/// What a province is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProvince {
    /// As people call it: 河南省财政厅.
    pub name: String,
    /// Its 区划, 9 digits.
    pub division: Scope,
    /// Text of the public keys by which its signatures are known.
    pub public_keys: String,
}

/// What a one-time code stands for. The code itself is known to the administrator and the desk only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    pub code_hash: Digest,
    /// As people call the desk: 城关镇财政所.
    pub name: String,
    /// 区划 of the desk.
    pub home: Scope,
    pub reads: Vec<Scope>,
    pub writes: Vec<Scope>,
    /// ms since 1970.
    pub expires_ms: i64,
}

/// A device to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// Its public key.
    pub verify: [u8; 32],
    pub name: String,
    pub home: Scope,
    pub reads: Vec<Scope>,
    pub writes: Vec<Scope>,
}

/// A device as the administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLine {
    pub device: Device,
    pub name: String,
    pub home: Scope,
    /// Enrolled at, ms since 1970.
    pub since_ms: i64,
    /// Last heard of, ms since 1970; 0 = never.
    pub seen_ms: i64,
}

const NAME: &str = "name";
pub(super) const DIVISION: &str = "division";
const PUBLIC_KEYS: &str = "public_keys";

impl ProvinceStore {
    /// Makes this store that of the province. Err(Broken) when it is another's already.
    pub fn init(&self, province: &NewProvince) -> Stored<()> {
        self.with_sql(Kind::Writes, &mut |sql| {
            let known = read_meta(sql, DIVISION)?;
            if known.is_some_and(|known| known != province.division.to_string()) {
                return Err(StoreFault::Broken("this is the store of another province".into()));
            }
            write_meta(sql, NAME, &province.name)?;
            write_meta(sql, DIVISION, &province.division.to_string())?;
            write_meta(sql, PUBLIC_KEYS, &province.public_keys)
        })
    }

    /// The province, once [`ProvinceStore::init`] was done.
    pub fn province(&self) -> Stored<Option<NewProvince>> {
        self.with_sql(Kind::Reads, &mut |sql| {
            let [name, division, keys] = [NAME, DIVISION, PUBLIC_KEYS].map(|key| read_meta(sql, key));
            let (Some(name), Some(division), Some(public_keys)) = (name?, division?, keys?) else { return Ok(None) };
            let division = division.parse().map_err(StoreFault::Broken)?;
            Ok(Some(NewProvince { name, division, public_keys }))
        })
    }

    /// A text that the server keeps under a name of its own.
    pub fn meta(&self, key: &str) -> Stored<Option<String>> {
        self.with_sql(Kind::Reads, &mut |sql| read_meta(sql, key))
    }

    pub fn put_meta(&self, key: &str, value: &str) -> Stored<()> {
        self.with_sql(Kind::Writes, &mut |sql| write_meta(sql, key, value))
    }

    /// Keeps what a one-time code stands for.
    pub fn put_enrolment_code(&self, enrolment: &Enrolment) -> Stored<()> {
        let (reads, writes) = (scopes_text(&enrolment.reads), scopes_text(&enrolment.writes));
        let name = escaped(&enrolment.name);
        let statement = "INSERT INTO enrolment (code_hash, name, home, reads, writes, expires_ms)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let cells = [
            Cell::Bytes(&enrolment.code_hash),
            Cell::Text(&name),
            scope_cell(enrolment.home),
            Cell::Text(&reads),
            Cell::Text(&writes),
            Cell::Int(enrolment.expires_ms),
        ];
        self.with_sql(Kind::Writes, &mut |sql| sql.run(statement, &cells).map(drop))
    }

    /// Takes the code: whoever asks first gets what it stands for. None: unknown, used or too old.
    pub fn take_enrolment_code(&self, code_hash: &Digest, now_ms: i64) -> Stored<Option<Enrolment>> {
        self.with_sql(Kind::Writes, &mut |sql| {
            let Some((enrolment, None)) = read_enrolment(sql, code_hash)? else { return Ok(None) };
            sql.run("DELETE FROM enrolment WHERE code_hash = ?1", &[Cell::Bytes(code_hash)])?;
            Ok(Some(enrolment).filter(|enrolment| now_ms <= enrolment.expires_ms))
        })
    }

    /// Takes the code and enrols the device in one step. The same key may come again with it, because it did not
    /// hear the answer, and gets the same number. None: unknown, used by another, or too old.
    pub fn enrol(&self, code_hash: &Digest, verify: [u8; 32], now_ms: i64) -> Stored<Option<DeviceId>> {
        self.with_sql(Kind::Writes, &mut |sql| {
            let Some((enrolment, used)) = read_enrolment(sql, code_hash)? else { return Ok(None) };
            if let Some((device, by)) = used {
                return Ok((by == verify).then_some(device));
            }
            if now_ms > enrolment.expires_ms {
                return Ok(None);
            }
            let Enrolment { name, home, reads, writes, .. } = enrolment;
            let device = add(sql, &NewDevice { verify, name, home, reads, writes }, now_ms)?;
            let cells = [Cell::Bytes(code_hash), device_cell(device), Cell::Bytes(&verify)];
            sql.run("UPDATE enrolment SET device = ?2, verify = ?3 WHERE code_hash = ?1", &cells)?;
            Ok(Some(device))
        })
    }

    /// Enrols a device under the next number.
    pub fn add_device(&self, device: &NewDevice, now_ms: i64) -> Stored<DeviceId> {
        self.with_sql(Kind::Writes, &mut |sql| add(sql, device, now_ms))
    }

    /// The device may not speak any more. False: there is no such device.
    pub fn revoke(&self, device: DeviceId) -> Stored<bool> {
        let statement = "UPDATE device SET revoked = ?2 WHERE id = ?1";
        let cells = [device_cell(device), Cell::Flag(true)];
        self.with_sql(Kind::Writes, &mut |sql| Ok(sql.run(statement, &cells)? > 0))
    }

    /// What the device may read and write from now on. False: there is no such device.
    pub fn set_scopes(&self, device: DeviceId, reads: &[Scope], writes: &[Scope]) -> Stored<bool> {
        let (reads, writes) = (scopes_text(reads), scopes_text(writes));
        let statement = "UPDATE device SET reads = ?2, writes = ?3 WHERE id = ?1";
        let cells = [device_cell(device), Cell::Text(&reads), Cell::Text(&writes)];
        self.with_sql(Kind::Writes, &mut |sql| Ok(sql.run(statement, &cells)? > 0))
    }

    /// All devices, by number.
    pub fn devices(&self) -> Stored<Vec<DeviceLine>> {
        let statement = "SELECT d.id, d.verify, d.name, d.home, d.reads, d.writes, d.revoked, d.since_ms, p.received,
                         p.received_hash, p.settled, p.request, p.seen_ms
                         FROM device d JOIN device_place p ON p.id = d.id ORDER BY d.id";
        self.with_sql(Kind::Reads, &mut |sql| sql.rows(statement, &[])?.iter().map(read_line).collect())
    }

    /// Keeps a block of codes for a device, for good.
    pub fn lease(&self, wanted: &LeaseRequest) -> Stored<Lease> {
        self.with_sql(Kind::Writes, &mut |sql| {
            // One at a time: the row stands for all blocks, and the head of the scope keeps its claims away.
            leases::take_turn(sql, wanted)?;
            let lock = sql.for_update();
            sql.rows(
                &format!("SELECT seq FROM scope_head WHERE scope = ?1{lock}"),
                &[scope_cell(wanted.series.scope)],
            )?;
            leases::give(sql, wanted)?.ok_or_else(|| {
                StoreFault::Broken(format!("no codes are left that begin with {}", wanted.series.prefix))
            })
        })
    }

    /// The blocks that are kept for a device.
    pub fn leases(&self, device: DeviceId) -> Stored<Vec<Lease>> {
        self.with_sql(Kind::Reads, &mut |sql| leases::of(sql, device))
    }
}

/// Waits until no other transaction does the same thing.
pub(super) fn take_turn(sql: &dyn Sql, what: &str) -> Stored<()> {
    let key = format!("turn of {what}");
    sql.run("INSERT INTO meta (key, value) VALUES (?1, '') ON CONFLICT DO NOTHING", &[Cell::Text(&key)])?;
    let lock = sql.for_update();
    sql.rows(&format!("SELECT key FROM meta WHERE key = ?1{lock}"), &[Cell::Text(&key)]).map(drop)
}

fn add(sql: &dyn Sql, device: &NewDevice, now_ms: i64) -> Stored<DeviceId> {
    take_turn(sql, "devices")?;
    let newest = sql.row("SELECT coalesce(max(id), 0) FROM device", &[])?.map_or(Ok(0), |row| row.small::<u32>(0))?;
    let id = DeviceId(newest + 1);
    let (reads, writes) = (scopes_text(&device.reads), scopes_text(&device.writes));
    let name = escaped(&device.name);
    let statement = "INSERT INTO device (id, verify, name, home, reads, writes, revoked, since_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let cells = [
        device_cell(id),
        Cell::Bytes(&device.verify),
        Cell::Text(&name),
        scope_cell(device.home),
        Cell::Text(&reads),
        Cell::Text(&writes),
        Cell::Flag(false),
        Cell::Int(now_ms),
    ];
    sql.run(statement, &cells)?;
    let statement = "INSERT INTO device_place (id, received, received_hash, settled, request, seen_ms)
                     VALUES (?1, 0, ?2, 0, 0, 0)";
    sql.run(statement, &[device_cell(id), Cell::Bytes(&Digest::default())])?;
    Ok(id)
}

fn read_line(row: &Row) -> Stored<DeviceLine> {
    let device = Device {
        id: DeviceId(row.small(0)?),
        verify: row.array(1)?,
        reads: read_scopes(row.text(4)?)?,
        writes: read_scopes(row.text(5)?)?,
        revoked: row.flag(6)?,
        received: Place { seq: row.count(8)?, hash: row.array(9)? },
        settled: row.count(10)?,
        request: row.count(11)?,
    };
    let (name, home) = (unescaped(row.text(2)?).into_owned(), Scope(row.small(3)?));
    Ok(DeviceLine { device, name, home, since_ms: row.int(7)?, seen_ms: row.int(12)? })
}

type UsedBy = Option<(DeviceId, [u8; 32])>;

fn read_enrolment(sql: &dyn Sql, code_hash: &Digest) -> Stored<Option<(Enrolment, UsedBy)>> {
    let lock = sql.for_update();
    let statement = format!(
        "SELECT name, home, reads, writes, expires_ms, device, verify FROM enrolment WHERE code_hash = ?1{lock}"
    );
    let Some(row) = sql.row(&statement, &[Cell::Bytes(code_hash)])? else { return Ok(None) };
    let used = match row.int_or_none(5)? {
        Some(_) => Some((DeviceId(row.small(5)?), row.array(6)?)),
        None => None,
    };
    let enrolment = Enrolment {
        code_hash: *code_hash,
        name: unescaped(row.text(0)?).into_owned(),
        home: Scope(row.small(1)?),
        reads: read_scopes(row.text(2)?)?,
        writes: read_scopes(row.text(3)?)?,
        expires_ms: row.int(4)?,
    };
    Ok(Some((enrolment, used)))
}

pub(super) fn read_meta(sql: &dyn Sql, key: &str) -> Stored<Option<String>> {
    let row = sql.row("SELECT value FROM meta WHERE key = ?1", &[Cell::Text(key)])?;
    row.map(|row| row.text(0).map(|text| unescaped(text).into_owned())).transpose()
}

pub(super) fn write_meta(sql: &dyn Sql, key: &str, value: &str) -> Stored<()> {
    let statement =
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    sql.run(statement, &[Cell::Text(key), Cell::Text(&escaped(value))]).map(drop)
}
