//! The description of the requests for other programs is committed as it is generated.

#[test]
fn the_committed_description_is_that_of_this_server() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/api/province.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == suanpan_province::api::description(),
        "schemas/api/province.json is stale; run: cargo run -p suanpan-province --example openapi"
    );
}
