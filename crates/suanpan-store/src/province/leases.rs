//! Blocks of codes that the province keeps for one device, so that a desk can give out codes offline which nobody
//! else will get. A block never overlaps another one, nor a code that is in use, in whichever scope: townships of
//! one county share the first digits of their 项目代码.

use super::{
    rows::scope_cell,
    sql::{Cell, Row, Sql},
    transaction::{Transaction, device_cell},
};
use suanpan_model::value::RecordId;
use suanpan_sync::{
    lease::{Ask, Block, Series},
    scope::{DeviceId, Scope},
    server::store::{Code, Province, StoreFault, Stored},
};

/// What a block is wanted for.
#[derive(Debug, Clone)]
pub struct LeaseRequest {
    pub device: DeviceId,
    pub series: Series,
    /// How many codes, from 1.
    pub count: u64,
}

/// A block: all codes of this length from `first` to `last`, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub device: DeviceId,
    pub scope: Scope,
    pub entity: Box<str>,
    pub field: Box<str>,
    pub fiscal_year: i32,
    pub first: Box<str>,
    pub last: Box<str>,
}

impl Lease {
    /// Are both of one entity, field and year and of one length?
    pub(super) fn is_beside(&self, other: &Lease) -> bool {
        (&self.entity, &self.field, self.fiscal_year, self.last.len())
            == (&other.entity, &other.field, other.fiscal_year, other.last.len())
    }

    fn covers(&self, code: &Code) -> bool {
        (&self.entity, &self.field, self.fiscal_year) == (&code.entity, &code.field, code.fiscal_year)
            && code.code.len() == self.first.len()
            && (&self.first..=&self.last).contains(&&code.code)
    }
}

const COLUMNS: &str = "device, scope, entity, field, fiscal_year, first, last";

fn read(row: &Row) -> Stored<Lease> {
    Ok(Lease {
        device: DeviceId(row.small(0)?),
        scope: Scope(row.small(1)?),
        entity: row.text(2)?.into(),
        field: row.text(3)?.into(),
        fiscal_year: row.small(4)?,
        first: row.text(5)?.into(),
        last: row.text(6)?.into(),
    })
}

/// The blocks of a device, in the order of their codes.
pub fn of(sql: &dyn Sql, device: DeviceId) -> Stored<Vec<Lease>> {
    let found =
        sql.rows(&format!("SELECT {COLUMNS} FROM lease WHERE device = ?1 ORDER BY last"), &[device_cell(device)])?;
    found.iter().map(read).collect()
}

/// All blocks; those of one entity, field, year and length together, in the order of their codes.
pub(super) fn all(sql: &dyn Sql) -> Stored<Vec<Lease>> {
    let order = "entity, field, fiscal_year, length(last), last";
    sql.rows(&format!("SELECT {COLUMNS} FROM lease ORDER BY {order}"), &[])?.iter().map(read).collect()
}

/// Waits until nobody else gives out codes of the same 区划, so that two blocks never overlap.
pub fn take_turn(sql: &dyn Sql, wanted: &LeaseRequest) -> Stored<()> {
    let Series { entity, field, prefix, .. } = &wanted.series;
    let county: String = prefix.chars().take(6).collect();
    super::devices::take_turn(sql, &format!("leases {entity} {field} {county}"))
}

/// The oldest block of this series that the device was given and that lies after the code `have`.
fn given_after(sql: &dyn Sql, LeaseRequest { device, series, .. }: &LeaseRequest, have: &str) -> Stored<Option<Lease>> {
    let after_all = after_all(series);
    let statement = format!(
        "SELECT {COLUMNS} FROM lease WHERE entity = ?1 AND field = ?2 AND fiscal_year = ?3 AND last > ?4 AND last >= ?5
         AND last < ?6 AND length(last) = ?7 AND device = ?8 ORDER BY last LIMIT 1"
    );
    let cells = [
        Cell::Text(&series.entity),
        Cell::Text(&series.field),
        Cell::Int(series.fiscal_year.into()),
        Cell::Text(have),
        Cell::Text(&series.prefix),
        Cell::Text(&after_all),
        Cell::Int(i64::try_from(series.width).unwrap_or(i64::MAX)),
        device_cell(*device),
    ];
    sql.row(&statement, &cells)?.map(|row| read(&row)).transpose()
}

/// What a desk gets that asks within an exchange: what it did not hear of, else the next block. None: used up.
pub(super) fn lease(transaction: &Transaction<'_>, device: DeviceId, ask: &Ask) -> Stored<Option<Block>> {
    let wanted = LeaseRequest { device, series: ask.series.clone(), count: ask.count };
    let sql = transaction.sql;
    let block = |lease: Lease| Block { series: ask.series.clone(), first: lease.first, last: lease.last };
    if let Some(known) = given_after(sql, &wanted, &super::rows::code_key(&ask.have))? {
        return Ok(Some(block(known)));
    }
    take_turn(sql, &wanted)?;
    // The head keeps claims of the scope away, and what is claimed by this very request is to be seen.
    transaction.lock(&[ask.series.scope])?;
    transaction.flush()?;
    transaction.matters.set(true);
    Ok(give(sql, &wanted)?.map(block))
}

