//! The bytes stay few: budgets for the work that the targets of the sync are about. `--nocapture` prints the figures.

use crate::workload;
use suanpan_sync::codec::{self, FRAME_BYTES, Limits, snapshot};

fn report(what: &str, pieces: &[Vec<u8>], before: usize) -> usize {
    let all = pieces.iter().map(Vec::len).sum();
    let sizes: Vec<usize> = pieces.iter().map(Vec::len).collect();
    println!("{what}: {before} bytes of JSON, packed {all} in {sizes:?}");
    all
}

#[test]
fn a_thousand_records_of_ten_fields_fit_41_kb() {
    let (head, ops) = workload::import(1, 1_000);
    let parcels = codec::cut(&head, &ops, FRAME_BYTES);
    assert!(parcels.iter().all(|packed| packed.len() <= FRAME_BYTES));
    assert!(report("1,000 records", &parcels, workload::json_bytes(&ops)) <= 41_000);
    let wide = codec::cut(&head, &ops, codec::MOST_FRAME_BYTES);
    report("1,000 records, wide frames", &wide, workload::json_bytes(&ops));
}

#[test]
fn one_changed_amount_fits_110_bytes() {
    let (head, ops) = workload::one_edit(1);
    assert!(report("one edit", &codec::cut(&head, &ops, FRAME_BYTES), 0) <= 110);
}

#[test]
fn a_snapshot_of_20_000_rows_fits_700_kb() {
    let records = workload::book(1, 20_000);
    let chunks = snapshot::cut_records(&records, snapshot::CHUNK_BYTES);
    assert!(chunks.iter().all(|chunk| chunk.len() <= snapshot::CHUNK_BYTES));
    let json = records.iter().map(|record| serde_json::to_string(&record.fields).map_or(0, |json| json.len())).sum();
    assert!(report("20,000 rows", &chunks, json) <= 700_000);
    let opened = chunks.iter().map(|chunk| snapshot::unpack_records(chunk, &Limits::default()).expect("just packed"));
    assert_eq!(opened.flatten().collect::<Vec<_>>(), records);
}
