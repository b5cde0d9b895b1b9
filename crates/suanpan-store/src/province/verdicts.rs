//! The examination of what stands beside the logs: which groups were decided and how, what their authors are told,
//! the blocks of codes, and by which enrolment each device came.

use super::{leases, sql::Sql};
use std::collections::{HashMap, HashSet};
use suanpan_sync::{
    frame::{Outcome, Verdict},
    scope::{DeviceId, Scope},
    server::store::Stored,
};
use uuid::Uuid;

/// What the walk over all logs has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Groups of devices that took effect, with the first entry of each.
    pub groups: HashMap<Uuid, (Scope, u64)>,
    /// Conflict cases that were opened.
    pub cases: HashSet<Uuid>,
}

/// What is wrong, in Chinese.
pub fn examine(sql: &dyn Sql, seen: &Seen) -> Stored<Vec<String>> {
    let mut problems = Vec::new();
    let decided = examine_decided(sql, seen, &mut problems)?;
    examine_outcomes(sql, &decided, &mut problems)?;
    examine_leases(sql, &mut problems)?;
    examine_enrolments(sql, &mut problems)?;
    Ok(problems)
}

/// Group → its verdict; None: plainly accepted.
type Decided = HashMap<Uuid, Option<Verdict>>;

fn examine_decided(sql: &dyn Sql, seen: &Seen, problems: &mut Vec<String>) -> Stored<Decided> {
    let mut decided = Decided::new();
    sql.each("SELECT id, outcome FROM decided ORDER BY id", &[], &mut |row| {
        let group = row.id(0)?;
        let outcome = row.bytes_or_none(1)?.map(Outcome::of_bytes);
        match outcome.transpose() {
            Err(_) => problems.push(format!("组 {group} 登记的裁决无法读出")),
            Ok(outcome) => {
                if outcome.as_ref().is_some_and(|outcome| outcome.group != group) {
                    problems.push(format!("组 {group} 登记的裁决是另一组的"));
                }
                decided.insert(group, outcome.map(|outcome| outcome.verdict));
            }
        }
        Ok(())
    })?;
    for (group, (scope, seq)) in &seen.groups {
        match decided.get(group) {
            None => problems.push(format!("区划 {scope}：日志第 {seq} 条的组 {group} 没有登记裁决")),
            Some(Some(_)) => {
                problems.push(format!("区划 {scope}：日志第 {seq} 条的组 {group} 已生效，登记的裁决却是未采纳"));
            }
            Some(None) => {}
        }
    }
    for (group, verdict) in &decided {
        match verdict {
            None if !seen.groups.contains_key(group) => {
                problems.push(format!("组 {group} 登记为已采纳，日志中却没有它"));
            }
            Some(Verdict::Disputed(fields)) => {
                let lost = fields.iter().filter(|field| !seen.cases.contains(&field.case));
                problems
                    .extend(lost.map(|field| format!("组 {group} 登记为有争议，日志中却没有争议单 {}", field.case)));
            }
            _ => {}
        }
    }
    problems.sort();
    Ok(decided)
}

fn examine_outcomes(sql: &dyn Sql, decided: &Decided, problems: &mut Vec<String>) -> Stored<()> {
    let mut told = HashSet::new();
    let statement = "SELECT o.device, o.parcel, o.outcome, coalesce(p.received, 0) FROM outcome o
                     LEFT JOIN device_place p ON p.id = o.device ORDER BY o.device, o.parcel";
    sql.each(statement, &[], &mut |row| {
        let (device, parcel) = (row.small::<u32>(0)?, row.count(1)?);
        let mut say = |what: &str| problems.push(format!("设备 {device} 第 {parcel} 包的裁决：{what}"));
        if parcel > row.count(3)? {
            say("该设备没有上报过这一包");
        }
        let Ok(outcome) = Outcome::of_bytes(row.bytes(2)?) else {
            say("无法读出");
            return Ok(());
        };
        told.insert(outcome.group);
        if outcome.parcel != parcel {
            say("内容是另一包的");
        }
        match decided.get(&outcome.group) {
            None => say("它的组没有登记裁决"),
            // A group that came a second time changes nothing any more.
            Some(known) if outcome.verdict != Verdict::AlreadySo && known.as_ref() != Some(&outcome.verdict) => {
                say("与该组登记的裁决不同");
            }
            Some(_) => {}
        }
        Ok(())
    })?;
    let untold = decided.iter().filter(|(group, verdict)| verdict.is_some() && !told.contains(*group));
    let mut untold: Vec<_> = untold.map(|(group, _)| format!("组 {group} 的裁决没有留给上报它的设备")).collect();
    untold.sort();
    problems.append(&mut untold);
    Ok(())
}

/// Blocks of one entity, field and year and of one length never overlap, and each belongs to a device.
fn examine_leases(sql: &dyn Sql, problems: &mut Vec<String>) -> Stored<()> {
    let mut before: Option<leases::Lease> = None;
    let devices = ids(sql)?;
    for lease in leases::all(sql)? {
        let block = format!("编码段 {}—{}（设备 {}）", lease.first, lease.last, lease.device);
        if lease.first.len() != lease.last.len() || lease.first > lease.last {
            problems.push(format!("{block}的起止不对"));
        }
        if !devices.contains(&lease.device) {
            problems.push(format!("{block}属于没有登记的设备"));
        }
        let earlier = before.filter(|earlier| earlier.is_beside(&lease) && earlier.last >= lease.first);
        if let Some(earlier) = earlier {
            problems.push(format!("{block}与 {}—{}（设备 {}）重叠", earlier.first, earlier.last, earlier.device));
        }
        before = Some(lease);
    }
    Ok(())
}

fn ids(sql: &dyn Sql) -> Stored<HashSet<DeviceId>> {
    sql.rows("SELECT id FROM device", &[])?.iter().map(|row| Ok(DeviceId(row.small(0)?))).collect()
}

/// A device that has sent something was enrolled once, by a code that is used up, with the key it still has.
fn examine_enrolments(sql: &dyn Sql, problems: &mut Vec<String>) -> Stored<()> {
    let mut enrolled: HashMap<DeviceId, Vec<Vec<u8>>> = HashMap::new();
    let used = "SELECT device, verify FROM enrolment WHERE device IS NOT NULL";
    for row in sql.rows(used, &[])? {
        let key = row.bytes_or_none(1)?.unwrap_or_default().to_vec();
        enrolled.entry(DeviceId(row.small(0)?)).or_default().push(key);
    }
    let statement = "SELECT p.id, p.received, d.verify FROM device_place p JOIN device d ON d.id = p.id ORDER BY p.id";
    for row in sql.rows(statement, &[])? {
        let (device, sent) = (DeviceId(row.small(0)?), row.int(1)?);
        let keys = enrolled.remove(&device).unwrap_or_default();
        match keys.as_slice() {
            [] if sent > 0 => problems.push(format!("设备 {device} 上报过内容，却没有登记记录")),
            [key] if key != row.bytes(2)? => problems.push(format!("设备 {device} 的公钥与登记时的不同")),
            [] | [_] => {}
            several => problems.push(format!("设备 {device} 有 {} 条登记记录", several.len())),
        }
    }
    let mut strangers: Vec<DeviceId> = enrolled.into_keys().collect();
    strangers.sort_unstable();
    problems.extend(strangers.iter().map(|device| format!("登记记录中的设备 {device} 不在设备表中")));
    Ok(())
}