/// Gives out the next block; None: no codes are left. The caller holds what keeps two of these apart.
pub fn give(sql: &dyn Sql, wanted: &LeaseRequest) -> Stored<Option<Lease>> {
    let LeaseRequest { device, series, count } = wanted;
    let digits = series.width.saturating_sub(series.prefix.len());
    let end = u32::try_from(digits).ok().and_then(|digits| 10_u64.checked_pow(digits));
    let end = end.filter(|_| *count > 0).ok_or_else(|| StoreFault::Broken("no such block of codes".into()))?;
    let first = first_free(sql, wanted)?;
    let Some(last) = first.checked_add(count - 1).filter(|last| *last < end) else { return Ok(None) };
    let (device, (first, last)) = (*device, (series.code(first).into_boxed_str(), series.code(last).into_boxed_str()));
    let Series { scope, entity, field, fiscal_year, .. } = series.clone();
    let statement = format!("INSERT INTO lease ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    let cells = [
        device_cell(device),
        scope_cell(scope),
        Cell::Text(&entity),
        Cell::Text(&field),
        Cell::Int(fiscal_year.into()),
        Cell::Text(&first),
        Cell::Text(&last),
    ];
    sql.run(&statement, &cells)?;
    Ok(Some(Lease { device, scope, entity, field, fiscal_year, first, last }))
}

/// The first number after every block from which on `count` are not in use. Counted from 1.
fn first_free(sql: &dyn Sql, LeaseRequest { series, count, .. }: &LeaseRequest) -> Stored<u64> {
    let (entity, field) = (Cell::Text(&series.entity), Cell::Text(&series.field));
    let year = Cell::Int(series.fiscal_year.into());
    let after_all = after_all(series);
    let newest = "SELECT max(last) FROM lease WHERE entity = ?1 AND field = ?2 AND fiscal_year = ?3
                  AND last >= ?4 AND last < ?5 AND length(last) = ?6";
    let (from, to) = (Cell::Text(&series.prefix), Cell::Text(&after_all));
    let width = Cell::Int(i64::try_from(series.width).unwrap_or(i64::MAX));
    let found = sql.row(newest, &[entity.clone(), field.clone(), year.clone(), from, to.clone(), width])?;
    let leased = found.and_then(|row| row.text(0).ok().and_then(|code| series.serial(code))).unwrap_or(0);
    let mut free = leased + 1;
    let used = "SELECT code FROM code WHERE entity = ?1 AND field = ?2 AND fiscal_year = ?3
                AND code >= ?4 AND code < ?5 ORDER BY code";
    let from = series.code(free);
    sql.each(used, &[entity, field, year, Cell::Text(&from), to], &mut |row| {
        if let Some(taken) = series.serial(row.text(0)?).filter(|taken| (free..free + count).contains(taken)) {
            free = taken + 1;
        }
        Ok(())
    })?;
    Ok(free)
}

/// The prefix is made of digits and letters: what begins with it sorts before this.
fn after_all(series: &Series) -> String {
    format!("{}~", series.prefix)
}

/// Stands for the holder of a code that is kept for another device than the one at work; no record has this id.
const KEPT: RecordId = RecordId::nil();

/// Under which the store keeps which book a device is: a block belongs to the book, whatever number it goes by.
pub const BOOK_OF_DEVICE: &str = "device book";

/// Is a device at work the same book as `owner`, enrolled anew after it was restored or copied? What it gave out under
/// its old number stays good; which of two copies was first, the index of codes decides.
fn is_of_the_same_book(transaction: &Transaction<'_>, owner: DeviceId) -> Stored<bool> {
    let book = |device| super::devices::read_meta(transaction.sql, &format!("{BOOK_OF_DEVICE} {device}"));
    let Some(owned) = book(owner)? else { return Ok(false) };
    let at_work: Vec<DeviceId> = transaction.known.borrow().devices.keys().copied().collect();
    for device in at_work {
        if book(device)?.is_some_and(|book| book == owned) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// [`KEPT`] when the code lies in a block of another device.
pub(super) fn kept_for_another(transaction: &Transaction<'_>, code: &Code) -> Stored<Option<RecordId>> {
    if transaction.known.borrow().leases.iter().any(|lease| lease.covers(code)) {
        return Ok(Some(KEPT));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM lease WHERE entity = ?1 AND field = ?2 AND fiscal_year = ?3 AND last >= ?4
         ORDER BY last LIMIT 1"
    );
    let year = Cell::Int(code.fiscal_year.into());
    let text = super::rows::code_key(&code.code);
    let cells = [Cell::Text(&code.entity), Cell::Text(&code.field), year, Cell::Text(&text)];
    let Some(lease) = transaction.sql.row(&sql, &cells)?.map(|row| read(&row)).transpose()? else { return Ok(None) };
    if !lease.covers(code) || transaction.known.borrow().devices.contains_key(&lease.device) {
        return Ok(None);
    }
    if is_of_the_same_book(transaction, lease.device)? {
        return Ok(None);
    }
    transaction.known.borrow_mut().leases.push(lease);
    Ok(Some(KEPT))
}
